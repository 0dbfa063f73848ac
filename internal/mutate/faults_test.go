package mutate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/container"
)

// A faulty file is what a disk, a network and other programs make of one.
type faulty struct {
	b     []byte
	size  int64 // as it was when somebody asked
	reads int
	read  func(f *faulty, p []byte, off int64) (int, error)
}

func (f *faulty) ReadAt(p []byte, off int64) (int, error) {
	f.reads++
	return f.read(f, p, off)
}

func (f *faulty) sound(p []byte, off int64) (int, error) {
	return bytes.NewReader(f.b).ReadAt(p, off)
}

type faultyFS struct{ *faulty }

type faultyFile struct {
	heldFile
	*faulty
}

func (f faultyFS) Open(string) (fs.File, error)     { return f.open(), nil }
func (f faultyFS) Stat(string) (fs.FileInfo, error) { return f.open(), nil }
func (f faultyFS) open() faultyFile {
	return faultyFile{heldFile{bytes.NewReader(nil), "mutant"}, f.faulty}
}
func (f faultyFile) ReadAt(p []byte, o int64) (int, error) { return f.faulty.ReadAt(p, o) }
func (f faultyFile) Size() int64                           { return f.size }
func (f faultyFile) Stat() (fs.FileInfo, error)            { return f, nil }

func (f *faulty) check(t *testing.T) []abi.Result {
	t.Helper()
	f.reads = 0
	source := []audit.Source{{FS: faultyFS{f}, Path: "mutant", Containers: container.Walker{}}}
	r, err := audit.Check(context.Background(), source, audit.Options{Workers: 1})
	require.NoError(t, err)
	require.NoError(t, sound(r))
	return r.Results
}

// faultyFiles are one of each form.
func faultyFiles(t *testing.T) map[string][]byte {
	files := map[string][]byte{}
	names, _, _ := mutated(t)
	formats := map[string]int{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		format := ShapeOf(b).Format
		if formats[format]++; formats[format] <= 6 && format != "dense" && format != "ld.so.cache" {
			files[name] = b
		}
	}
	return files
}

// Whichever read fails, the file could not be checked, and the error is that
// of the read.
func TestReadFails(t *testing.T) {
	for name, b := range faultyFiles(t) {
		f := &faulty{b: b, size: int64(len(b)), read: (*faulty).sound}
		f.check(t)
		all := f.reads
		for fail := 1; fail <= all; fail++ {
			f.read = func(f *faulty, p []byte, off int64) (int, error) {
				if f.reads == fail {
					return 0, syscall.EIO
				}
				return f.sound(p, off)
			}
			results := f.check(t)
			failed := 0
			for _, r := range results {
				if errors.Is(r.Err, syscall.EIO) {
					failed++
				}
			}
			assert.Positive(t, failed, "%s: read %d of %d failed, and nothing says so: %v", name, fail, all, results)
		}
	}
}

// A file that became shorter after its size was asked is damaged, wherever it
// ends.
func TestFileShrinks(t *testing.T) {
	for name, b := range faultyFiles(t) {
		last := 0 // the end of the last part that is read
		f := &faulty{b: b, size: int64(len(b)), read: func(f *faulty, p []byte, off int64) (int, error) {
			n, err := f.sound(p, off)
			last = max(last, int(off)+n)
			return n, err
		}}
		f.check(t)
		for i := range 32 {
			f := &faulty{b: b[:last*i/32], size: int64(len(b)), read: (*faulty).sound}
			unchecked := 0
			for _, r := range f.check(t) {
				if r.Err != nil {
					unchecked++
				}
			}
			if unchecked == 0 && len(Cut(f.b)) > 0 {
				t.Errorf("%s: a pass, and of %d bytes that were read %d are left", name, last, len(f.b))
			}
		}
	}
}

// Reads that break the contract of io.ReaderAt, or give another content each
// time, give an error or nonsense, and end.
func TestReadsLie(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	lies := map[string]func(f *faulty, p []byte, off int64) (int, error){
		"fewer bytes and no error": func(f *faulty, p []byte, off int64) (int, error) {
			return f.sound(p[:len(p)/2], off)
		},
		"nothing and no error": func(f *faulty, p []byte, off int64) (int, error) { return 0, nil },
		"all and the end":      func(f *faulty, p []byte, off int64) (int, error) { n, _ := f.sound(p, off); return n, io.EOF },
		"another content": func(f *faulty, p []byte, off int64) (int, error) {
			n, err := f.sound(p, off)
			for range 1 + n/64 {
				if n > 0 && r.IntN(2) == 0 {
					p[r.IntN(n)] = byte(r.Uint32())
				}
			}
			return n, err
		},
		"zeros from the second read on": func(f *faulty, p []byte, off int64) (int, error) {
			n, err := f.sound(p, off)
			if f.reads > 1 {
				clear(p[:n])
			}
			return n, err
		},
	}
	for lie, read := range lies {
		for name, b := range faultyFiles(t) {
			start := time.Now()
			for range 20 {
				f := &faulty{b: b, size: int64(len(b)), read: read}
				results := f.check(t)
				if lie == "nothing and no error" {
					assert.Error(t, results[0].Err, "%s: %s", name, lie)
				}
				if lie == "all and the end" && results[0].Err != nil {
					assert.NotContains(t, results[0].Err.Error(), "EIO")
				}
			}
			assert.Less(t, time.Since(start), 2*time.Minute, "%s: %s", name, lie)
		}
	}
}
