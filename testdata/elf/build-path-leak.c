// A program that looks for its libraries where the machine that built it had them.
//
// build: -target x86_64-linux-gnu.2.17 -s -Wl,-rpath,/home/me/hello/lib
// twin: -target x86_64-linux-gnu.2.17 -s -Wl,-rpath,$ORIGIN/../lib
// want: build-path-leak DT_RUNPATH names /home/me/hello/lib
#include <stdio.h>

int main(void) { return puts("hello"); }
