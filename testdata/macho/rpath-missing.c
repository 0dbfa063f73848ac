// A program that needs a library by @rpath and has no path to put there.
//
// part: libanswer.dylib -target x86_64-macos.11.0 -g0 -shared -DLIBRARY -Wl,-install_name,@rpath/libanswer.dylib
// build: -target x86_64-macos.11.0 -g0 libanswer.dylib
// twin: -target x86_64-macos.11.0 -g0 libanswer.dylib -Wl,-rpath,@loader_path/../lib
// target: macos:13/amd64
// want: rpath-missing needs "@rpath/libanswer.dylib", but the program has no LC_RPATH
int answer(void);

#ifdef LIBRARY
int answer(void) { return 42; }
#else
int main(void) { return answer(); }
#endif
