package audit

import (
	"debug/elf"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/elfbuild"
	"github.com/abivet/abivet/internal/tiny"
)

func object(visibility elf.SymVis, defines string, asks ...string) []byte {
	o := elfbuild.Object{StackNote: true}
	for _, name := range asks {
		o.Symbols = append(o.Symbols, elfbuild.Symbol{Name: name, Bind: elf.STB_GLOBAL})
	}
	if defines != "" {
		o.Symbols = append(o.Symbols, elfbuild.Symbol{Name: defines, Bind: elf.STB_GLOBAL, Section: 1, Visibility: visibility})
	}
	return o.Bytes()
}

// What another member of the archive defines is no need of the system, hidden or
// not; what another archive defines is one, unless it is said to be linked too.
func TestArchiveSuppliesItself(t *testing.T) {
	files := mapFS(map[string][]byte{
		"a.a": tiny.Archive(
			tiny.Member{Name: "asks.o", Data: object(0, "", "_Fork", "call_once", "fmaximum")},
			tiny.Member{Name: "cut.o", Data: object(0, "", "x")[:80]},
			tiny.Member{Name: "has.o", Data: object(elf.STV_HIDDEN, "_Fork")}),
		"b.a":    tiny.Archive(tiny.Member{Name: "only.o", Data: object(0, "fmaximum")}),
		"c.syso": object(0, "", "fmaximum"),
	})
	o := Options{Only: []string{"archive-floor"}, Targets: []abi.TargetSet{on("old", "amd64")}}
	want := []string{"a.a(asks.o): archive-floor", "a.a(cut.o)!", "a.a(has.o):", "b.a(only.o):", "c.syso: archive-floor"}
	compare := func(have []string) {
		t.Helper()
		assert.Len(t, have, len(want))
		for i := range want {
			assert.Contains(t, have[i], want[i])
		}
	}
	compare(check(t, FilesIn(files), o))
	o.Supplied = map[string]bool{"fmaximum": true}
	want[0], want[4] = "a.a(asks.o):", "c.syso:"
	have := check(t, FilesIn(files), o)
	compare(have)
	assert.NotContains(t, have[0], "archive-floor")
	assert.NotContains(t, have[4], "archive-floor")
}
