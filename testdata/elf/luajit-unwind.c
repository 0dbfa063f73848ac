// A program with LuaJIT linked in that has lost the table which errors are
// raised by.
//
// part: libgcc.so -target x86_64-linux-gnu.2.17 -s -O1 -shared -nostdlib -DLIBRARY -Wl,-soname,libgcc_s.so.1
// part: main.o -target x86_64-linux-gnu.2.17 -c -g0 -O1 -fPIE -DLUAJIT_ENABLE_GC64
// build: ld.lld -s -pie -dynamic-linker /lib64/ld-linux-x86-64.so.2 main.o libgcc.so
// twin: ld.lld -s -pie -dynamic-linker /lib64/ld-linux-x86-64.so.2 main.o libgcc.so --eh-frame-hdr
// target: debian:12/amd64
// want: luajit-unwind no PT_GNU_EH_FRAME segment
int _Unwind_RaiseException(void *error);

#ifdef LIBRARY
int _Unwind_RaiseException(void *error) { return 0; }
double sinh(double x) { return x; }
double cosh(double x) { return x; }
double tanh(double x) { return x; }
void exit(int code) {}
#else
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

void _start(int count, char **arguments) {
	_Unwind_RaiseException(arguments);
	exit(luaL_newstate() == 0 && sinh(count) + cosh(count) > tanh(count));
}
#endif
