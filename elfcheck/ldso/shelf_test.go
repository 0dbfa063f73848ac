package ldso

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShelf(t *testing.T) {
	s := newShelf()
	one := (&image{}).room()
	s.most = 4 * one
	put := func(place string) {
		s.weigh(place, s.take(place, true, func() *image { return new(image) }))
	}
	for _, place := range []string{"a", "b", "c", "d"} {
		put(place)
	}
	s.take("a", true, nil) // it is there
	assert.Equal(t, 4*one, s.weight)
	put("e")
	assert.Equal(t, 3*one, s.weight)
	for place, there := range map[string]bool{"a": true, "b": false, "c": false, "d": true, "e": true} {
		assert.Equal(t, there, s.has(place), place)
	}

	s.take("read once", false, func() *image { return new(image) })
	assert.False(t, s.has("read once"))

	s.most = 0
	put("f")
	assert.Equal(t, one, s.weight, "what was asked for last stays")
}

// Libraries that have to be read again and again change nothing.
func TestShelfWithoutRoom(t *testing.T) {
	root := rootWith("2.36", files{
		"/c/main":          program("liba.so", "libb.so", "libc.so.6"),
		"/usr/lib/liba.so": so("liba.so", "libb.so", "libc.so.6"),
		"/usr/lib/libb.so": so("libb.so", "none.so"),
	})
	roomy, narrow := New(root), New(root)
	narrow.root.shelf.most = 0
	for range 2 {
		want, err := roomy.Load(Request{Path: "/c/main"})
		require.NoError(t, err)
		got, err := narrow.Load(Request{Path: "/c/main"})
		require.NoError(t, err)
		assert.Equal(t, want.paths(), got.paths())
		assert.Equal(t, want.Failures, got.Failures)
	}
	assert.Len(t, narrow.root.shelf.images, 1)
	assert.Greater(t, len(roomy.root.shelf.images), 3)
}
