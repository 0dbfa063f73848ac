// Relative relocations in their packed form, in a library that asks glibc for no
// version: nothing refuses it on a glibc that does not know them.
//
// part: plugin.o -target x86_64-linux-gnu.2.17 -c -g0 -O1 -fPIC
// build: ld.lld -shared -s -soname plugin.so -z pack-relative-relocs plugin.o
// twin: ld.lld -shared -s -soname plugin.so plugin.o
// target: debian:11/amd64
// want: relr-unsupported has packed relative relocations (DT_RELR); debian:11 has a glibc without GLIBC_ABI_DT_RELR
const char *const greetings[] = {"hello", "goodbye"};

const char *greet(int i) { return greetings[i]; }
