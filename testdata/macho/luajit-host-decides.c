// An extension with LuaJIT in it: it works in the programs that were linked for
// it, and in no others.
//
// build: -target x86_64-macos.11.0 -g0 -shared -Wl,-install_name,@rpath/extension.dylib
// twin: -target x86_64-macos.11.0 -g0 -shared -Wl,-install_name,@rpath/extension.dylib -DLUAJIT_ENABLE_GC64
// target: macos:13/amd64
// want: luajit-host-decides this dylib embeds LuaJIT "2.1.1700008891" without GC64

// What LuaJIT is known by: the end of most instructions of its interpreter, which
// is assembly and the same in every build of a mode, and the head of its error
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
const char lj_err_allmsg[] = "not enough memory\0error in error handling\0C++ exception\0string length overflow";
const char lj_version[] = "LuaJIT 2.1.1700008891";
void *luaL_newstate(void) { return 0; }
