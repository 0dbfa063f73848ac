// An object that is shipped built, by somebody whose headers are those of a newer
// glibc: nothing in it but the names of functions says so.
//
// build: -target x86_64-linux-gnu.2.38 -c -g0 -O1 -DNEW -D_GNU_SOURCE
// twin: -target x86_64-linux-gnu.2.17 -c -g0 -O1
// target: debian:11/amd64
// want: archive-floor needs _Fork, which glibc has from 2.34 on (libc); debian:11 has 2.31
// want: archive-floor (warning) needs arc4random, which glibc has from 2.36 on (libc); debian:11 has 2.31; libbsd has it too
#include <stdlib.h>
#include <unistd.h>

int start(void) {
#ifdef NEW
	return _Fork() ^ arc4random();
#else
	return fork() ^ rand();
#endif
}
