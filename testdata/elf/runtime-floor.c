// Half precision numbers, compiled by GCC 12: libgcc_s.so.1 converts them since
// GCC_12.0.0.
//
// file: new.map GCC_12.0.0 { global: *; };
// file: old.map GCC_3.0 { global: *; };
// part: new.so -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBRARY -Wl,-soname,libgcc_s.so.1 -Wl,--version-script=new.map
// part: old.so -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBRARY -Wl,-soname,libgcc_s.so.1 -Wl,--version-script=old.map
// build: -target x86_64-linux-gnu.2.17 -s new.so
// twin: -target x86_64-linux-gnu.2.17 -s old.so
// target: debian:11/amd64
// want: runtime-floor needs GCC_12.0.0 from libgcc_s.so.1
void convert(void) __asm__("__truncsfhf2");

#ifdef LIBRARY
void convert(void) {}
#else
int main(void) { convert(); }
#endif
