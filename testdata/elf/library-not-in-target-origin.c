// The same extension looks beside itself: it may bring the library along, and
// this one file does not tell whether it does.
//
// part: libjpeg.so -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBRARY -Wl,-soname,libjpeg.so.62
// build: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,extension.so -Wl,-rpath,$ORIGIN/extension.libs libjpeg.so
// twin: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,extension.so -Wl,-rpath,$ORIGIN/extension.libs -DLIBRARY
// target: manylinux_2_17/amd64
// want: library-not-in-target (warning) needs libjpeg.so.62, which manylinux_2_17 does not promise; it must be brought along
int jpeg_quality_scaling(int quality);

#ifdef LIBRARY
int jpeg_quality_scaling(int quality) { return quality; }
#endif
int extension(void) { return jpeg_quality_scaling(75); }
