// A library that was built on a distribution for newer processors and says so.
//
// build: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,libanswer.so.1 -DNEEDED=4
// twin: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,libanswer.so.1 -DNEEDED=1
// target: debian:12/amd64
// want: isa-declared declares that it needs x86-64-v3; debian:12 has x86-64-v1
int answer(void) { return 42; }

// The linker would merge a .note.gnu.property and leave out the level.
struct {
	unsigned name_size, desc_size, type;
	char name[4];
	unsigned property, property_size, needed, padding;
} const note __attribute__((section(".note.isa"), used, aligned(8))) = {
	4, 16, 5 /* NT_GNU_PROPERTY_TYPE_0 */, "GNU", 0xc0008002 /* GNU_PROPERTY_X86_ISA_1_NEEDED */, 4, NEEDED,
};
