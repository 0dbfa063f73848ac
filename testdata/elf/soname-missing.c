// A library linked without a soname.
//
// build: -target x86_64-linux-gnu.2.17 -s -shared
// twin: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,libanswer.so.1
// want: soname-missing is a shared object without a soname
int answer(void) { return 42; }
