// A program linked against Homebrew's library, whose path its users do not have.
//
// part: brew.dylib -target x86_64-macos.11.0 -g0 -shared -DLIBRARY -Wl,-install_name,/usr/local/opt/jpeg/lib/libjpeg.9.dylib
// part: own.dylib -target x86_64-macos.11.0 -g0 -shared -DLIBRARY -Wl,-install_name,@rpath/libjpeg.9.dylib
// build: -target x86_64-macos.11.0 -g0 -Wl,-rpath,@loader_path/../lib brew.dylib
// twin: -target x86_64-macos.11.0 -g0 -Wl,-rpath,@loader_path/../lib own.dylib
// target: macos:13/amd64
// want: dependency-not-portable needs "/usr/local/opt/jpeg/lib/libjpeg.9.dylib"
int jpeg_quality_scaling(int quality);

#ifdef LIBRARY
int jpeg_quality_scaling(int quality) { return quality; }
#else
int main(void) { return jpeg_quality_scaling(75); }
#endif
