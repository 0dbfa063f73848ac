// A universal object of which one slice was built on a newer machine.
//
// build: -target x86_64-macos.11.0 -g0 -c
// build: -target aarch64-macos.13.0 -g0 -c
// twin: -target x86_64-macos.11.0 -g0 -c
// twin: -target aarch64-macos.11.0 -g0 -c
// want: minos-inconsistent the slice for arm64 is built for macOS 13.0 or later, that for x86_64 for macOS 11.0
int answer(void) { return 42; }
