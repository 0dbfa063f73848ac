// Relative relocations in their packed form, which Fedora's and Ubuntu's linkers
// have on by default, for a glibc that does not know them.
//
// file: libc.map GLIBC_2.2.5 { global: *; };
// part: libc.so.6 -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBC -Wl,-soname,libc.so.6 -Wl,--version-script=libc.map
// part: plugin.o -target x86_64-linux-gnu.2.17 -c -g0 -O1 -fPIC
// build: ld.lld -shared -s -soname plugin.so -z pack-relative-relocs plugin.o libc.so.6
// twin: ld.lld -shared -s -soname plugin.so plugin.o libc.so.6
// target: debian:11/amd64
// want: glibc-marker needs GLIBC_ABI_DT_RELR from libc.so.6; debian:11 does not have it
int puts(const char *);

#ifdef LIBC
int puts(const char *s) { return 0; }
#else
const char *const greetings[] = {"hello", "goodbye"};

int greet(int i) { return puts(greetings[i]); }
#endif
