package elfcheck

import (
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

func switched(n NameService) File {
	return File{Platform: amd64, Kind: Executable, NameService: &n}
}

var staticGlibcNSSCases = map[string]judged{
	"by its symbols":             {switched(NameService{Switch: true, Functions: []string{"getaddrinfo"}}), abi.Target{}, []string{"warning: is static and has glibc's getaddrinfo, which opens"}},
	"by its databases":           {switched(NameService{Switch: true, Databases: []string{"hosts", "passwd"}}), abi.Target{}, []string{"warning: switch for hosts, passwd"}},
	"as glob does":               {switched(NameService{Switch: true, Databases: []string{"passwd"}}), abi.Target{}, []string{"note: glob and wordexp bring it too"}},
	"which, it does not say":     {switched(NameService{Switch: true}), abi.Target{}, []string{"note: glob and wordexp bring it too"}},
	"it converts characters":     {switched(NameService{Functions: []string{"iconv_open"}}), abi.Target{}, []string{"warning: has glibc's iconv_open"}},
	"dynamic, or of another one": {File{Platform: amd64, Kind: PIE}, debian12, nil},
}

// What a program of glibc has in it that asks for names, stripped and not; and
// what one has that does not.
func TestNameServiceOfGCC(t *testing.T) {
	const hello = "#include <stdio.h>\nint main(void) { return puts(\"hello\") < 0; }"
	const address = "#include <netdb.h>\nint main(int c, char **v) { struct addrinfo *r; return getaddrinfo(v[0], 0, 0, &r); }"
	const user = "#include <pwd.h>\nint main(int c, char **v) { return !getpwnam(v[0]); }"
	const group = "#include <grp.h>\nint main(int c, char **v) { return !getgrnam(v[0]); }"
	const glob = "#include <glob.h>\nint main(int c, char **v) { glob_t g; return glob(v[0], GLOB_TILDE, 0, &g); }"
	const own = "#include <grp.h>\nstruct group *getgrnam(const char *n) { return 0; }\nint main(int c, char **v) { return !getgrnam(v[0]); }"
	const iconv = "#include <iconv.h>\nint main(int c, char **v) { return iconv_open(\"UTF-8\", v[0]) == 0; }"
	for name, test := range map[string]struct {
		source, flags, want string
	}{
		"hello":                 {hello, "-static", ""},
		"hello, stripped":       {hello, "-static -s", ""},
		"hello, static PIE":     {hello, "-static-pie -s", ""},
		"address":               {address, "-static", "getaddrinfo"},
		"address, stripped":     {address, "-static -s", "getaddrinfo"},
		"address, static PIE":   {address, "-static-pie -s", "getaddrinfo"},
		"address, dynamic":      {address, "", ""},
		"user":                  {user, "-static", "getpwnam"},
		"user, stripped":        {user, "-static -s", "glob and wordexp bring it too"},
		"group, stripped":       {group, "-static -s", "switch for group"},
		"a function of its own": {own, "-static", ""},
		"glob":                  {glob, "-static", "glob and wordexp bring it too"},
		"a converter":           {iconv, "-static", "iconv_open"},
		"a converter, stripped": {iconv, "-static -s", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := readFile(t, compile(t, test.source, append([]string{"-w"}, strings.Fields(test.flags)...)...))
			have := strings.Join(findingsOf("static-glibc-nss", f, debian12), "\n")
			if (have == "") != (test.want == "") || !strings.Contains(have, test.want) {
				t.Errorf("have %q, want %q", have, test.want)
			}
		})
	}
}

func TestReadOnlyTakesNothingTwice(t *testing.T) {
	at := func(off, size uint64, flags elf.ProgFlag) Segment {
		return Segment{Type: elf.PT_LOAD, Flags: flags, Offset: off, FileSize: size}
	}
	f := File{Segments: []Segment{
		at(0x3000, 0x100, elf.PF_R), at(0, 0x1000, elf.PF_R), at(0, 0x1000, elf.PF_R|elf.PF_X), at(0x800, 0x1000, elf.PF_R),
		at(0x1800, 0x800, elf.PF_R), at(0x4000, 0x100, elf.PF_R|elf.PF_W), {Type: elf.PT_NOTE, Flags: elf.PF_R, Offset: 0x5000, FileSize: 0x20},
	}}
	if have := f.readOnly(); !slices.Equal(have, []piece{{0, 0x2000}, {0x3000, 0x3100}}) {
		t.Errorf("have %#x", have)
	}
}
