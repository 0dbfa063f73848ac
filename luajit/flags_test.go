package luajit

import (
	"slices"
	"testing"

	"github.com/abivet/abivet/abi"
)

func TestLinkFlags(t *testing.T) {
	small := []string{"-Wl,-pagezero_size,0x10000"}
	tests := map[string]struct {
		platform string
		gc64     Answer
		want     []string
	}{
		"amd64 without GC64":          {"darwin/amd64", No, small},
		"amd64 with GC64":             {"darwin/amd64", Yes, nil},
		"amd64 in a mode not known":   {"darwin/amd64", Unknown, small},
		"arm64 is refused with them":  {"darwin/arm64", No, nil},
		"arm64 in a mode not known":   {"darwin/arm64", Unknown, nil},
		"Linux has no page zero":      {"linux/amd64", No, nil},
		"a simulator on an Intel Mac": {"ios/amd64", No, nil},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			p, err := abi.ParsePlatform(test.platform)
			if err != nil {
				t.Fatal(err)
			}
			if got := LinkFlags(p, test.gc64); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestDocs(t *testing.T) {
	var rules []abi.Rule[*Info]
	for _, doc := range []abi.Doc{
		PageZeroDoc, PageZeroNeedlessDoc, HostDecidesDoc, NewStateDoc, LowMemoryDoc, LowHeapDoc, PageZeroMisplacedDoc,
		LibraryBaseDoc, HardenedRuntimeDoc, BytecodeModeDoc, SymbolsHiddenDoc, TwoRuntimesDoc, UnwindDoc, FixedDefectDoc,
	} {
		if len(doc.Refs) == 0 {
			t.Errorf("%s: no source is named", doc.ID)
		}
		rules = append(rules, abi.Rule[*Info]{Doc: doc, Check: func(*Info, abi.Target) []abi.Finding { return nil }})
	}
	if err := abi.Validate(rules); err != nil {
		t.Error(err)
	}
}
