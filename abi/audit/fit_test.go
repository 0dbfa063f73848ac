package audit

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/machocheck"
)

// glibc is a set of one target.
func glibc(v abi.Version) abi.TargetSet {
	return abi.TargetSet{{
		Name: "glibc:" + string(v), Platform: abi.Platform{OS: "linux", Arch: "amd64"}, Libc: abi.Glibc,
		Symbols: map[string]abi.Version{"GLIBC": v},
	}}
}

func policy(name string, v abi.Version) abi.TargetSet {
	set := glibc(v)
	set[0].Name, set[0].Libraries = name, []string{"libm.so.6"}
	return set
}

var musl = abi.TargetSet{{Name: "musl", Platform: abi.Platform{OS: "linux", Arch: "amd64"}, Libc: abi.Musl}}

func TestFitOf(t *testing.T) {
	tests := map[string]struct {
		sets      []abi.TargetSet // the newest first
		satisfied []string
		next      string
	}{
		"nothing is known":          {nil, nil, ""},
		"all":                       {[]abi.TargetSet{glibc("2.41"), glibc("2.36")}, []string{"glibc:2.41", "glibc:2.36"}, ""},
		"down to one":               {[]abi.TargetSet{glibc("2.41"), glibc("2.36"), glibc("2.31"), glibc("2.17")}, []string{"glibc:2.41", "glibc:2.36"}, "glibc:2.31"},
		"another kind is not older": {[]abi.TargetSet{glibc("2.36"), musl}, []string{"glibc:2.36"}, ""},
		"a newer policy is passed":  {[]abi.TargetSet{policy("p", "2.41"), glibc("2.36"), glibc("2.31")}, []string{"glibc:2.36"}, "glibc:2.31"},
		"none: the newest":          {[]abi.TargetSet{glibc("2.31"), glibc("2.17")}, nil, "glibc:2.31"},
		"none: of its own kind":     {[]abi.TargetSet{musl, glibc("2.31"), glibc("2.17")}, nil, "glibc:2.31"},
		"not of its platform":       {[]abi.TargetSet{macos("arm64")}, nil, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for e := range Read(context.Background(), FilesIn(mapFS(map[string][]byte{"f": newLib})), Want{ELF: rulesWant.ELF}) {
				fit, ok := FitOf(e, tt.sets)
				assert.True(t, ok)
				assert.Equal(t, tt.satisfied, fit.Satisfied)
				assert.Equal(t, tt.next, fit.Next)
				assert.Equal(t, fit.Next == "", fit.Because == nil)
			}
		})
	}
}

func TestFitOfWhatIsNotLoaded(t *testing.T) {
	for name, e := range map[string]Entry{
		"object":            {ELF: &elfcheck.File{Kind: elfcheck.Object}},
		"debug information": {ELF: &elfcheck.File{Kind: elfcheck.DebugInfo}},
		"packed program":    {ELF: &elfcheck.File{Kind: elfcheck.PIE, Packed: "UPX"}},
		"Mach-O object":     {MachO: &machocheck.File{Kind: machocheck.Object}},
		"not checked":       {Err: ErrNothing},
	} {
		_, ok := FitOf(e, []abi.TargetSet{glibc("2.41"), macos("arm64")})
		assert.False(t, ok, name)
	}
}
