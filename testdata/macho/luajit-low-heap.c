// A program with an old LuaJIT and a page zero that somebody made smaller, and
// not small.
//
// build: -target x86_64-macos.11.0 -g0 -Wl,-pagezero_size,0x40000000
// twin: -target x86_64-macos.11.0 -g0 -Wl,-pagezero_size,0x10000
// target: macos:13/amd64
// want: luajit-low-heap page zero leaves it 768 MiB or less of the 2048 it could have
#define VERSION "2.1.1787165859"
#define KEEP __attribute__((used, retain))

// What LuaJIT is known by: the end of most instructions of its interpreter, which
// is assembly and the same in every build of a mode, the head of its error
// messages. No LuaJIT has less code than the 32 KiB.
#ifdef LUAJIT_ENABLE_GC64
#define NEXT_PC ".byte 0x48, 0x83, 0xc3, 0x04\n"
#else
#define NEXT_PC ".byte 0x83, 0xc3, 0x04\n"
#endif
__asm__(".text\n.rept 80\n"
	".byte 0x8b, 0x03, 0x0f, 0xb6, 0xcc, 0x0f, 0xb6, 0xe8\n" NEXT_PC
	".byte 0xc1, 0xe8, 0x10, 0x41, 0xff, 0x24, 0xee\n"
	".endr\n.fill 0x8000, 1, 0x90\n");
KEEP const char lj_err_allmsg[] = "not enough memory\0error in error handling\0C++ exception\0string length overflow";
KEEP const char lj_version[] = "LuaJIT " VERSION;
void *luaL_newstate(void) { return 0; }

int main(int count, char **arguments) {
	return luaL_newstate() == 0;
}
