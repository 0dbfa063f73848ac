package machocheck

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
)

func TestChanges(t *testing.T) {
	mac := abi.Platform{OS: "darwin", Arch: "arm64"}
	library := func(exports ...Export) File {
		return File{Platform: mac, Arch: "arm64", MinOS: "11.0", ID: Dylib{Name: "@rpath/libx.dylib", Compatibility: "2.0.0"}, ExportsTrie: true, Trie: exports}
	}
	older := library()
	older.MinOS, older.ID.Compatibility, older.Dylibs = "10.15", "3.0.0", []Dylib{{Name: "@rpath/liby.dylib", Link: Reexport}}
	renamed := library()
	renamed.ID.Name, renamed.Arch = "@rpath/libx.2.dylib", "x86_64"
	stripped := File{Platform: mac, Arch: "arm64", MinOS: "11.0", ID: library().ID, Exports: []string{"_open"}}
	tests := map[string]struct {
		older, newer File
		want         []abi.Change
	}{
		"nothing":          {library(Export{Name: "_open"}), library(Export{Name: "_open", Address: 16}), nil},
		"without a trie":   {library(Export{Name: "_open"}), stripped, nil},
		"gone":             {library(Export{Name: "_a"}, Export{Name: "_open"}), library(Export{Name: "_a"}), []abi.Change{{Severity: abi.Error, What: "symbol", Name: "_open", Old: "symbol", Why: "what was linked with it does not find it"}}},
		"came":             {library(), library(Export{Name: "_open"}), []abi.Change{{Severity: abi.Note, What: "symbol", Name: "_open", New: "symbol"}}},
		"weak, of C++":     {library(Export{Name: "__ZN1a1bEv", Weak: true}), library(), []abi.Change{{Severity: abi.Warning, What: "symbol", Name: "__ZN1a1bEv", Old: "symbol", Why: "weak, and of C++: who uses an inline function or a template has it too, unless declared extern"}}},
		"now thread-local": {library(Export{Name: "_x"}), library(Export{Name: "_x", ThreadLocal: true}), []abi.Change{{Severity: abi.Error, What: "symbol", Name: "_x", Old: "symbol", New: "thread-local object", Why: "what takes it for the one does not work with the other"}}},
		"the file": {older, library(), []abi.Change{
			{Severity: abi.Error, What: "needed", Name: "@rpath/liby.dylib", Old: "reexport", Why: "what was linked with its symbols by way of this library does not find them"},
			{Severity: abi.Warning, What: "compatibility version", Old: "3.0.0", New: "2.0.0", Why: "up to macOS 11 dyld refuses a library of an older compatibility version than a program was linked with"},
			{Severity: abi.Warning, What: "minimum", Old: "10.15", New: "11.0", Why: "it is built for a newer system than before"}}},
		"renamed": {library(), renamed, []abi.Change{
			{Severity: abi.Error, What: "platform", Old: "darwin/arm64", New: "darwin/x86_64", Why: "dyld takes no file of another platform"},
			{Severity: abi.Error, What: "install name", Old: "@rpath/libx.dylib", New: "@rpath/libx.2.dylib", Why: "programs ask for the name that they were linked with"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, Changes(&test.older, &test.newer))
		})
	}
}
