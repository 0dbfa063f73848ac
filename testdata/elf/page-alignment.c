// A library of an Android app, linked for pages of 4 KiB.
//
// build: -target aarch64-linux-android -s -shared -nostdlib -Wl,-soname,libapp.so -Wl,-z,max-page-size=4096
// twin: -target aarch64-linux-android -s -shared -nostdlib -Wl,-soname,libapp.so -Wl,-z,max-page-size=16384
// target: android:35/arm64
// want: page-alignment segment 1 is aligned to 4096 bytes; android:35 has pages of 16384, and so are 2 more
int answer(void) { return 42; }
