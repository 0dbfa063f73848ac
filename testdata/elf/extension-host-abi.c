// A module of Lua that was ported from Lua 5.1 to 5.3 by halves: no Lua has both
// of the functions that it calls.
//
// build: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,halves.so
// twin: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,halves.so -DWHOLE
// target: debian:12/amd64
// want: extension-host-abi asks for functions of Lua that no release has together
struct lua_State;
unsigned long lua_objlen(struct lua_State *, int);  /* 5.1 */
unsigned long lua_rawlen(struct lua_State *, int);  /* 5.2 and later */
void lua_rotate(struct lua_State *, int, int);      /* 5.3 and later */

int luaopen_halves(struct lua_State *L) {
    lua_rotate(L, 1, 1);
#ifdef WHOLE
    return (int)lua_rawlen(L, 1);
#else
    return (int)lua_objlen(L, 1);
#endif
}
