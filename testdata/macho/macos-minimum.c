// A program built on a new Mac without a word about older ones.
//
// build: -target x86_64-macos.14.0 -g0
// twin: -target x86_64-macos.11.0 -g0
// target: macos:12/amd64
// want: macos-minimum x86_64 was built for macOS 14.0 or later; target has macOS 12
int main(void) { return 0; }
