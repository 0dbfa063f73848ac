// A program that calls a function which the oldest macOS it names does not have.
//
// build: -target x86_64-macos.11.0 -g0
// twin: -target x86_64-macos.15.4 -g0
// want: symbol-newer-than-minos needs "_strchrnul", which came with macOS 15.4; its minimum is macOS 11.0
char *strchrnul(const char *text, int letter);

int main(void) { return strchrnul("/", '/') == 0; }
