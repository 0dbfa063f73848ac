// A library of an Android app, linked for pages of 4 KiB.
//
// build: -target aarch64-linux-android -s -shared -nostdlib -Wl,-soname,libapp.so -Wl,-z,max-page-size=4096
// twin: -target aarch64-linux-android -s -shared -nostdlib -Wl,-soname,libapp.so -Wl,-z,max-page-size=16384
// target: android:35/arm64
// want: page-alignment segment 1 is aligned to 4096 bytes; android:35 has pages of 16384
// want: page-alignment segment 2 has address 0x12bc and file offset 0x2bc, which differ below the 16384-byte pages
// want: page-alignment segment 3 has address
int answer(void) { return 42; }
