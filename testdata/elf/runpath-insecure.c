// A program that looks for its libraries below the directory it is started from.
//
// build: -target x86_64-linux-gnu.2.17 -s -Wl,-rpath,../lib
// twin: -target x86_64-linux-gnu.2.17 -s -Wl,-rpath,$ORIGIN/../lib
// want: runpath-insecure DT_RUNPATH has ../lib, which is relative to the working directory
#include <stdio.h>

int main(void) { return puts("hello"); }
