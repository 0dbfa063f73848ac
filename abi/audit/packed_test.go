package audit

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is packed in a form that is not undone is no file without native code.
func TestPacked(t *testing.T) {
	files := mapFS(map[string][]byte{"a.7z": []byte("7z\xbc\xaf\x27\x1c and so on"), "a.tar.lzma": []byte("\x5d\x00\x00\x80\x00\xff"), "a.txt": []byte("text"), "a.dll": []byte("MZ\x90\x00"), "b.so": oldLib})
	for name, want := range map[string]string{
		"a.7z":       "by its first bytes it is a 7z archive, which is not looked into: unpack it",
		"a.tar.lzma": "by its first bytes it is a file of LZMA, which is not looked into: unpack it",
		"a.dll":      "by its first bytes it is a file of Windows (PE), which is not judged here",
		"a.txt":      "not an ELF or Mach-O file, nor a container that is looked into",
	} {
		r, err := Check(t.Context(), FilesIn(files, name), Options{})
		require.NoError(t, err)
		require.Len(t, r.Results, 1)
		assert.EqualError(t, r.Results[0].Err, want)
	}
	r, err := Check(t.Context(), FilesIn(files), Options{})
	require.NoError(t, err)
	assert.Len(t, r.Results, 1, "a walk passes over them")
}
