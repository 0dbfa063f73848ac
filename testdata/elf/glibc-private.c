// A plugin that calls one of glibc's own functions, which glibc 2.34 took away.
//
// file: private.map GLIBC_PRIVATE { global: *; };
// file: public.map GLIBC_2.2.5 { global: *; };
// part: private.so -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBC -Wl,-soname,libc.so.6 -Wl,--version-script=private.map
// part: public.so -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBC -Wl,-soname,libc.so.6 -Wl,--version-script=public.map
// build: -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -Wl,-soname,plugin.so private.so
// twin: -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -Wl,-soname,plugin.so public.so
// target: debian:12/amd64
// want: glibc-private uses private symbols of libc.so.6: __libc_dlopen_mode
void *__libc_dlopen_mode(const char *name, int mode);

#ifdef LIBC
void *__libc_dlopen_mode(const char *name, int mode) { return 0; }
#else
void *plugin(void) { return __libc_dlopen_mode("libx.so", 2); }
#endif
