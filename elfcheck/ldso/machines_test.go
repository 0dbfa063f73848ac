package ldso

import (
	"debug/elf"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/elfbuild"
)

// What relocations of other machines their loaders end at. Those of Debian 13 were asked, of
// files that differ from good ones in this alone.
func TestRelocationsOfMachines(t *testing.T) {
	for name, c := range map[string]struct {
		machine elf.Machine
		big     bool
		change  func(*elfbuild.Image)
		want    Category
	}{
		"ppc64el, a type that is not there": {elf.EM_PPC64, false, func(m *elfbuild.Image) { m.Relocations[0].Type = 11 }, BadReloc},
		"s390x, a type that is not there":   {elf.EM_S390, true, func(m *elfbuild.Image) { m.Relocations[0].Type = 2 }, BadReloc},
		"s390x, more relative ones":         {elf.EM_S390, true, tag(elf.DT_RELACOUNT, 0x800), Crash},
		"ppc64el, more relative ones":       {elf.EM_PPC64, false, tag(elf.DT_RELACOUNT, 0x2b0), Crash},
		"ppc64el":                           {elf.EM_PPC64, false, func(*elfbuild.Image) {}, ""},
		"s390x":                             {elf.EM_S390, true, func(*elfbuild.Image) {}, ""},
	} {
		loader := map[elf.Machine]string{elf.EM_PPC64: "/lib64/ld64.so.2", elf.EM_S390: "/lib/ld64.so.1"}[c.machine]
		types := map[elf.Machine]uint32{elf.EM_PPC64: 22, elf.EM_S390: 12}
		onMachine := func(m elfbuild.Image) elfbuild.Image {
			m.Machine, m.BigEndian, m.Page = c.machine, c.big, 64<<10
			return m
		}
		m := onMachine(so("m"))
		m.Relocations = []elfbuild.Relocation{{Type: types[c.machine]}}
		c.change(&m)
		root := fstest.MapFS{}
		for at, content := range map[string]elfbuild.Image{
			"/c/main": m, loader: onMachine(with(so("ld.so"), func(m *elfbuild.Image) {
				m.Data = []byte("\x00ld.so (test) stable release version 2.41.\n\x00/lib/\x00/usr/lib/\x00")
			})),
			"/lib/libc.so.6": onMachine(so("libc.so.6")),
		} {
			addFile(root, nil, at, content)
		}
		p, err := New(root).Load(Request{Path: "/c/main"})
		require.NoError(t, err, name)
		require.Empty(t, p.Unknown, name)
		got := Category("")
		if len(p.Failures) > 0 {
			got = p.Failures[0].Category
		}
		assert.Equal(t, c.want, got, "%s: %v %s", name, p.Failures, p.Unknown)
	}
}
