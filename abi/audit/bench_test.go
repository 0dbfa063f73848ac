package audit

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// A counted file system has one file, in memory, and counts what is read of it.
// The file is as long as it is said to be: behind its bytes are zeros.
type counted struct {
	data        []byte
	size        int64
	reads, read int64
}

type countedFile struct {
	crowdFile
	counts *counted
}

func (c *counted) Open(name string) (fs.File, error) {
	return countedFile{crowdFile{name: name, size: c.size}, c}, nil
}

func (c *counted) Stat(name string) (fs.FileInfo, error) {
	return crowdFile{name: name, size: c.size}, nil
}

func (f countedFile) Read(b []byte) (int, error) { return f.ReadAt(b, 0) }

func (f countedFile) ReadAt(b []byte, off int64) (int, error) {
	c := f.counts
	c.reads++
	c.read += int64(len(b))
	n := 0
	if off < int64(len(c.data)) {
		n = copy(b, c.data[off:])
	}
	end := min(int64(len(b)), c.size-off)
	clear(b[n:max(int64(n), end)])
	if end < int64(len(b)) {
		return int(max(end, 0)), io.EOF
	}
	return len(b), nil
}

// real are fixtures of each kind: what a compiler made.
func real(t testing.TB) map[string][]byte {
	files := map[string][]byte{}
	for _, name := range []string{"elf/glibc-floor", "elf/luajit-bytecode-mode", "macho/luajit-pagezero", "macho/slice-missing.twin"} {
		b, err := os.ReadFile(filepath.Join("../../testdata", name))
		if err != nil {
			t.Logf("%v: not measured", err)
			continue
		}
		files[name] = b
	}
	require.NotEmpty(t, files)
	return files
}

var benchTargets = []abi.TargetSet{on("old", "amd64")}

// BenchmarkCheck is one file with all default rules: what the command does
// for each, but for the report.
func BenchmarkCheck(b *testing.B) {
	for name, data := range real(b) {
		b.Run(name, func(b *testing.B) {
			c := &counted{data: data, size: int64(len(data))}
			b.ReportAllocs()
			for b.Loop() {
				for r, err := range Results(context.Background(), FilesIn(c, "file"), Options{Targets: benchTargets, Workers: 1}) {
					if err != nil || r.Err != nil {
						b.Fatal(err, r.Err)
					}
				}
			}
			b.ReportMetric(float64(c.read)/float64(b.N), "read-B/op")
			b.ReportMetric(float64(c.reads)/float64(b.N), "reads/op")
		})
	}
}

// What is read of a file does not grow with what it holds beside its tables.
func TestReadsDoNotGrowWithTheFile(t *testing.T) {
	for name, data := range real(t) {
		var read [2]int64
		for i, size := range []int64{int64(len(data)), int64(len(data)) + 10<<30} {
			c := &counted{data: data, size: size}
			for r, err := range Results(context.Background(), FilesIn(c, "file"), Options{Targets: benchTargets, Workers: 1}) {
				require.NoError(t, err)
				require.NoError(t, r.Err, name)
			}
			read[i] = c.read
		}
		assert.LessOrEqual(t, read[1], read[0]+64<<10, "%s: bytes read with 10 GiB behind it, and %d without", name, read[0])
	}
}
