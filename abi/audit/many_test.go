package audit

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A crowd is a tree of directories that all have the same files.
type crowd struct {
	dirs, files int
	data        []byte
	manifest    string // that the whole is a package, or nothing
}

type crowdFile struct {
	*bytes.Reader
	name string
	dir  bool
	size int64
}

func (f crowdFile) Close() error               { return nil }
func (f crowdFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f crowdFile) Name() string               { return f.name[strings.LastIndex(f.name, "/")+1:] }
func (f crowdFile) Size() int64                { return f.size }
func (f crowdFile) ModTime() time.Time         { return time.Time{} }
func (f crowdFile) IsDir() bool                { return f.dir }
func (f crowdFile) Sys() any                   { return nil }
func (f crowdFile) Mode() fs.FileMode {
	if f.dir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

func (c crowd) Open(name string) (fs.File, error) {
	data := c.data
	if name == "package.json" {
		data = []byte(c.manifest)
	}
	return crowdFile{Reader: bytes.NewReader(data), name: name, dir: name != "package.json" && !strings.Contains(name, "/"), size: int64(len(data))}, nil
}

func (c crowd) ReadDir(name string) (entries []fs.DirEntry, err error) {
	n, dir := c.files, false
	if name == "." {
		n, dir = c.dirs, true
	}
	for i := range n {
		entries = append(entries, fs.FileInfoToDirEntry(crowdFile{name: fmt.Sprintf("%05d", i), dir: dir}))
	}
	if dir && c.manifest != "" {
		entries = append(entries, fs.FileInfoToDirEntry(crowdFile{name: "package.json"}))
	}
	return entries, nil
}

// The memory does not grow with the tree.
func TestManyFiles(t *testing.T) {
	c := crowd{dirs: 100, files: 1000, data: oldLib}
	if testing.Short() {
		c.files = 100
	}
	for _, c.manifest = range []string{"", `{"name":"x","cpu":["x64"]}`} {
		n, most := 0, uint64(0)
		for r, err := range Results(context.Background(), FilesIn(c), Options{Workers: 2}) {
			require.NoError(t, err)
			require.NoError(t, r.Err)
			if n++; n%5000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		assert.GreaterOrEqual(t, n, c.dirs*c.files)
		assert.Less(t, most, uint64(64<<20), "bytes of heap")
		t.Logf("%d files, %d MiB of heap at most", n, most>>20)
	}
}
