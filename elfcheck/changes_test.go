package elfcheck

import (
	"debug/elf"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
)

func TestChanges(t *testing.T) {
	linux := abi.Platform{OS: "linux", Arch: "amd64"}
	versions := []VersionDef{{Name: "libx.so.1", Base: true}, {Name: "X_1"}}
	function := func(name, version string) Symbol {
		return Symbol{Name: name, Version: version, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC}
	}
	object := func(size uint64) Symbol {
		return Symbol{Name: "table", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Size: size}
	}
	library := func(exports ...Symbol) File {
		f := File{Platform: linux, SOName: "libx.so.1", Exports: exports}
		for _, s := range exports {
			if s.Version != "" {
				f.VersionDefs = versions
			}
		}
		return f
	}
	hidden := function("open", "X_1")
	hidden.Hidden = true
	indirect, local, weak := function("open", ""), object(8), function("_ZN1a1bEv", "")
	indirect.Type, local.Type, weak.Bind = elf.STT_GNU_IFUNC, elf.STT_TLS, elf.STB_WEAK
	private := function("open", "X_PRIVATE")
	const unfound = "what was linked with it does not find it"
	tests := map[string]struct {
		older, newer File
		want         []abi.Change
	}{
		"nothing":              {library(function("open", "X_1")), library(function("open", "X_1")), nil},
		"gone":                 {library(function("open", "")), library(), []abi.Change{{Severity: abi.Error, What: "symbol", Name: "open", Old: "function", Why: unfound}}},
		"came":                 {library(), library(function("open", "")), []abi.Change{{Severity: abi.Note, What: "symbol", Name: "open", New: "function"}}},
		"an indirect function": {library(function("open", "")), library(indirect), nil},
		"another default": {library(function("open", "X_1")), library(hidden, function("open", "X_2")),
			[]abi.Change{{Severity: abi.Note, What: "symbol", Name: "open@X_2", New: "function"}}},
		"got a version": {library(function("open", "")), library(function("open", "X_1")), []abi.Change{
			{Severity: abi.Note, What: "version", Name: "X_1", New: "X_1"}, {Severity: abi.Note, What: "symbol", Name: "open@X_1", New: "function"}}},
		"got only a hidden version": {library(function("open", "")), library(hidden), []abi.Change{
			{Severity: abi.Error, What: "symbol", Name: "open", Old: "function", Why: "has other versions (open@X_1): what was linked with this one does not find it"},
			{Severity: abi.Note, What: "version", Name: "X_1", New: "X_1"}, {Severity: abi.Note, What: "symbol", Name: "open@X_1", New: "function"}}},
		"has no versions any more": {library(function("open", "X_1")), library(function("open", "")), []abi.Change{
			{Severity: abi.Warning, What: "version", Name: "X_1", Old: "X_1", Why: "there are no versions any more: the loader goes on, and warns"},
			{Severity: abi.Note, What: "symbol", Name: "open", New: "function"}}},
		"a private version": {library(private, function("a", "X_1")), library(function("a", "X_1")), []abi.Change{
			{Severity: abi.Warning, What: "symbol", Name: "open@X_PRIVATE", Old: "function", Why: "of a version that is for the library's own package alone"}}},
		"weak, of C++": {library(weak), library(), []abi.Change{{Severity: abi.Warning, What: "symbol", Name: "_ZN1a1bEv", Old: "function",
			Why: "weak, and of C++: who uses an inline function or a template has it too, unless declared extern"}}},
		"grown": {library(object(8)), library(object(16)), []abi.Change{{Severity: abi.Warning, What: "symbol", Name: "table", Old: "object of 8 bytes", New: "object of 16 bytes",
			Why: "a program that has a copy of it (a copy relocation) made room for the older size"}}},
		"another kind": {library(object(8)), library(local), []abi.Change{{Severity: abi.Error, What: "symbol", Name: "table", Old: "object", New: "thread-local object",
			Why: "what takes it for the one does not work with the other"}}},
		"of the linker":          {library(function("_init", ""), function("_edata", "")), library(), nil},
		"the symbol of versions": {library(Symbol{Name: "X_1", Version: "X_1", Absolute: true}), File{Platform: linux, SOName: "libx.so.1", VersionDefs: versions}, nil},
		"the file": {File{Platform: linux, SOName: "libx.so.1", Needed: []string{"liba.so"}},
			File{Platform: abi.Platform{OS: "linux", Arch: "arm64"}, SOName: "libx.so.2", Needed: []string{"libb.so"}}, []abi.Change{
				{Severity: abi.Error, What: "platform", Old: "linux/amd64", New: "linux/arm64", Why: "the loader takes no file of another platform"},
				{Severity: abi.Error, What: "soname", Old: "libx.so.1", New: "libx.so.2", Why: "programs ask for the name that they were linked with"},
				{Severity: abi.Note, What: "needed", Name: "libb.so", New: "libb.so"},
				{Severity: abi.Note, What: "needed", Name: "liba.so", Old: "liba.so"}}},
		"another C library": {File{Libc: abi.Glibc}, File{Libc: abi.Musl}, []abi.Change{{Severity: abi.Error, What: "libc", Old: "glibc", New: "musl",
			Why: "the programs that were linked with it run with the older's C library, and a process has one"}}},
		"a C library that is not known": {File{Libc: abi.Glibc}, File{}, nil},
		"newer needs": {File{VersionNeeds: []VersionNeed{{File: "libc.so.6", Version: "GLIBC_2.17"}}}, File{VersionNeeds: []VersionNeed{{File: "libc.so.6", Version: "GLIBC_2.34"}}},
			[]abi.Change{{Severity: abi.Note, What: "floor", Old: "GLIBC_2.17 (libc.so.6)", New: "GLIBC_2.34 (libc.so.6)"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, Changes(&test.older, &test.newer))
		})
	}
}
