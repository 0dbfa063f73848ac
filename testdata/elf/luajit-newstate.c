// A program that was linked with LuaJIT 2.0 and creates its state by the
// function that never works there.
//
// part: libluajit.so -target x86_64-linux-gnu.2.17 -s -O1 -shared -nostdlib -DLIBRARY -Wl,-soname,libluajit-5.1.so.2
// build: -target x86_64-linux-gnu.2.17 -s -O1 libluajit.so
// twin: -target x86_64-linux-gnu.2.17 -s -O1 libluajit.so -DAUXILIARY
// target: debian:12/amd64
// want: luajit-newstate imports lua_newstate and not luaL_newstate
void *lua_newstate(void *allocator, void *data);
void *luaL_newstate(void);
void luaJIT_version_2_0_5(void);

#ifdef LIBRARY
void *lua_newstate(void *allocator, void *data) { return 0; }
void *luaL_newstate(void) { return 0; }
void luaJIT_version_2_0_5(void) {}
#else
int main(void) {
	luaJIT_version_2_0_5(); // the check that luajit.h asks for
#ifdef AUXILIARY
	return luaL_newstate() == 0;
#else
	return lua_newstate(0, 0) == 0;
#endif
}
#endif
