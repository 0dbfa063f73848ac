// An object of a static library that was compiled without a deployment target.
//
// build: -target aarch64-macos.13.0 -g0 -c
// twin: -target aarch64-macos.11.0 -g0 -c
// target: macos:12/arm64
// want: archive-minos the object for arm64 was built for macOS 13.0 or later; target has macOS 12
int answer(void) { return 42; }
