package ldso

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/elfbuild"
)

// TestHostIsAsked opens a module in a program that has a perl: its library, or
// itself, says of which release.
func TestHostIsAsked(t *testing.T) {
	module := with(so("", "libc.so.6"), has(def("boot_X")), takes(ref("Perl_xs_handshake")))
	module.Data = []byte("X.c\x00v5.36.0\x001.0\x00")
	perl := with(so("libperl.so.5", "libc.so.6"), has(def("perl_alloc"), def("Perl_xs_handshake")))
	for mark, want := range map[string]int{"v5.36.0": 0, "v5.40.0": 1} {
		perl.Data = []byte("\x00" + mark + "\x00")
		root := fakeRoot("2.36")
		addFile(root, nil, "/usr/bin/perl", program("libperl.so.5", "libc.so.6"))
		addFile(root, nil, multiarch+"libperl.so.5", perl)
		addFile(root, nil, "/usr/bin/other", program("libc.so.6"))
		addFile(root, nil, "/x/X.so", module)

		p, err := New(root).Load(Request{Path: "/x/X.so", Host: "/usr/bin/perl"})
		require.NoError(t, err)
		require.Len(t, p.Offers, 1)
		require.Contains(t, p.Offers[0].Path, "libperl.so.5")
		require.Equal(t, mark, p.Offers[0].Built)
		require.Len(t, extensionHostABI.Check(p, abi.Target{}), want)
		refused, undecided := p.Refused()
		require.Len(t, refused, want)
		require.Empty(t, undecided)

		p, err = New(root).Load(Request{Path: "/x/X.so", Host: "/usr/bin/other", Lazy: true})
		require.NoError(t, err)
		require.Empty(t, p.Offers)
		require.NotEmpty(t, extensionHostABI.Skip(p, abi.Target{}))
		_, undecided = p.Refused()
		require.NotEmpty(t, undecided)

		p, err = New(root).Load(Request{Path: "/x/X.so"})
		require.NoError(t, err)
		require.Empty(t, extensionHostABI.Skip(p, abi.Target{}))
	}
}

// TestProgramIsStarted names a host for a program: no program opens another.
func TestProgramIsStarted(t *testing.T) {
	root := fakeRoot("2.36")
	addFile(root, nil, "/usr/bin/perl", program("libc.so.6"))
	addFile(root, nil, "/x/tool", program("libc.so.6"))
	p, err := New(root).Load(Request{Path: "/x/tool", Host: "/usr/bin/perl"})
	require.NoError(t, err)
	require.Equal(t, OK, p.Verdict(), "%v", p.Failures)
	require.Equal(t, "/x/tool", p.Objects[0].Path)
	require.False(t, p.Hosted)
}

// TestGoPlugin opens plugins of Go in a program of Go: where both have a package,
// it must be of one build.
func TestGoPlugin(t *testing.T) {
	info := "path\texample.com/p\nbuild\t-buildmode=plugin\n"
	mark := strings.Repeat("m", 16)
	data := append([]byte("\xff Go buildinf:"), 8, 2)
	data = append(data, make([]byte, 16)...)
	for _, s := range []string{"go1.26.8", mark + info + mark} {
		data = append(binary.AppendUvarint(data, uint64(len(s))), s...)
	}
	hash := func(name string, at uint64) elfbuild.Symbol {
		s := def("go:link.pkghashbytes." + name)
		s.Value, s.Size = at, 4
		return s
	}
	magic, other := uint64(0), uint64(16) // what stands there differs
	root := fakeRoot("2.36")
	addFile(root, nil, "/app", with(program("libc.so.6"), has(hash("errors", magic), hash("runtime", magic), hash("main", magic))))
	addFile(root, nil, "/tool", program("libc.so.6"))
	for name, test := range map[string]struct {
		symbols []elfbuild.Symbol
		want    string
	}{
		"of the same build":    {[]elfbuild.Symbol{hash("errors", magic), hash("example.com/p", other)}, ""},
		"of another build":     {[]elfbuild.Symbol{hash("errors", magic), hash("runtime", other)}, "has another build of runtime than /app"},
		"past the end of file": {[]elfbuild.Symbol{hash("runtime", 1<<40)}, ""},
	} {
		plugin := with(so("", "libc.so.6"), has(test.symbols...))
		plugin.Notes = append(plugin.Notes, elfbuild.GoBuildID("abc/def"))
		plugin.Data = append(make([]byte, 48), data...)
		addFile(root, nil, "/p.so", plugin)
		p, err := New(root).Load(Request{Path: "/p.so", Host: "/app"})
		require.NoError(t, err)
		refused, undecided := p.Refused()
		require.Empty(t, undecided, name)
		if test.want == "" {
			require.Empty(t, refused, name)
			continue
		}
		require.Len(t, refused, 1, name)
		require.Contains(t, refused[0].Message, test.want)
		p, err = New(root).Load(Request{Path: "/p.so", Host: "/tool"})
		require.NoError(t, err)
		_, undecided = p.Refused()
		require.NotEmpty(t, undecided, name)
	}
}
