// A program linked with both LuaJIT and PUC's Lua.
//
// part: libluajit.so -target x86_64-linux-gnu.2.17 -s -O1 -shared -nostdlib -DLIBRARY -Wl,-soname,libluajit-5.1.so.2
// part: liblua.so -target x86_64-linux-gnu.2.17 -s -O1 -shared -nostdlib -DLIBRARY -DOTHER -Wl,-soname,liblua5.1.so.0
// build: -target x86_64-linux-gnu.2.17 -s -O1 -Wl,--no-as-needed liblua.so libluajit.so
// twin: -target x86_64-linux-gnu.2.17 -s -O1 -Wl,--no-as-needed libluajit.so
// target: debian:12/amd64
// want: luajit-two-runtimes needs both libluajit-5.1.so.2 and liblua5.1.so.0
void *luaL_newstate(void);

#ifdef LIBRARY
void *luaL_newstate(void) { return 0; }
#else
int main(void) { return luaL_newstate() == 0; }
#endif
