// An archive for glibc that somebody with Alpine links: checked calls of
// _FORTIFY_SOURCE, contexts and the names of large files.
//
// build: -target x86_64-linux-gnu.2.31 -c -g0 -O2 -DGLIBC
// twin: -target x86_64-linux-musl -c -g0 -O2
// target: alpine:3.20/amd64
// want: archive-floor needs getcontext, setcontext, which glibc has and no musl; alpine:3.20 has musl 1.2.5
// want: archive-floor needs open64, which musl has for linkers up to 1.2.3; alpine:3.20 has musl 1.2.5
#define _GNU_SOURCE
#include <fcntl.h>
#ifdef GLIBC
#include <ucontext.h>

static ucontext_t here;

int resume(const char *name) {
	getcontext(&here);
	setcontext(&here);
	return open64(name, O_RDONLY);
}
#else
int resume(const char *name) { return open(name, O_RDONLY); }
#endif
