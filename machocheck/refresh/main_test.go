package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// The dump is clang's, shortened.
func TestDeclared(t *testing.T) {
	dump := strings.Join([]string{
		"TranslationUnitDecl 0x1 <<invalid sloc>>",
		"|-TypedefDecl 0x2 <a.h:1:1> col:9 newtype 'int'",
		"| `-AvailabilityAttr 0x3 <b.h:1:2> macos 12.0 0 0 \"\" \"\" 0",
		"|-FunctionDecl 0x4 <a.h:2:1> a.h:2:5 clonefile 'int (const char *)'",
		"| |-ParmVarDecl 0x5 <col:15> col:27 'const char *'",
		"| |-AvailabilityAttr 0x6 <b.h:3:1> ios 10.0 0 0 \"\" \"\" 0",
		"| `-AvailabilityAttr 0x7 <b.h:4:1> macos 10.12 0 0 \"\" \"\" 0",
		"|-FunctionDecl 0x8 <line:3:1> col:6 implicit used renamed 'int (void)' extern",
		"| |-AvailabilityAttr 0x9 <b.h:4:1> macos 11.0 0 0 \"\" \"\" 0",
		"| `-AsmLabelAttr 0xa <c.h:1:1> \"_renamed$NEW\" IsLiteralLabel",
		"|-FunctionDecl 0xb <line:4:1> col:6 old 'int (void)'",
		"|-FunctionDecl 0xc <line:5:1> col:6 twice 'int (void)'",
		"| `-AvailabilityAttr 0xd <b.h:4:1> macos 13.0 0 0 \"\" \"\" 0",
		"|-FunctionDecl 0xe prev 0xc <line:6:1> col:6 twice 'int (void)'",
		"| `-AvailabilityAttr 0xf <b.h:4:1> Inherited macos 13.0 0 0 \"\" \"\" 0",
		"`-VarDecl 0x10 <line:7:1> col:12 variable 'const int' extern",
		"  `-AvailabilityAttr 0x11 <b.h:4:1> macos 14.4 0 0 \"\" \"\" 0",
	}, "\n")
	got, err := declared(strings.NewReader(dump))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]abi.Version{"_clonefile": "10.12", "_renamed$NEW": "11.0", "_twice": "13.0", "_variable": "14.4"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
