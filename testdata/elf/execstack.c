// A plugin with an executable stack, which dlopen refuses from glibc 2.41 on.
//
// part: plugin.o -target x86_64-linux-gnu.2.17 -c -g0 -O1 -fPIC
// build: ld.lld -shared -s -soname plugin.so -z execstack plugin.o
// twin: ld.lld -shared -s -soname plugin.so plugin.o
// target: debian:13/amd64
// want: execstack (error) asks for an executable stack; dlopen refuses that in the glibc 2.41
int plugin(void) { return 42; }
