package ldso

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
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
