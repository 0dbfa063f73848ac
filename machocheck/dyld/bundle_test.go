package dyld

import (
	"fmt"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
	"github.com/abivet/abivet/internal/rootpath"

	"io/fs"
)

// files are what a bundle holds, by absolute path: an mb.Image, bytes, or a
// link.
type files map[string]any

type link string // symbolic

// bundle is a file system with the files.
func bundle(all files) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, content := range all {
		f := &fstest.MapFile{Mode: 0o755}
		switch c := content.(type) {
		case link:
			f.Mode, f.Data = fs.ModeSymlink|0o777, []byte(c)
		case mb.Image:
			f.Data = c.Bytes()
		case []byte:
			f.Data = c
		case string:
			f.Data = []byte(c)
		}
		fsys[rootpath.FSName(name)] = f
	}
	return fsys
}

// load loads one of the files; /app where the request names none.
func load(t *testing.T, all files, r Request) *Process {
	t.Helper()
	if r.Path == "" {
		r.Path = "/app"
	}
	p, err := New(bundle(all)).Load(r)
	require.NoError(t, err)
	return p
}

const sysroot = "/usr/lib/libSystem.B.dylib"

// signed is the flag of a signature by the linker.
const signed = 0x20002

func text() mb.Segment {
	return mb.Segment{Name: "__TEXT", Addr: 1 << 32, Size: 0x8000, MaxProt: 5, InitProt: 5, Header: true, Data: make([]byte, 64)}
}

// A part changes an image.
type part func(*mb.Image)

func imageOf(kind uint32, parts []part) mb.Image {
	m := mb.Image{
		CPU: mb.ARM64, Type: kind, Flags: mb.DyldLink | mb.TwoLevel,
		Commands: []mb.Command{
			text(), mb.UUID{0xde, 0xad, 15: byte(kind)},
			mb.Build{Platform: mb.MacOS, MinOS: mb.Version(11, 0, 0), SDK: mb.Version(14, 0, 0)},
			mb.Library{Name: sysroot},
			mb.Blob{Kind: mb.ChainedFixups, Data: mb.Chains{}.Bytes()},
			mb.Signed{Flags: signed},
		},
	}
	for _, p := range parts {
		p(&m)
	}
	// The signature is the last.
	last := func(c mb.Command) bool { _, ok := c.(mb.Signed); return ok }
	slices.SortStableFunc(m.Commands, func(a, b mb.Command) int {
		switch {
		case last(a) == last(b):
			return 0
		case last(a):
			return 1
		}
		return -1
	})
	return m
}

// program is one that the kernel starts.
func program(parts ...part) mb.Image {
	m := imageOf(mb.Execute, append([]part{with(
		mb.Segment{Name: "__PAGEZERO", Size: 1 << 32}, mb.Dylinker("/usr/lib/dyld"), mb.Main{Offset: 0x1000},
	)}, parts...))
	m.Flags |= mb.PIE
	return m
}

// dylib is a library of a name.
func dylib(id string, parts ...part) mb.Image {
	return imageOf(mb.Dylib, append([]part{with(mb.Library{Kind: mb.ID, Name: id, Current: mb.Version(1, 0, 0), Compatibility: mb.Version(1, 0, 0)})}, parts...))
}

// plugin is a bundle.
func plugin(parts ...part) mb.Image { return imageOf(mb.Bundle, parts) }

func with(commands ...mb.Command) part {
	return func(m *mb.Image) { m.Commands = append(m.Commands, commands...) }
}

// needs asks for libraries.
func needs(names ...string) part {
	return func(m *mb.Image) {
		for _, name := range names {
			m.Commands = append(m.Commands, mb.Library{Name: name, Compatibility: mb.Version(1, 0, 0)})
		}
	}
}

func weakly(name string) part { return with(mb.Library{Kind: mb.Weak, Name: name}) }
func offers(name string) part { return with(mb.Library{Kind: mb.Reexport, Name: name}) }
func rpath(paths ...string) part {
	return func(m *mb.Image) {
		for _, p := range paths {
			m.Commands = append(m.Commands, mb.RPath(p))
		}
	}
}

func exports(names ...string) part {
	return with(mb.Blob{Kind: mb.ExportsTrie, Data: mb.Trie(names...)})
}

// without leaves out the commands of a kind.
func without[C mb.Command]() part {
	return func(m *mb.Image) {
		var kept []mb.Command
		for _, c := range m.Commands {
			if _, ok := c.(C); !ok {
				kept = append(kept, c)
			}
		}
		m.Commands = kept
	}
}

// built replaces the version command.
func built(platform, minos, sdk uint32) part {
	return func(m *mb.Image) {
		without[mb.Build]()(m)
		with(mb.Build{Platform: platform, MinOS: minos, SDK: sdk})(m)
	}
}

func intel(m *mb.Image) { m.CPU, m.Subtype = mb.AMD64, mb.SubtypeAMD64 }

// imports takes symbols from libraries by their place; libSystem is the first.
func imports(list ...mb.ChainedImport) part {
	return func(m *mb.Image) {
		without[mb.Blob]()(m)
		with(mb.Blob{Kind: mb.ChainedFixups, Data: mb.Chains{Imports: list}.Bytes()})(m)
	}
}

// lazily is the same for calls, in a file of the older form.
func lazily(list ...mb.ChainedImport) part {
	return func(m *mb.Image) {
		without[mb.Blob]()(m)
		segments := 0
		for _, c := range m.Commands {
			if _, is := c.(mb.Segment); is {
				segments++
			}
		}
		for ; segments < 3; segments++ { // the third is bound into
			with(mb.Segment{Name: fmt.Sprint("__DATA", segments), Addr: 1<<32 + uint64(segments)<<24, Size: 0x4000, MaxProt: 3, InitProt: 3})(m)
		}
		with(mb.DyldInfo{LazyBind: mb.LazyBinds(list...)})(m)
	}
}

// sign replaces the signature.
func sign(s mb.Signed) part {
	return func(m *mb.Image) {
		without[mb.Signed]()(m)
		with(s)(m)
	}
}

// rules are the IDs of what is found, with the severity where it is not that of
// the rule.
func found(p *Process) []string {
	findings, _ := abi.Check(Rules(), p, abi.Target{})
	list := []string{}
	for _, f := range findings {
		list = append(list, f.Rule+" "+f.Severity.String())
	}
	return list
}
