// What "go build -buildmode=c-shared -o libanswer.dylib" makes: the bare name.
//
// build: -target x86_64-macos.11.0 -g0 -shared -Wl,-install_name,libanswer.dylib
// twin: -target x86_64-macos.11.0 -g0 -shared -Wl,-install_name,@rpath/libanswer.dylib
// want: install-name-not-portable (warning) its install name is "libanswer.dylib", which is relative
int answer(void) { return 42; }
