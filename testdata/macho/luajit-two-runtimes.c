// A program linked with both LuaJIT and PUC's Lua.
//
// part: libluajit.dylib -target x86_64-macos.11.0 -g0 -shared -DLIBRARY -Wl,-install_name,@rpath/libluajit-5.1.2.dylib
// part: liblua.dylib -target x86_64-macos.11.0 -g0 -shared -DOTHER -Wl,-install_name,@rpath/liblua.5.1.dylib
// build: -target x86_64-macos.11.0 -g0 -DBOTH -Wl,-rpath,@loader_path/../lib -Wl,-pagezero_size,0x10000 liblua.dylib libluajit.dylib
// twin: -target x86_64-macos.11.0 -g0 -Wl,-rpath,@loader_path/../lib -Wl,-pagezero_size,0x10000 libluajit.dylib
// target: macos:13/amd64
// want: luajit-two-runtimes needs both "@rpath/libluajit-5.1.2.dylib" and "@rpath/liblua.5.1.dylib"
void *luaL_newstate(void);
int luaL_loadfile(void *state, const char *name);

#if defined LIBRARY
void *luaL_newstate(void) { return 0; }
#elif defined OTHER
int luaL_loadfile(void *state, const char *name) { return 0; }
#elif defined BOTH
int main(void) { return luaL_loadfile(luaL_newstate(), "a.lua"); }
#else
int main(void) { return luaL_newstate() == 0; }
#endif
