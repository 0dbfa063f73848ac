package mutate

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// TestMutants changes files in the ways that their formats are weak in, and does
// with each all that the command does. None may bring about a panic, take a
// second, or memory beyond 64 MiB and twice its size; and none of which a table
// is cut may pass.
//
// scripts/mutate runs it over other files, and as long as one likes:
// ABIVET_MUTATE_FILES names a list of files, ABIVET_MUTANTS how many to make of
// all, ABIVET_MUTATE_SEED other ones, and ABIVET_MUTATE_KEEP a directory for those at
// fault.
func TestMutants(t *testing.T) {
	files, most, seed := mutated(t)
	r, err := newRun("debian:11", "manylinux_2_28", "alpine:3.20", "macos:13", "android:35")
	require.NoError(t, err)
	w := watch(t)
	defer w.stop()
	var count struct{ files, mutants, errs, passes, cut, silent int }
	for i, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		shape := ShapeOf(b)
		if len(shape.Fields)+len(shape.Dense) == 0 {
			continue
		}
		count.files++
		clean := clone(b)
		sane := ""
		share := most*(i+1)/len(files) - most*i/len(files)
		h := fnv.New64a()
		h.Write(b[:min(len(b), 4096)])
		for n := range share {
			m := &Mutant{Data: b, What: "as it is"}
			if n > 0 {
				m = shape.Mutate(rand.New(rand.NewPCG(seed^h.Sum64(), uint64(n))), b)
			}
			cut := Cut(m.Data)
			got, err := w.hold(r, shape, name, n, m)
			count.mutants++
			if n == 0 && got != nil {
				sane = says(got)
			}
			switch {
			case err != nil:
				t.Errorf("%s, mutant %d with seed %d: %s: %v", name, n, seed, m.What, err)
				keep(t, name, n, m)
			case got == nil:
			case !errored(got):
				count.passes++
				if len(cut) > 0 {
					count.cut++
					if says(got) == sane && !debugInfo(m.Data) {
						count.silent++
						t.Errorf("%s, mutant %d with seed %d: %s: a pass, and cut is %s", name, n, seed, m.What, strings.Join(cut, "; "))
						keep(t, name, n, m)
					}
				}
			default:
				count.errs++
			}
			m.Undo()
		}
		require.True(t, bytes.Equal(b, clean), "%s: a mutant was not undone", name)
	}
	t.Logf("seed %d: %+v", seed, count)
	if os.Getenv("ABIVET_MUTATE_FILES") == "" && (count.errs == 0 || count.passes == 0) {
		t.Errorf("the mutator does no work: %+v", count)
	}
}

func clone(b []byte) []byte { return slices.Clone(b) }

// errored reports whether something could not be checked.
func errored(r *abi.Report) bool {
	return slices.ContainsFunc(r.Results, func(r abi.Result) bool { return r.Err != nil })
}

// says is what a report finds.
func says(r *abi.Report) string {
	var b strings.Builder
	for _, result := range r.Results {
		for _, f := range result.Findings {
			fmt.Fprintln(&b, f.Rule, f.Message)
		}
	}
	return b.String()
}

// mutated returns the files to mutate: those of the project where none are
// named.
func mutated(t *testing.T) (files []string, most int, seed uint64) {
	t.Helper()
	most, seed = 4000, 1
	if n, err := strconv.Atoi(os.Getenv("ABIVET_MUTANTS")); err == nil {
		most = n
	} else if testing.Short() {
		most = 500
	}
	if n, err := strconv.ParseUint(os.Getenv("ABIVET_MUTATE_SEED"), 10, 64); err == nil {
		seed = n
	}
	if list := os.Getenv("ABIVET_MUTATE_FILES"); list != "" {
		names, err := os.ReadFile(list)
		require.NoError(t, err)
		return strings.Split(strings.TrimSpace(string(names)), "\n"), most, seed
	}
	return fixtures(t), most, seed
}

// fixtures are the files of the project, and containers of them.
func fixtures(t testing.TB) (files []string) {
	t.Helper()
	err := filepath.WalkDir("../../testdata", func(name string, e fs.DirEntry, err error) error {
		if e != nil && e.Type().IsRegular() && filepath.Ext(name) != ".c" && filepath.Ext(name) != ".md" && filepath.Ext(name) != ".go" {
			files = append(files, name)
		}
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return append(files, containers(t, files[0])...)
}

// containers makes one of each form of a file.
func containers(t testing.TB, file string) (names []string) {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var z, tr bytes.Buffer
	zw, tw := zip.NewWriter(&z), tar.NewWriter(&tr)
	for i, name := range []string{"a.so", "pkg/b.so", "pkg-1.dist-info/WHEEL"} {
		data := b
		if i == 2 {
			data = []byte("Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_17_x86_64\n")
		}
		w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: uint16(8 * (i & 1))})
		require.NoError(t, err)
		_, err = w.Write(data)
		require.NoError(t, err)
		require.NoError(t, tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}))
		_, err = tw.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, errors.Join(zw.Close(), tw.Close()))
	cache := binary.LittleEndian.AppendUint32([]byte("glibc-ld.so.cache1.1"), 1)
	cache = binary.LittleEndian.AppendUint32(cache, 30)
	cache = append(cache, make([]byte, 20)...)
	for _, v := range []uint32{0x303, 72, 82, 0, 0, 0} {
		cache = binary.LittleEndian.AppendUint32(cache, v)
	}
	cache = append(cache, "libm.so.6\x00/usr/lib/libm.so.6\x00\x00"...)
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"x.a":         fmt.Appendf([]byte("!<arch>\n"), "%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", "a.o/", 0, 0, 0, 0o644, len(b), b),
		"x.whl":       z.Bytes(),
		"x.tar":       tr.Bytes(),
		"ld.so.cache": cache,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o666))
		names = append(names, filepath.Join(dir, name))
	}
	return names
}

// keep writes a mutant at fault, for who looks for the fault.
func keep(t *testing.T, name string, n int, m *Mutant) {
	if dir := os.Getenv("ABIVET_MUTATE_KEEP"); dir != "" {
		assert.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.%d", filepath.Base(name), n)), m.Data, 0o666))
	}
}

// A watcher tells which mutant hangs: then nothing else would.
type watcher struct {
	since atomic.Int64
	what  atomic.Value
	done  chan struct{}
}

func watch(t *testing.T) *watcher {
	w := &watcher{done: make(chan struct{})}
	go func() {
		for {
			select {
			case <-w.done:
				return
			case <-time.After(time.Second):
			}
			if s := w.since.Load(); s != 0 && time.Since(time.Unix(0, s)) > time.Minute {
				panic(fmt.Sprintf("%v takes more than a minute", w.what.Load()))
			}
		}
	}()
	return w
}

func (w *watcher) stop() { close(w.done) }

// hold does with a mutant what run does, and measures it. On a busy machine a
// second goes by for nothing: a slow one is measured again.
func (w *watcher) hold(r *run, shape Shape, name string, n int, m *Mutant) (got *abi.Report, err error) {
	w.what.Store(fmt.Sprintf("%s, mutant %d: %s", name, n, m.What))
	for range 3 {
		start, allocated := time.Now(), heapAllocs()
		w.since.Store(start.UnixNano())
		got, err = r.file(shape, m.Data, n%64 == 63)
		w.since.Store(0)
		if err != nil {
			return nil, err
		}
		if n, limit := heapAllocs()-allocated, uint64(64<<20+2*len(m.Data)); n > limit {
			return nil, fmt.Errorf("%d bytes allocated for a file of %d", n, len(m.Data))
		}
		took := time.Since(start)
		if took < time.Second {
			return got, nil
		}
		err = fmt.Errorf("took %s", took)
	}
	return nil, err
}

func heapAllocs() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// The mutator must not go by a wrong idea of the formats: of a sound file every
// table is there, and of the same file with an end too early one is cut.
func TestShapes(t *testing.T) {
	files, _, _ := mutated(t)
	formats := map[string]int{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		shape := ShapeOf(b)
		formats[shape.Format]++
		assert.Empty(t, Cut(b), name)
		if shape.Format == "elf" || shape.Format == "macho" {
			assert.Greater(t, len(shape.Fields), 50, name)
			last := 0
			for _, at := range shape.Tables {
				last = max(last, int(at.At+at.Size))
			}
			assert.NotEmpty(t, Cut(b[:last-1]), name)
		}
	}
	t.Log(formats)
	for _, format := range []string{"elf", "macho", "fat", "ar", "zip", "tar", "ld.so.cache"} {
		assert.Positive(t, formats[format], "no file of format %s", format)
	}
}
