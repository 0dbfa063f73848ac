package mutate

import (
	"bytes"
	"os"
	"testing"

	"github.com/abivet/abivet/elfcheck"
)

// FuzzAudit does with any bytes all that the command does. A file of which a
// table is cut is no pass.
func FuzzAudit(f *testing.F) {
	for _, name := range fixtures(f) {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 8<<10 {
			f.Add(b)
		}
	}
	r, err := newRun("debian:11", "alpine:3.20", "macos:13")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		shape := ShapeOf(b)
		got, err := r.file(shape, b, false)
		if err != nil {
			t.Fatal(err)
		}
		if got != nil && !errored(got) && says(got) == "" {
			if cut := Cut(b); len(cut) > 0 && !debugInfo(b) {
				t.Fatalf("a pass, and cut is %q", cut)
			}
		}
	})
}

// debugInfo reports whether a file says that it is the debug information of another
// one: it has no bytes of its segments, or not all.
func debugInfo(b []byte) bool {
	f, err := elfcheck.Read(bytes.NewReader(b), int64(len(b)), 0)
	return err == nil && f.Kind == elfcheck.DebugInfo
}
