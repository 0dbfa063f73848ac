// A program built on Alpine, copied into an image of Debian: "no such file or
// directory", says the shell, of the program itself.
//
// build: -target x86_64-linux-musl -s -dynamic
// twin: -target x86_64-linux-gnu.2.17 -s
// target: debian:12/amd64
// want: interpreter is built for musl (loader /lib/ld-musl-x86_64.so.1); debian:12 has glibc
#include <stdio.h>

int main(void) { return puts("hello"); }
