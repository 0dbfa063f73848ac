// A program linked on a system newer than the one it must run on.
//
// build: -target x86_64-linux-gnu.2.34 -s
// twin: -target x86_64-linux-gnu.2.17 -s
// target: debian:9/amd64
// want: glibc-floor needs GLIBC_2.34 from libc.so.6 (__libc_start_main); debian:9 has 2.24
#include <stdio.h>

int main(void) { return puts("hello"); }
