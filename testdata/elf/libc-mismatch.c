// An extension built on Debian, installed on Alpine.
//
// build: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,extension.so
// twin: -target x86_64-linux-musl -s -shared -Wl,-soname,extension.so
// target: alpine:3.20/amd64
// want: libc-mismatch is built for glibc
#include <stdio.h>

int extension(void) { return puts("hello"); }
