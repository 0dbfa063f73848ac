// A program with LuaJIT linked in that loads modules, and does not let them
// call it.
//
// build: -target x86_64-linux-gnu.2.17 -s -O1 -DLUAJIT_ENABLE_GC64 -lm -ldl
// twin: -target x86_64-linux-gnu.2.17 -s -O1 -DLUAJIT_ENABLE_GC64 -lm -ldl -rdynamic
// target: debian:12/amd64
// want: luajit-symbols-hidden link the program with -Wl,-E
#define VERSION "2.1.1700008891"
#define KEEP __attribute__((used, retain))

// What LuaJIT is known by: the end of most instructions of its interpreter, which
// is assembly and the same in every build of a mode, the head of its error
// messages, and what it calls. No LuaJIT has less code than the 32 KiB.
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
double sinh(double), cosh(double), tanh(double);
void exit(int);
void *luaL_newstate(void) { return 0; }
void *dlopen(const char *, int);

int main(int count, char **arguments) {
	dlopen(arguments[0], 2);
	exit(luaL_newstate() == 0 && sinh(count) + cosh(count) > tanh(count));
}
