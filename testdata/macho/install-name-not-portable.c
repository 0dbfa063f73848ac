// A library that tells whoever links against it the path of its build directory.
//
// build: -target x86_64-macos.11.0 -g0 -shared -Wl,-install_name,/Users/me/answer/libanswer.dylib
// twin: -target x86_64-macos.11.0 -g0 -shared -Wl,-install_name,@rpath/libanswer.dylib
// want: install-name-not-portable its install name is "/Users/me/answer/libanswer.dylib"
int answer(void) { return 42; }
