// An object that is shipped built, by somebody whose headers are those of a newer
// glibc: nothing in it but the names of functions says so.
//
// build: -target x86_64-linux-gnu.2.38 -c -g0 -O1 -DNEW
// twin: -target x86_64-linux-gnu.2.17 -c -g0 -O1
// target: debian:11/amd64
// want: archive-floor needs arc4random, which glibc has from 2.36 on (libc); debian:11 has 2.31
// want: archive-floor needs strlcpy, which glibc has from 2.38 on (libc); debian:11 has 2.31
#include <stdlib.h>
#include <string.h>

unsigned copy(char *to, const char *from) {
#ifdef NEW
	strlcpy(to, from, 8);
	return arc4random();
#else
	strncpy(to, from, 8);
	return rand();
#endif
}
