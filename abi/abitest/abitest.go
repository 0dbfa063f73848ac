// Package abitest asserts in a Go test that native files load and work in a
// user space:
//
//	func TestRelease(t *testing.T) {
//		abitest.Clean(t, "debian:11", "dist/")
//	}
//
//	func TestSelf(t *testing.T) { // what cgo linked into this very test
//		abitest.Self(t, "debian:11")
//	}
//
// A finding that is an error fails the test, and so does a file that could not
// be checked; warnings and notes are logged. Nothing is executed.
package abitest

import (
	"context"
	"os"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/abi/targets"
)

// A TB is what is asked of a test. *testing.T is one.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Clean fails the test unless every native file among the paths, and below
// those that are directories, loads and works in the target (debian:11,
// manylinux_2_28, macos:13/arm64; "abivet targets" lists them). Where there is
// no native file it fails, too: nothing would have been checked.
func Clean(t TB, target string, paths ...string) {
	t.Helper()
	set, err := targets.Lookup(target)
	if err != nil {
		t.Fatalf("abitest: %v", err)
		return // a TB may be one that goes on
	}
	if len(paths) == 0 {
		t.Fatalf("abitest: no path: nothing would be checked")
		return
	}
	r, err := audit.Check(context.Background(), audit.Files(paths...), audit.Options{
		Targets:    []abi.TargetSet{set},
		TargetName: target,
	})
	if err != nil {
		t.Fatalf("abitest: %s: %v", strings.Join(paths, ", "), err)
		return
	}
	tell(t, r)
}

// Self is Clean for the running test binary: what a program with these imports
// asks of a user space, whoever brought it in. With -race or other flags that
// link more, it is what they link as well.
func Self(t TB, target string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatalf("abitest: %v", err)
		return
	}
	Clean(t, target, self)
}

func tell(t TB, r *abi.Report) {
	t.Helper()
	s := r.Summary()
	if s.Errors+s.Warnings+s.Notes+s.Unchecked == 0 {
		return
	}
	var text strings.Builder
	if err := report.Text(&text, r, report.TextOptions{}); err != nil {
		t.Fatalf("abitest: %v", err)
		return
	}
	if s.Errors+s.Unchecked > 0 {
		t.Errorf("not clean for %s:\n%s", r.Target, text.String())
	} else {
		t.Logf("%s", text.String())
	}
}
