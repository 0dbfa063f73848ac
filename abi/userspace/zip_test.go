package userspace

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

type zipped struct {
	name, data string
	mode       fs.FileMode
	method     uint16
}

func zipOf(t testing.TB, members ...zipped) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: m.method}
		if m.mode != 0 {
			h.SetMode(m.mode)
		}
		f, err := w.CreateHeader(h)
		require.NoError(t, err)
		_, err = io.WriteString(f, m.data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestZip(t *testing.T) {
	long := strings.Repeat("long ", 50_000)
	s := open(t, writeFile(t, zipOf(t,
		zipped{name: "pkg/stored.so", data: "stored", mode: 0o755},
		zipped{name: "pkg/packed.so", data: long, method: zip.Deflate},
		zipped{name: "pkg/other.so", data: "other", method: zip.Deflate},
		zipped{name: "A.framework/Versions/1/A", data: "a", mode: 0o755},
		zipped{name: "A.framework/Versions/Current", data: "1", mode: fs.ModeSymlink | 0o777, method: zip.Deflate},
		zipped{name: "empty/"},
	)), Options{})
	assert.Equal(t, Zip, s.Kind())
	assert.Equal(t, "stored", content(t, s, "pkg/stored.so"))
	for range 2 {
		assert.Equal(t, long, content(t, s, "pkg/packed.so"))
		assert.Equal(t, "other", content(t, s, "pkg/other.so"))
	}
	target, err := s.ReadLink("A.framework/Versions/Current")
	require.NoError(t, err)
	assert.Equal(t, "1", target)
	info, err := s.Lstat("pkg/stored.so")
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o755), info.Mode())
	info, err = s.Lstat("empty")
	require.NoError(t, err)
	assert.True(t, info.IsDir())
}

// What is wrong with a member is told to who reads it; what is wrong with the
// archive, at once.
func TestHostileZip(t *testing.T) {
	le := binary.LittleEndian
	entry := func(b []byte) int { return bytes.Index(b, []byte("PK\x01\x02")) }
	patch := func(change func(b []byte, entry int)) []byte {
		b := zipOf(t, zipped{name: "x", data: strings.Repeat("x", 1000), method: zip.Deflate})
		change(b, entry(b))
		return b
	}
	tests := map[string]struct {
		data []byte
		open string // error of opening, or
		read string // of reading x
	}{
		"another checksum":  {patch(func(b []byte, e int) { b[e+16]++ }), "", "has the checksum"},
		"more than it says": {patch(func(b []byte, e int) { le.PutUint32(b[e+24:], 999) }), "", "more than the 999 bytes"},
		"less than it says": {patch(func(b []byte, e int) { le.PutUint32(b[e+24:], 1001) }), "", "has 1000 bytes: want 1001"},
		"a bomb":            {patch(func(b []byte, e int) { le.PutUint32(b[e+24:], 1<<32-2) }), "", "limit max-root-ratio"},
		"encrypted":         {patch(func(b []byte, e int) { b[e+8] |= 1 }), "", "is encrypted"},
		"unknown method":    {patch(func(b []byte, e int) { b[e+10] = 99 }), "", "by method 99 in the directory"},
		"stored otherwise":  {patch(func(b []byte, e int) { b[e+10] = 0 }), "", "want its size, 1000"},
		"cut short":         {zipOf(t, zipped{name: "x"})[:20], "no record at the end", ""},
		"nothing in it":     {zipOf(t), "without a member", ""},
		"leaves the root":   {zipOf(t, zipped{name: "../x"}), `member "../x": leaves the root`, ""},
		"a long link":       {zipOf(t, zipped{name: "x", data: strings.Repeat("n", 5000), mode: fs.ModeSymlink | 0o777}), "link to 5000 bytes", ""},
		"below a file":      {zipOf(t, zipped{name: "f", data: "x"}, zipped{name: "f/x"}), `member "f/x": "f": not a directory`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := Open(writeFile(t, test.data), Options{})
			if test.open != "" {
				require.ErrorContains(t, err, test.open)
				return
			}
			require.NoError(t, err)
			defer s.Close()
			_, err = fs.ReadFile(s, "x")
			require.ErrorContains(t, err, test.read)
			assert.ErrorContains(t, err, "x")
		})
	}
}

// A zip either opens, and what it lists can be asked for, or it is told why
// not. No member comes to more than it says.
func FuzzZip(f *testing.F) {
	f.Add(zipOf(f, zipped{name: "a/b", data: "x"}, zipped{name: "l", data: "a", mode: fs.ModeSymlink | 0o777}))
	f.Add(zipOf(f, zipped{name: "a", data: strings.Repeat("x", 500), method: zip.Deflate}, zipped{name: "a", mode: fs.ModeDir | 0o755}))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := openZip("x", source{r: bytes.NewReader(data), size: int64(len(data))}, Options{Limits: Limits{Entries: 1000, Expanded: 1 << 20}})
		if err != nil {
			return
		}
		defer s.Close()
		err = fs.WalkDir(s, ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			f, err := s.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			read, err := io.ReadAll(io.LimitReader(f, 1<<21))
			if err == nil && int64(len(read)) != info.Size() {
				t.Errorf("%q: %d bytes, listed with %d", name, len(read), info.Size())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// What is packed in a file of another file system is opened where it stands.
func TestOpenPacked(t *testing.T) {
	packed := zipOf(t, zipped{name: "pkg/x.so", data: "code", mode: 0o644})
	s, err := OpenPacked("x.whl", bytes.NewReader(packed), int64(len(packed)), Options{})
	require.NoError(t, err)
	defer s.Close()
	got, err := fs.ReadFile(s, "pkg/x.so")
	require.NoError(t, err)
	require.Equal(t, "code", string(got))

	const deb = "!<arch>\ndebian-binary"
	_, err = OpenPacked("x.deb", strings.NewReader(deb), int64(len(deb)), Options{})
	require.ErrorIs(t, err, abi.ErrFormat)
	_, err = OpenPacked("x.whl", bytes.NewReader(packed), int64(len(packed)), Options{Limits: Limits{Entries: 1}})
	require.ErrorContains(t, err, "limit max-root-entries")
}
