package extension

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBundles(t *testing.T) {
	for library, known := range decoded(broughtData) {
		assert.Equal(t, 2, strings.Count(known, "|"), "%s: want marks | beginnings | hosts", library)
	}
	for library, b := range bundles() {
		assert.GreaterOrEqual(t, len(b.marks), 2, library)
		assert.NotEmpty(t, b.beginning, library)
		for _, host := range b.hosts {
			assert.Contains(t, []string{string(Node)}, host, library)
		}
		for _, mark := range b.marks {
			assert.Equal(t, library, markOf()[mark], "%s is a mark of two libraries", mark)
			assert.True(t, begins(mark, b.beginning...) || library == "zlib", "%s of %s", mark, library)
		}
	}
}

func TestBrought(t *testing.T) {
	zlib := []string{"napi_register_module_v1", "inflateInit2_", "deflateInit2_", "inflate"}
	tests := map[string]struct {
		defined, preempted []string
		want               []Brought
	}{
		"exported and called through the loader": {zlib, []string{"inflate", "napi_register_module_v1", "inflate"}, []Brought{{"zlib", []string{"inflate"}}}},
		"exported and called directly":           {zlib, []string{"napi_register_module_v1"}, nil},
		"a part of it":                           {zlib[:2], []string{"inflateInit2_"}, nil},
		"two": {
			append([]string{"sqlite3_step", "sqlite3_open_v2"}, zlib...), []string{"sqlite3_step", "deflateInit2_", "inflate"},
			[]Brought{{"SQLite", []string{"sqlite3_step"}}, {"zlib", []string{"deflateInit2_", "inflate"}}},
		},
		"no extension": {zlib[1:], []string{"inflate"}, nil},
	}
	for name, test := range tests {
		img := Image{Defined: test.defined, Constants: constants(""), Preempted: func(do func(string)) error {
			for _, name := range test.preempted {
				do(name)
			}
			return nil
		}}
		infos, err := Recognise(img)
		require.NoError(t, err, name)
		if len(infos) > 0 {
			assert.Equal(t, test.want, infos[0].Brings, name)
		} else {
			assert.Nil(t, test.want, name)
		}
	}
	_, err := Recognise(Image{Defined: zlib, Constants: constants(""), Preempted: func(func(string)) error { return io.ErrUnexpectedEOF }})
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
}
