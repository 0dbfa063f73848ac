// An image for amd64 got the build for arm64.
//
// build: -target aarch64-linux-gnu.2.17 -s
// twin: -target x86_64-linux-gnu.2.17 -s
// target: debian:12/amd64
// want: wrong-architecture is built for linux/arm64; debian:12 is linux/amd64
#include <stdio.h>

int main(void) { return puts("hello"); }
