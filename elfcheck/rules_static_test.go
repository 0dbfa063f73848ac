package elfcheck

import (
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
