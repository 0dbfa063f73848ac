// LuaJIT's flag for Intel, given for Apple silicon too: the kernel does not start
// the program.
//
// build: -target aarch64-macos.11.0 -g0 -Wl,-pagezero_size,0x10000
// twin: -target aarch64-macos.11.0 -g0
// target: macos:13/arm64
// want: pagezero-arm64 page zero covers 0x10000 bytes
int main(void) { return 0; }
