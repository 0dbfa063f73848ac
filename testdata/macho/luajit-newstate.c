// A program that was linked with LuaJIT 2.0 and creates its state by the
// function that never works there.
//
// part: libluajit.dylib -target x86_64-macos.11.0 -g0 -shared -DLIBRARY -Wl,-install_name,@rpath/libluajit-5.1.2.dylib -Wl,-compatibility_version,2.0.0
// build: -target x86_64-macos.11.0 -g0 -Wl,-rpath,@loader_path/../lib -Wl,-pagezero_size,0x10000 libluajit.dylib
// twin: -target x86_64-macos.11.0 -g0 -Wl,-rpath,@loader_path/../lib -Wl,-pagezero_size,0x10000 libluajit.dylib -DAUXILIARY
// target: macos:13/amd64
// want: luajit-newstate imports lua_newstate and not luaL_newstate
void *lua_newstate(void *allocator, void *data);
void *luaL_newstate(void);

#ifdef LIBRARY
void *lua_newstate(void *allocator, void *data) { return 0; }
void *luaL_newstate(void) { return 0; }
#else
int main(void) {
#ifdef AUXILIARY
	return luaL_newstate() == 0;
#else
	return lua_newstate(0, 0) == 0;
#endif
}
#endif
