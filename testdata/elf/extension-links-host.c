// A module of Lua that brings a Lua of its own to the program that has one.
//
// part: liblua5.4.so -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBRARY -Wl,-soname,liblua5.4.so.0
// build: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,second.so liblua5.4.so
// twin: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,second.so
// target: debian:12/amd64
// want: extension-links-host needs liblua5.4.so.0: the program that loads it has its own Lua
struct lua_State;
void lua_rotate(struct lua_State *, int, int);

#ifdef LIBRARY
void lua_rotate(struct lua_State *L, int index, int n) {}
#else
int luaopen_second(struct lua_State *L) {
    lua_rotate(L, 1, 1);
    return 1;
}
#endif
