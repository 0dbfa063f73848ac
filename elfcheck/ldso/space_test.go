package ldso

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// With puts other files beside a user space and shares what was read of that.
func TestWithSharesTheUserSpace(t *testing.T) {
	root := fakeRoot("2.36")
	s := New(root)
	for _, name := range []string{"one", "two"} {
		beside := fstest.MapFS{}
		addFile(beside, nil, "/p/"+name+".so", so(name+".so", "libc.so.6"))
		p, err := s.With(beside).Load(Request{Path: "/p/" + name + ".so", Outside: true})
		require.NoError(t, err)
		require.Equal(t, OK, p.Verdict(), p.Failures)
	}
	_, err := s.Load(Request{Path: "/p/one.so", Outside: true})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotEmpty(t, s.loaders)
}
