package container

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/internal/tiny"
)

// binaryManifest is an AndroidManifest.xml with one element of one attribute,
// extractNativeLibs, the first name of the map.
func binaryManifest(value uint32) string {
	le := binary.LittleEndian
	chunk := func(kind, head uint16, body []byte) []byte {
		b := le.AppendUint16(nil, kind)
		b = le.AppendUint16(b, head)
		b = le.AppendUint32(b, uint32(8+len(body)))
		return append(b, body...)
	}
	element := make([]byte, 8+20+20)
	le.PutUint16(element[8+8:], 20)  // attributes begin behind the 20 bytes
	le.PutUint16(element[8+10:], 20) // size of one
	le.PutUint16(element[8+12:], 1)  // how many
	le.PutUint32(element[8+20+16:], value)
	body := append(chunk(0x0180, 8, le.AppendUint32(nil, 0x010104ea)), chunk(0x0102, 16, element)...)
	return string(chunk(0x0003, 8, body))
}

// apk stores a library so that its bytes begin at an offset, or compresses it
// where that is 0.
func apk(manifest string, at int, library []byte) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f := must(w.CreateHeader(&zip.FileHeader{Name: "AndroidManifest.xml"}))
	must(f.Write([]byte(manifest)))
	w.Flush()
	const name = "lib/x86_64/libx.so"
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	if at > 0 {
		h.Method = zip.Store
		// The header before has a descriptor of 16 bytes, which is written
		// with this one.
		h.Extra = make([]byte, at-b.Len()-16-30-len(name))
		binary.LittleEndian.PutUint16(h.Extra, 0xd935) // zipalign's
		binary.LittleEndian.PutUint16(h.Extra[2:], uint16(len(h.Extra)-4))
	}
	f = must(w.CreateHeader(h))
	must(f.Write(library))
	w.Close()
	return b.Bytes()
}

func TestAPKAlignment(t *testing.T) {
	library := tiny.ELF{}.Bytes()
	android := func(page uint64) []abi.TargetSet {
		return []abi.TargetSet{{{Name: "android", Platform: abi.Platform{OS: "android", Arch: "amd64"}, PageSize: page}}}
	}
	no, yes := binaryManifest(0), binaryManifest(0xffffffff)
	tests := map[string]struct {
		manifest string
		at       int
		targets  []abi.TargetSet
		want     string
	}{
		"at a page":                    {no, 16384, android(16384), ""},
		"at a small page":              {no, 4096, android(16384), "lib/x86_64/libx.so is stored at 0x1000, which is no multiple of the page size 16384"},
		"a small page is enough":       {no, 4096, android(4096), ""},
		"no target":                    {no, 4096, nil, ""},
		"at no page":                   {no, 4100, nil, "lib/x86_64/libx.so is stored at 0x1004, which is no multiple of the page size 4096"},
		"compressed":                   {no, 0, android(4096), `lib/x86_64/libx.so is compressed, and the manifest has extractNativeLibs="false"`},
		"it is copied out":             {yes, 4100, android(16384), ""},
		"the manifest does not say so": {"<manifest/>", 4100, android(16384), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			source := audit.Source{FS: fstest.MapFS{"a.apk": &fstest.MapFile{Data: apk(tt.manifest, tt.at, library)}}, Path: "a.apk", Containers: Walker{}}
			r, err := audit.Check(t.Context(), []audit.Source{source}, audit.Options{Only: []string{"apk-alignment"}, Targets: tt.targets})
			require.NoError(t, err)
			last := r.Results[len(r.Results)-1]
			require.NoError(t, last.Err)
			assert.Equal(t, "android", last.Format)
			if tt.want == "" {
				assert.Empty(t, last.Findings)
				return
			}
			require.Len(t, last.Findings, 1)
			assert.Equal(t, tt.want, last.Findings[0].Message)
			assert.Contains(t, last.Findings[0].Evidence[0], "has segments aligned to 65536 bytes")
		})
	}
}
