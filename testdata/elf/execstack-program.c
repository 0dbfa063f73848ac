// A program with an executable stack: it works everywhere, and should not.
//
// part: main.o -target x86_64-linux-gnu.2.17 -c -g0 -O1
// build: ld.lld -s -pie -dynamic-linker /lib64/ld-linux-x86-64.so.2 -z execstack main.o
// twin: ld.lld -s -pie -dynamic-linker /lib64/ld-linux-x86-64.so.2 main.o
// target: debian:13/amd64
// want: execstack asks for an executable stack
void _start(void) {
	for (;;) {
	}
}
