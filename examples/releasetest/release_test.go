// Package releasetest holds what a project releases, and itself, against the
// systems of its users. It is tests alone: copy them.
//
// The story behind it: a program with LuaJIT in it worked on the Linux servers
// and died at every start on the macOS laptops, since it was linked without
// -pagezero_size. Nobody had to run it on a Mac to know.
package releasetest

import (
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/abivet/abivet/abi/abitest"
)

// What stands in dist/ of a real project.
const (
	onLinux = "../../testdata/elf/glibc-floor.twin"
	onMac   = "../../testdata/macho/luajit-pagezero.twin"
)

func TestRelease(t *testing.T) {
	abitest.Clean(t, "debian:11", onLinux)
	abitest.Clean(t, "macos:13", onMac)
}

// TestSelf judges this very test: what its imports, and theirs, link into a
// program.
func TestSelf(t *testing.T) {
	target := map[string]string{"linux": "debian:11", "darwin": "macos:13"}[runtime.GOOS]
	switch {
	case target == "":
		t.Skip("nothing is released for " + runtime.GOOS)
	case hasRace():
		t.Skip("-race links the C library of this machine, and is not released")
	}
	abitest.Self(t, target)
}

func hasRace() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
