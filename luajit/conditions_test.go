package luajit

import (
	"testing"

	"github.com/abivet/abivet/abi"
)

func TestLibraries(t *testing.T) {
	for name, want := range map[string]string{
		"libluajit-5.1.so.2": "luajit", "libtexluajit.so.2": "luajit", "libluajit2-5.1.so.2": "luajit",
		"@rpath/libluajit-5.1.2.dylib": "luajit", "/opt/LuaJIT/lib/libm.so": "",
		"liblua5.1.so.0": "puc", "liblua.so": "puc", "liblua.so.5.3": "puc", "liblua-5.4.so": "puc", "liblua5.1-c++.so.0": "puc",
		"/usr/local/lib/liblua.5.4.dylib": "puc", "liblua52.so": "puc",
		"liblua5.1-luv.so.0": "", "liblualib.so": "", "libluabind.so.1": "", "libluau.so": "", "liblua": "", "lua.so": "",
	} {
		got := ""
		switch {
		case IsLibrary(name):
			got = "luajit"
		case IsPUCLibrary(name):
			got = "puc"
		}
		if got != want {
			t.Errorf("%s is of %q, want %q", name, got, want)
		}
	}
}

func TestOlderThan(t *testing.T) {
	const fix = 1700000000
	for version, want := range map[string]Answer{
		"2.1.1692580000": Yes, "2.1.1699999999": Yes, "2.1.1700000000": No, "2.1.1787165859": No,
		"2.1.0-beta3": Yes, "2.1.0-beta1": Yes, "2.0.5": Unknown, "2.1.5": Unknown, "": Unknown, "2.1.ROLLING": Unknown,
		"2.0.1787058091": Unknown, "2.1.99999999999999999999": Unknown, "2.1.-1": Unknown,
	} {
		if got := (&Info{Version: version}).OlderThan(fix); got != want {
			t.Errorf("%q: %s, want %s", version, got, want)
		}
	}
	if got := (&Info{Version: "2.1.0-beta3", Fork: "Tarantool"}).OlderThan(fix); got != Unknown {
		t.Errorf("Tarantool's takes over later commits: %s", got)
	}
	if got := (&Info{Version: "2.1.0-beta3"}).OlderThan(1601422489); got != Unknown {
		t.Errorf("2.1.0-beta3 may be of 2017 or of 2022: %s", got)
	}
}

func TestDefectsAreSound(t *testing.T) {
	for _, d := range defects {
		if len(d.Commit) < 8 || d.Fixed < 1500000000 || d.Arch == "" && d.OS == "" || d.Symptom == "" || d.Severity < abi.Note || d.Severity > abi.Error {
			t.Errorf("%+v", d)
		}
	}
}
