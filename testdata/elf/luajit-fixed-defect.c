// A program for arm64 with a LuaJIT that is older than what mends it there.
//
// build: -target aarch64-linux-gnu.2.17 -s -O1 -lm
// twin: -target aarch64-linux-gnu.2.17 -s -O1 -lm -DNEWER
// target: debian:12/arm64
// want: luajit-fixed-defect (note) "2.1.1700008891" is older than commit 68354f44
#ifdef NEWER
#define VERSION "2.1.1762386122"
#else
#define VERSION "2.1.1700008891"
#endif
#define KEEP __attribute__((used, retain))

// What LuaJIT is known by: the end of most instructions of its interpreter, which
// is assembly and the same in every build of a mode, the head of its error
// messages, and what it calls. No LuaJIT has less code than the 32 KiB.
__asm__(".text\n.rept 80\n"
	".byte 0xb0, 0x46, 0x40, 0xb8, 0xc9, 0x0e, 0x30, 0x8b\n"
	".endr\n.fill 0x8000, 1, 0x90\n");
KEEP const char lj_err_allmsg[] = "not enough memory\0error in error handling\0C++ exception\0string length overflow\0JIT compiler disabled";
KEEP const char lj_version[] = "LuaJIT " VERSION;
double sinh(double), cosh(double), tanh(double);
void exit(int);
void *luaL_newstate(void) { return 0; }

int main(int count, char **arguments) {
	exit(luaL_newstate() == 0 && sinh(count) + cosh(count) > tanh(count));
}
