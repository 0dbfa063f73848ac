package luajit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/abivet/abivet/abi"
)

// FixedDefectDoc is of a LuaJIT that is older than a fix its host needs.
var FixedDefectDoc = abi.Doc{
	ID:       "luajit-fixed-defect",
	Title:    "this LuaJIT has a defect on this platform that later ones do not have",
	Severity: abi.Warning,
	Why: `Some defects of LuaJIT strike on one system or processor alone: what was tested on an
amd64 server fails on an arm64 laptop. LuaJIT has no releases since 2023-08-21: the third
number of a version such as 2.1.1727870382 is the time of its commit, so whether it is
older than a fix can be told. 2.1.0-beta3 may be anything from 2017 up to that day. The
finding says what the user sees, and the commit that mends it.`,
	Fix: `Take a LuaJIT from after the commit that the finding names. Only what Xcode 16 folds has
a flag too, of the link of the file that LuaJIT is in:
  linker  cc -Wl,-no_deduplicate
  CMake   target_link_options(program PRIVATE "LINKER:-no_deduplicate")
  Go      go build -ldflags '-extldflags "-Wl,-no_deduplicate"'
  Cargo   println!("cargo:rustc-link-arg=-Wl,-no_deduplicate"); in build.rs`,
	Refs: []string{
		"https://luajit.org/status.html",
		"https://github.com/LuaJIT/LuaJIT/commits/v2.1",
	},
}

// A Defect is a fault of LuaJIT that a commit has mended, on the platforms that
// it strikes.
type Defect struct {
	Commit   string      // of github.com/LuaJIT/LuaJIT, branch v2.1
	Fixed    int64       // when, in seconds since 1970
	OS, Arch string      // empty for all
	Linker   abi.Version // of Apple's ld, from which on it strikes; empty for all
	Needs    func(*Info) Answer
	Severity abi.Severity
	Symptom  string
}

// defects has those that a file can be held against. From the commits of branch
// v2.1 up to 2026-08-20; their times are those of the committer, as in rolling
// versions.
var defects = []Defect{
	{
		Commit: "e9af1abe", Fixed: 1601422489, Arch: "arm64", Severity: abi.Warning,
		Symptom: `"bad light userdata pointer" where an address has more than 47 bits, as on many Linux kernels for arm64`,
	},
	{
		Commit: "83954100", Fixed: 1693268511, OS: darwin, Arch: "arm64", Severity: abi.Warning,
		Needs:   func(i *Info) Answer { return i.FFI },
		Symptom: "FFI calls of C functions with variable arguments (ffi.C.printf) or with small arguments on the stack pass wrong values",
	},
	{
		// https://github.com/LuaJIT/LuaJIT/issues/1275: the linker takes pieces of
		// the interpreter for functions and makes one of those that are the same.
		Commit: "2240d844", Fixed: 1727827585, OS: darwin, Linker: "1115", Severity: abi.Note,
		Symptom: "the linker of Xcode 16 folds equal pieces of the interpreter into one, and calls of pairs() and of FFI functions crash, in optimised builds alone; unless it was linked with -Wl,-no_deduplicate",
	},
	{
		Commit: "68354f44", Fixed: 1762386122, Arch: "arm64", Severity: abi.Note,
		Needs:   func(i *Info) Answer { return i.JIT },
		Symptom: "in a large program no memory for code is found within 128 MiB of LuaJIT: the JIT compiler gives up or begins anew again and again, and the program is slow",
	},
}

// Defects returns those that a LuaJIT in a file is known to have on a platform.
// The linker is the version of Apple's that wrote the file, empty for others.
func (i *Info) Defects(p abi.Platform, linker abi.Version) []Defect {
	if i.Role != Embedded {
		return nil
	}
	var known []Defect
	for _, d := range defects {
		if d.OS != "" && d.OS != p.OS || d.Arch != "" && d.Arch != p.Arch || d.Needs != nil && d.Needs(i) != Yes {
			continue
		}
		if d.Linker != "" && (linker == "" || linker.Less(d.Linker)) {
			continue
		}
		if i.OlderThan(d.Fixed) == Yes {
			known = append(known, d)
		}
	}
	return known
}

// Finding tells a defect of a LuaJIT. There is one rule for each format.
func (d Defect) Finding(i *Info) abi.Finding {
	fixed := time.Unix(d.Fixed, 0).UTC().Format(time.DateOnly)
	return abi.Finding{
		Severity: d.Severity,
		Message:  fmt.Sprintf("LuaJIT %q is older than commit %s of %s: %s", i.Version, d.Commit, fixed, d.Symptom),
		Evidence: append([]string{fmt.Sprintf("commit %s has the time %d", d.Commit, d.Fixed)}, i.Evidence...),
		Fix:      fmt.Sprintf("take a LuaJIT 2.1 from %s or later: https://github.com/LuaJIT/LuaJIT/commit/%s", fixed, d.Commit),
		Subject:  d.Commit,
	}
}

// firstRolling is the commit 50e0fa03, from which on a version has its time.
const firstRolling = 1692579986

// betas are the tags before that, by the time after which no such version was
// written. Only the last was long in use by what is not that tag.
var betas = map[string]int64{
	"2.1.0-beta1": 1457000000, // beta2 is of 2016-03-03
	"2.1.0-beta2": 1493700000, // beta3 is of 2017-05-01
	"2.1.0-beta3": firstRolling,
}

// OlderThan tells whether the version is from before a time. A fork has the
// times of its own commits, which are not before those it took over.
func (i *Info) OlderThan(seconds int64) Answer {
	if i.Fork == "Tarantool" {
		return Unknown // it is 2.1.0-beta3 for ever, and takes over later commits one by one
	}
	if last, ok := betas[i.Version]; ok {
		if last <= seconds {
			return Yes
		}
		return Unknown
	}
	text, ok := strings.CutPrefix(i.Version, "2.1.")
	if !ok {
		return Unknown
	}
	written, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || written < firstRolling:
		return Unknown
	case written < seconds:
		return Yes
	}
	return No
}
