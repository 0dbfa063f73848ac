package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/tiny"
)

// A run that could leave half of something behind listens for signals, and so does
// one that may take long.
func TestBrief(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(text), 0o666))
		return name
	}
	library := write("libtiny.so", string(tiny.ELF{SOName: "libtiny.so.1"}.Bytes()))
	other, archive := write("a.txt", "text"), write("liba.a", "!<arch>\n")
	for reason, test := range map[string]struct {
		args []string
		want bool
	}{
		"one file":               {[]string{"load", "--root", dir, library}, true},
		"one file without root":  {[]string{"check", library}, true},
		"no file at all":         {[]string{"targets", "debian:12"}, true},
		"two files":              {[]string{"load", "--root", dir, library, library}, false},
		"a directory":            {[]string{"check", dir}, false},
		"no native file":         {[]string{"check", other}, false},
		"an archive":             {[]string{"show", archive}, false},
		"not there":              {[]string{"tree", "--root", dir, library + "?"}, false},
		"a root to be unpacked":  {[]string{"load", "--root", archive, library}, false},
		"a report in a file":     {[]string{"check", "--output", other + ".out", library}, false},
		"a command that may run": {[]string{"luajit", library}, false},
	} {
		c, args, err := newRoot(test.args).Find(test.args)
		require.NoError(t, err)
		require.NoError(t, c.ParseFlags(args))
		assert.Equal(t, test.want, brief(c, c.Flags().Args()), reason)
	}
}
