// An extension that takes a function out of zlib's inside, which some builds
// of zlib do not export.
//
// part: libz.so -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBRARY -Wl,-soname,libz.so.1
// build: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,extension.so libz.so -DCALLED=inflate_table
// twin: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,extension.so libz.so -DCALLED=inflate
// target: manylinux_2_17/amd64
// want: forbidden-symbol uses inflate_table of libz.so.1, which manylinux_2_17 forbids
#ifdef LIBRARY
int inflate_table(void) { return 0; }
int inflate(void) { return 0; }
#else
int CALLED(void);
int extension(void) { return CALLED(); }
#endif
