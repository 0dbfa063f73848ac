// C++ code compiled by GCC 12, whose std::__glibcxx_assert_fail is in the library
// since GLIBCXX_3.4.30, for a distribution with the libstdc++ of GCC 10.
//
// file: new.map GLIBCXX_3.4.30 { global: *; };
// file: old.map GLIBCXX_3.4.19 { global: *; };
// part: new.so -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBRARY -Wl,-soname,libstdc++.so.6 -Wl,--version-script=new.map
// part: old.so -target x86_64-linux-gnu.2.17 -s -shared -nostdlib -DLIBRARY -Wl,-soname,libstdc++.so.6 -Wl,--version-script=old.map
// build: -target x86_64-linux-gnu.2.17 -s new.so
// twin: -target x86_64-linux-gnu.2.17 -s old.so
// target: debian:11/amd64
// want: libstdcxx-floor needs GLIBCXX_3.4.30 from libstdc++.so.6
void assert_fail(void) __asm__("_ZSt21__glibcxx_assert_failPKciS0_S0_");

#ifdef LIBRARY
void assert_fail(void) {}
#else
int main(void) { assert_fail(); }
#endif
