// An extension for every distribution that links a library which some do not
// have, where it could have it linked in.
//
// part: libjpeg.so -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBRARY -Wl,-soname,libjpeg.so.62
// build: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,extension.so libjpeg.so
// twin: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,extension.so -DLIBRARY
// target: manylinux_2_17/amd64
// want: library-not-in-target needs libjpeg.so.62, which manylinux_2_17 does not promise
int jpeg_quality_scaling(int quality);

#ifdef LIBRARY
int jpeg_quality_scaling(int quality) { return quality; }
#endif
int extension(void) { return jpeg_quality_scaling(75); }
