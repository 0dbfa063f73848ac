// A plugin for Intel alone, loaded by a program that runs on Apple silicon.
//
// build: -target x86_64-macos.11.0 -g0 -shared -Wl,-install_name,@rpath/plugin.dylib
// twin: -target x86_64-macos.11.0 -g0 -shared -Wl,-install_name,@rpath/plugin.dylib
// twin: -target aarch64-macos.11.0 -g0 -shared -Wl,-install_name,@rpath/plugin.dylib
// target: macos:13/arm64
// want: slice-missing has code for x86_64; target is darwin/arm64
int plugin(void) { return 42; }
