package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/abivet/abivet/luajit/probe"
)

func TestMain(m *testing.M) {
	probe.Child()
	os.Exit(m.Run())
}

// ask runs the command.
func ask(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"a", "b"}, {"-format", "xml", "a"}, {"-nonsense"}} {
		if code, stdout, stderr := ask(t, args...); code != 2 || stdout != "" || stderr == "" {
			t.Errorf("%q: code %d, %q, %q; want usage", args, code, stdout, stderr)
		}
	}
	if code, _, stderr := ask(t, filepath.Join(t.TempDir(), "nothing")); code != 3 || !strings.Contains(stderr, "no such file") {
		t.Errorf("code %d, %q", code, stderr)
	}
}

// TestNotLuaJIT loads a library that every Linux system with a dynamic linker
// has.
func TestNotLuaJIT(t *testing.T) {
	out, err := exec.Command("cc", "-print-file-name=libm.so.6").Output()
	name := strings.TrimSpace(string(out))
	if err != nil || !filepath.IsAbs(name) || !probe.Supported {
		t.Skip("SKIPPED: no C compiler that tells where libm.so.6 is")
	}
	code, stdout, _ := ask(t, "-format", "json", name)
	if code != 3 || !strings.Contains(stdout, `"outcome":"not LuaJIT"`) {
		t.Errorf("code %d, %q", code, stdout)
	}
}

// TestCorpus loads the libraries below a directory of LuaJIT builds and wants
// them to say what their files say.
func TestCorpus(t *testing.T) {
	root := os.Getenv("ABIVET_LUAJIT_CORPUS")
	if root == "" {
		t.Skip("SKIPPED: ABIVET_LUAJIT_CORPUS does not name a directory of LuaJIT builds")
	}
	answered := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasPrefix(d.Name(), "lib") || !strings.Contains(d.Name(), "luajit") || !strings.Contains(d.Name(), ".so") {
			return err
		}
		code, stdout, stderr := ask(t, name)
		switch code {
		case 0:
			answered++
		case 3: // of another machine or a newer system
		default:
			t.Errorf("%s: code %d, %s%s", name, code, stdout, stderr)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d libraries answered", answered)
	if answered == 0 {
		t.Error("no library answered")
	}
}
