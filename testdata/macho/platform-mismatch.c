// An object for iOS among those for macOS: the processor is the same.
//
// build: -target aarch64-ios.13.0 -c -g0
// twin: -target aarch64-macos.11.0 -c -g0
// target: macos:13/arm64
// want: platform-mismatch is for ios/arm64; macos:13 is darwin/arm64
int answer(void) { return 42; }
