// An addon of Node.js with a zlib linked into it from an archive, whose names
// nobody has hidden: Node.js has a zlib too, and that is called.
//
// build: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,deflate.node
// twin: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,deflate.node -fvisibility=hidden
// target: debian:12/amd64
// want: extension-exports (warning) exports the zlib that it has in it and calls it through the loader (deflateInit2_, inflateInit2_), which takes that of Node.js
int napi_create_function(void *, void *);

int inflateInit2_(void *stream, int bits) { return bits; }
int deflateInit2_(void *stream, int bits) { return bits ^ 1; }

__attribute__((visibility("default"))) void *napi_register_module_v1(void *env, void *exports) {
    napi_create_function(env, (void *)(long)(inflateInit2_(env, 15) ^ deflateInit2_(env, 15)));
    return exports;
}
