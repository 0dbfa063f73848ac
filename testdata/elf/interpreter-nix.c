// A program built on NixOS, whose loader has a path that no other system has.
//
// part: main.o -target x86_64-linux-gnu.2.17 -c -g0 -O1
// build: ld.lld -s -pie -dynamic-linker /nix/store/00000000000000000000000000000000-glibc-2.40/lib/ld-linux-x86-64.so.2 main.o
// twin: ld.lld -s -pie -dynamic-linker /lib64/ld-linux-x86-64.so.2 main.o
// target: debian:12/amd64
// want: interpreter debian:12 has glibc at /lib64/ld-linux-x86-64.so.2
void _start(void) {
	for (;;) {
	}
}
