// The same program with LuaJIT in a library, whose compatibility version says
// that it is the branch without GC64.
//
// part: libluajit.dylib -target x86_64-macos.11.0 -g0 -shared -DLIBRARY -Wl,-install_name,@rpath/libluajit-5.1.2.dylib -Wl,-compatibility_version,2.0.0 -Wl,-current_version,2.0.5
// build: -target x86_64-macos.11.0 -g0 -Wl,-rpath,@loader_path/../lib libluajit.dylib
// twin: -target x86_64-macos.11.0 -g0 -Wl,-rpath,@loader_path/../lib libluajit.dylib -Wl,-pagezero_size,0x10000
// target: macos:13/amd64
// want: luajit-pagezero needs a library of LuaJIT without GC64
void *luaL_newstate(void);

#ifdef LIBRARY
void *luaL_newstate(void) { return 0; }
#else
int main(void) { return luaL_newstate() == 0; }
#endif
