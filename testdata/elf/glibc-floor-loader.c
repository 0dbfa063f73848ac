// The loader provides a symbol too, and glibc 2.35 brought __rseq_offset there.
// Linkers charge it to ld-linux, where tools that look at libc alone miss it.
//
// file: loader.map GLIBC_2.35 { global: __rseq_offset; };
// part: ld-linux-x86-64.so.2 -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLOADER -Wl,-soname,ld-linux-x86-64.so.2 -Wl,--version-script=loader.map
// build: -target x86_64-linux-gnu.2.17 -s ld-linux-x86-64.so.2 -DRSEQ
// twin: -target x86_64-linux-gnu.2.17 -s ld-linux-x86-64.so.2
// target: debian:11/amd64
// want: glibc-floor needs GLIBC_2.35 from ld-linux-x86-64.so.2 (__rseq_offset); debian:11 has 2.31
#ifdef LOADER
const long __rseq_offset = 0;
#else
extern const long __rseq_offset;

int main(void) {
#ifdef RSEQ
	return __rseq_offset != 0;
#else
	return 0;
#endif
}
#endif
