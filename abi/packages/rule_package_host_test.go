package packages

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/machocheck"
)

// The host that installs a package is there already.
func TestBringsHost(t *testing.T) {
	of := func(host extension.Host, library string) extension.Info {
		return extension.Info{Host: host, Library: library, Entries: []string{"f"}}
	}
	file := func(name string, infos ...extension.Info) File {
		return File{Path: name, ELF: &elfcheck.File{Kind: elfcheck.Shared, Extensions: infos}}
	}
	python := file("x/_x.so", of(extension.CPython, "libpython3-0a1b2c3d.11.so.1.0"))
	grafted := file("x.libs/libpython3-0a1b2c3d.11.so.1.0")
	mac := File{Path: "x/_x.so", MachO: &machocheck.File{Kind: machocheck.Bundle, Extensions: []extension.Info{of(extension.CPython, "@loader_path/.dylibs/Python")}}}
	ruby := file("lib/x.so", of(extension.Ruby, "libruby.so.3.1"))
	tests := map[string]struct {
		kind  string
		files []File
		want  string
	}{
		"grafted":                   {"wheel", []File{python, grafted}, "x/_x.so needs libpython3-0a1b2c3d.11.so.1.0, and the package brings it: the CPython that loads the one has its own; leave it out of the link"},
		"macOS, by delocate":        {"wheel", []File{mac, {Path: "x/.dylibs/Python", MachO: &machocheck.File{Kind: machocheck.Library}}}, "x/_x.so needs @loader_path/.dylibs/Python, and the package brings it"},
		"it is not brought":         {"wheel", []File{python}, ""},
		"it is not needed":          {"wheel", []File{file("x/_x.so", of(extension.CPython, "")), grafted}, ""},
		"a host of its own":         {"wheel", []File{python, grafted, {Path: "x/python", ELF: &elfcheck.File{Kind: elfcheck.PIE}}}, ""},
		"a bridge of two hosts":     {"wheel", []File{file("x/_x.so", of(extension.CPython, "libpython3.11.so.1.0"), of(extension.Java, "")), file("libpython3.11.so.1.0")}, ""},
		"another host is no harm":   {"wheel", []File{file("x.so", of(extension.Java, "libjvm.so")), file("libjvm.so")}, ""},
		"a gem":                     {"gem", []File{ruby, file("lib/libruby.so.3.1")}, "lib/x.so needs libruby.so.3.1, and the package brings it: the Ruby that loads"},
		"the distribution's Ruby":   {"deb", []File{ruby, file("usr/lib/libruby.so.3.1")}, ""},
		"the library of an archive": {"jar", []File{file("native/x.so", of(extension.Java, "libjvm.so")), file("native/libjvm.so")}, "native/x.so needs libjvm.so"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			found, _ := abi.Check([]abi.Rule[*Package]{bringsHost}, &Package{Kind: tt.kind, Files: tt.files}, abi.Target{})
			if tt.want == "" {
				assert.Empty(t, found)
				return
			}
			if assert.Len(t, found, 1) {
				assert.Contains(t, found[0].Message, tt.want)
				assert.Equal(t, abi.Warning, found[0].Severity)
			}
		})
	}
}
