// A table of addresses in the code, as assembly written for fixed addresses has.
//
// build: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,libanswer.so.1 -Wl,-z,notext -DTABLE=".text"
// twin: -target x86_64-linux-gnu.2.17 -s -shared -Wl,-soname,libanswer.so.1 -DTABLE=".data"
// target: debian:12/amd64
// want: text-relocations has relocations in its code (DT_TEXTREL)
#define TEXT(x) #x
#define STRING(x) TEXT(x)

int answer(void) { return 42; }

__asm__(STRING(TABLE) "\n.quad answer\n.text\n");
