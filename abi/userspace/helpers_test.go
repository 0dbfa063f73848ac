package userspace

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"

	"github.com/abivet/abivet/internal/rootpath"
)

// The entries of tars, shortly.

func regular(name, data string) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data)), PAXRecords: map[string]string{"TEST.data": data}}
}

func directoryOf(name string, mode int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode}
}

func symlink(name, target string) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}
}

func hardlink(name, target string) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: target, Mode: 0o644}
}

func special(kind byte, name string) *tar.Header {
	return &tar.Header{Typeflag: kind, Name: name, Mode: 0o600, Devmajor: 1, Devminor: 3}
}

func whiteoutOf(name string) *tar.Header {
	return regular(filepath.Join(filepath.Dir(name), ".wh."+filepath.Base(name)), "")
}

func opaque(dir string) *tar.Header { return regular(filepath.Join(dir, ".wh..wh..opq"), "") }

// tarOf writes entries; the bytes of a file travel in a record of ours.
func tarOf(entries ...*tar.Header) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		h := *h
		data := h.PAXRecords["TEST.data"]
		h.PAXRecords = nil
		if h.ModTime.IsZero() {
			h.ModTime = time.Unix(1e9, 0)
		}
		if err := w.WriteHeader(&h); err != nil {
			panic(err)
		}
		if _, err := io.WriteString(w, data); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func packed(how string, data []byte) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch how {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	case "xz":
		w, err = xz.NewWriter(&b)
	default:
		return data
	}
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

// A testImage is written as docker save and as OCI layouts have it.
type testImage struct {
	names    []string
	platform v1.Platform
	how      string          // compression
	kind     types.MediaType // of the layers, if it matters
	layers   [][]byte
}

func (i testImage) config() []byte {
	c := v1.ConfigFile{OS: cmp.Or(i.platform.OS, "linux"), Architecture: cmp.Or(i.platform.Architecture, "amd64"), Variant: i.platform.Variant}
	c.RootFS.Type = "layers"
	for _, l := range i.layers {
		c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, hashOf(l))
	}
	return toJSON(c)
}

func toJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

func hashOf(data []byte) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%x", sha256.Sum256(data))}
}

// dockerSave returns the files of an archive, in order.
func dockerSave(images ...testImage) []*tar.Header {
	var files []*tar.Header
	var manifest []map[string]any
	for _, i := range images {
		config := hashOf(i.config()).Hex + ".json"
		files = append(files, regular(config, string(i.config())))
		var layers []string
		for n, l := range i.layers {
			name := fmt.Sprintf("%s/%d/layer.tar", config[:8], n)
			layers = append(layers, name)
			files = append(files, regular(name, string(packed(i.how, l))))
		}
		manifest = append(manifest, map[string]any{"Config": config, "RepoTags": i.names, "Layers": layers})
	}
	return append(files, regular("manifest.json", string(toJSON(manifest))))
}

// ociLayout returns the files of a layout.
func ociLayout(images ...testImage) []*tar.Header {
	var files []*tar.Header
	blob := func(data []byte, kind types.MediaType) v1.Descriptor {
		h := hashOf(data)
		files = append(files, regular(blobName(h), string(data)))
		return v1.Descriptor{MediaType: kind, Size: int64(len(data)), Digest: h}
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	for _, i := range images {
		m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: blob(i.config(), types.OCIConfigJSON)}
		for _, l := range i.layers {
			m.Layers = append(m.Layers, blob(packed(i.how, l), cmp.Or(i.kind, types.OCILayer)))
		}
		d := blob(toJSON(m), types.OCIManifestSchema1)
		if i.platform.OS != "" {
			d.Platform = &i.platform
		}
		for _, name := range i.names {
			d.Annotations = map[string]string{"org.opencontainers.image.ref.name": name}
		}
		index.Manifests = append(index.Manifests, d)
	}
	return append(files, regular("index.json", string(toJSON(index))),
		regular("oci-layout", `{"imageLayoutVersion":"1.0.0"}`))
}

func writeFile(t testing.TB, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "archive")
	require.NoError(t, os.WriteFile(name, data, 0o644))
	return name
}

func writeDir(t testing.TB, files []*tar.Header) string {
	t.Helper()
	dir := t.TempDir()
	for _, h := range files {
		at := filepath.Join(dir, h.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o755))
		require.NoError(t, os.WriteFile(at, []byte(h.PAXRecords["TEST.data"]), 0o644))
	}
	return dir
}

func open(t testing.TB, name string, o Options) *Space {
	t.Helper()
	s, err := Open(name, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// walk says all that there is in a file system: a line for each name, with
// mode, time, and the bytes, the target or the first name of a hard link.
func walk(t testing.TB, fsys *Space) []string {
	t.Helper()
	first := map[rootpath.FileID]string{}
	lines := []string{}
	require.NoError(t, fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		again, err := fsys.Lstat(name)
		require.NoError(t, err)
		require.Equal(t, info.Mode(), again.Mode(), name)
		require.Equal(t, d.Type(), info.Mode().Type(), name)
		line := name + " " + info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			line += fmt.Sprintf(" %q", content(t, fsys, name))
			id, known := rootpath.Identity(info)
			require.True(t, known)
			if to := cmp.Or(first[id], name); to != name {
				line += " = " + to
			} else {
				first[id] = name
			}
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := fsys.ReadLink(name)
			require.NoError(t, err)
			require.EqualValues(t, len(target), info.Size(), name)
			line += " -> " + target
		}
		lines = append(lines, line)
		return nil
	}))
	return lines
}

// content reads a file in both ways and holds them and the size together.
func content(t testing.TB, fsys *Space, name string) string {
	t.Helper()
	f, err := fsys.Open(name)
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	data, err := io.ReadAll(f)
	require.NoError(t, err)
	at := make([]byte, info.Size())
	n, err := f.(io.ReaderAt).ReadAt(at, 0)
	if err != io.EOF {
		require.NoError(t, err)
	}
	require.Equal(t, data, at[:n])
	require.EqualValues(t, info.Size(), len(data))
	return string(data)
}

func jsonDecode(h *tar.Header, v any) error {
	return json.Unmarshal([]byte(h.PAXRecords["TEST.data"]), v)
}
