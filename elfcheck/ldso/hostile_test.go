package ldso

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/elfbuild"
)

func rootWith(libc string, f files) fstest.MapFS {
	root := fakeRoot(libc)
	for at, content := range f {
		addFile(root, f, at, content)
	}
	return root
}

// Whatever a user space holds, loading ends, and soon.
func TestHostile(t *testing.T) {
	many := make([]string, 5000)
	for i := range many {
		many[i] = fmt.Sprintf("lib%d.so", i)
	}
	ring := files{"/c/main": with(so("m", "lib0.so"), rpath("/d"))}
	for i := range 300 {
		ring[fmt.Sprintf("/d/lib%d.so", i)] = so(fmt.Sprintf("lib%d.so", i), fmt.Sprintf("lib%d.so", (i+1)%300), fmt.Sprintf("lib%d.so", (i*7)%300))
	}
	big := make([]line, 50000)
	for i := range big {
		big[i] = line{name: fmt.Sprintf("lib%d.so", i%100), path: fmt.Sprintf("/x/%d", i)}
	}
	paths := make([]string, 2000)
	for i := range paths {
		paths[i] = fmt.Sprintf("/p/%d", i)
	}
	tests := map[string]files{
		"needs times paths":       {"/c/main": with(so("m", many[:len(paths)]...), runpath(strings.Join(paths, ":")))},
		"needs without end":       {"/c/main": with(so("m", many...), runpath("/d:/e"))},
		"one need, many times":    {"/c/main": so("m", strings.Split(strings.Repeat("none.so ", 5000), " ")...)},
		"libraries in a ring":     ring,
		"links in a ring":         {"/c/main": so("m", "liba.so"), "/usr/lib/liba.so": link("/usr/lib/libb.so"), "/usr/lib/libb.so": link("/usr/lib/liba.so")},
		"a link to itself and on": {"/c/main": with(so("m", "liba.so"), runpath(strings.Repeat("/l/", 500))), "/l": link(".")},
		"a huge cache":            {"/c/main": so("m", "lib1.so", "lib99.so"), "/etc/ld.so.cache": cacheFile(big...)},
		"a huge RUNPATH":          {"/c/main": with(so("m", "liba.so", "libb.so"), runpath(strings.Repeat("/x/$ORIGIN/${LIB}:", 3000)))},
		"a name of nothing":       {"/c/main": so("m", ".", "..", "/", "//", "$ORIGIN", "${ORIGIN}/")},
		"a name with line ends":   {"/c/main": so("m\n", "lib\n\x01\xff.so")},
		"the loader is a circle":  {"/c/main": program(), "/usr/lib64/ld-linux-x86-64.so.2": link("ld-linux-x86-64.so.2")},
		"the loader needs itself": {"/c/main": program("ld-linux-x86-64.so.2"), multiarch + "ld.so": so("ld-linux-x86-64.so.2", "ld-linux-x86-64.so.2", "libc.so.6")},
		"preloads without end":    {"/c/main": program(), "/etc/ld.so.preload": strings.Repeat("none.so ", 20000)},
		"a filter of itself":      {"/c/main": with(so("m"), named(0x7fffffff, "/c/main")), "/x": ""},
		"two filters of each other": {"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": with(lib, named(0x7fffffff, "libb.so"), runpath("/d")),
			"/d/libb.so": with(so("libb.so"), named(0x7ffffffd, "liba.so"), runpath("/d"))},
		"two hosts": {"/c/main": with(so("m", "m", "/c/main"), rpath("/c"))},
	}
	for name, f := range tests {
		for _, libc := range []string{"2.36", "2.43", "musl"} {
			t.Run(name+"/"+libc, func(t *testing.T) {
				root := rootWith(libc, f)
				start := time.Now()
				p, err := New(root).Load(Request{Path: "/c/main"})
				require.NoError(t, err)
				assert.NotEmpty(t, p.Verdict())
				// Seconds where it is bounded, many minutes where it is not; the race
				// detector on a busy machine makes half a minute of seconds.
				assert.Less(t, time.Since(start), 2*time.Minute)
			})
		}
	}
}

// The record of a search is cut and the search is not: what is in the last of
// many directories is found, and said to be there.
func TestManyPlaces(t *testing.T) {
	paths := make([]string, 1000)
	for i := range paths {
		paths[i] = fmt.Sprintf("/p/%d", i)
	}
	for _, libc := range []string{"2.43", "musl"} {
		root := rootWith(libc, files{"/c/main": with(so("m", "liba.so", "none.so"), runpath(strings.Join(paths, ":"))), "/p/999/liba.so": lib})
		p, err := New(root).Load(Request{Path: "/c/main"})
		require.NoError(t, err)
		need := p.Objects[p.Opened].Needs[0]
		require.NotNil(t, need.Object)
		assert.Equal(t, "/p/999/liba.so", need.Object.Path)
		require.Len(t, need.Looked, maxLooked+1)
		assert.Equal(t, Place{Path: "/p/999/liba.so", By: "RUNPATH of /c/main"}, need.Looked[maxLooked])
		require.Len(t, p.Failures, 1)
		assert.Contains(t, p.Failures[0].Why, "(RUNPATH of /c/main: no such file), ... and 8")
		var b strings.Builder
		require.NoError(t, p.WriteTree(&b, true))
		assert.Contains(t, b.String(), "... and 799 more\n")
	}
}

// What a file says does not reach the terminal as it is.
func TestTreeClean(t *testing.T) {
	for _, libc := range []string{"2.43", "musl"} {
		p, err := New(rootWith(libc, files{"/c/main": with(so("m", "x\x1b[2J\n::error::pwned"), runpath("/d\n::error::d"))})).Load(Request{Path: "/c/main"})
		require.NoError(t, err)
		var b strings.Builder
		require.NoError(t, p.WriteTree(&b, true))
		require.NoError(t, p.WriteDOT(&b))
		require.NoError(t, p.WriteMermaid(&b))
		assert.Contains(t, b.String(), `x\x1b[2J\n::error::pwned => not found`)
		assert.NotContains(t, b.String(), "\x1b")
		assert.NotContains(t, b.String(), "\n::")
	}
}

// Beyond half a million places there is no verdict, unless the loader stops before.
func TestExhausted(t *testing.T) {
	for _, libc := range []string{"2.43", "musl"} {
		f := files{}
		for i := range 2000 {
			f[fmt.Sprintf("/z/lib%d.so", i)] = so(fmt.Sprintf("lib%d.so", i))
		}
		many, paths := make([]string, 2000), make([]string, 2000)
		for i := range many {
			many[i], paths[i] = fmt.Sprintf("lib%d.so", i), fmt.Sprintf("/p/%d", i)
		}
		f["/c/main"] = with(so("m", many...), runpath(strings.Join(append(paths, "/z"), ":")))
		p, err := New(rootWith(libc, f)).Load(Request{Path: "/c/main"})
		require.NoError(t, err)
		assert.Equal(t, Unknown, p.Verdict(), "%v", p.Failures)
		assert.Contains(t, p.Unknown, "more than 500000 places")
	}
}

// Entries and records of a cache may all point at one place: what is kept is
// bounded by the file and not by how often it says a thing.
func TestHostileCache(t *testing.T) {
	le := binary.LittleEndian
	long := append(bytes.Repeat([]byte("x"), 300<<10), 0)
	cache := func(entries, records, names, size int) []byte {
		strings := cacheHeader + cacheEntrySize*entries
		text := long[len(long)-1-size:]
		ext := (strings + len(text) + 3) &^ 3
		array := ext + 8 + 16*records
		b := le.AppendUint32([]byte(cacheMagic), uint32(entries))
		b = append(b, make([]byte, cacheHeader-len(b))...)
		le.PutUint32(b[32:], uint32(ext))
		for range entries {
			b = le.AppendUint32(b, 0x303)
			b = le.AppendUint32(le.AppendUint32(b, uint32(strings)), uint32(strings))
			b = le.AppendUint64(le.AppendUint32(b, 0), 0)
		}
		b = append(b, text...)
		b = append(b, make([]byte, ext-len(b))...)
		b = le.AppendUint32(le.AppendUint32(b, cacheExtension), uint32(records))
		for range records {
			for _, v := range []uint32{cacheHWCaps, 0, uint32(array), uint32(4 * names)} {
				b = le.AppendUint32(b, v)
			}
		}
		for range names {
			b = le.AppendUint32(b, uint32(strings))
		}
		return b
	}
	tests := map[string]struct {
		cache []byte
		ok    bool
	}{
		"entries of one string beyond PATH_MAX": {cache(12000, 0, 0, 300<<10), false},
		"entries of one string of PATH_MAX":     {cache(12000, 1, 1, 4096), true},
		"records over one array":                {cache(1, 3000, 4000, 4096), true},
		"an array without end":                  {cache(1, 3000, 1<<20, 4096), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := parseCache(test.cache)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			assert.Equal(t, test.ok, err == nil, "%v", err)
			assert.Less(t, took, time.Minute)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20))
		})
	}
}

// Files with random bytes changed are loaded or refused; nothing else happens.
func TestMutated(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	main := build(with(so("m", "liba.so", "libc.so.6"), runpath("$ORIGIN:/d"), needs("liba.so", v("V1")), takes(ref("f", "V1", "liba.so")), calls(ref("puts")), tls(64), tlsOwn()))
	library := build(with(lib, defs("V1", "V2"), has(defv("f", "V1"), defv("g", "V2")), takes(ref("puts")), note(elfbuild.ABITag(0, 3, 2, 0))))
	cache := cacheFile(line{name: "liba.so", path: "/d/liba.so"}, line{name: "liba.so", path: "/e/liba.so", hwcap: "x86-64-v3"})
	for i := range 800 {
		mutants := [][]byte{append([]byte(nil), main...), append([]byte(nil), library...), append([]byte(nil), cache...)}
		for range 1 + random.IntN(4) {
			b := mutants[random.IntN(3)]
			b[random.IntN(len(b))] = byte(random.IntN(256))
		}
		root := rootWith(libcs[i%len(libcs)], files{"/c/main": mutants[0], "/d/liba.so": mutants[1], "/etc/ld.so.cache": mutants[2]})
		p, err := New(root).Load(Request{Path: "/c/main", Lazy: i%2 == 0})
		if (p == nil) == (err == nil) {
			t.Fatalf("%d: %v, %v", i, p, err)
		}
		if p != nil && p.Verdict() == Fail && (p.Failures[0].Category == "" || p.Failures[0].Message == "") {
			t.Fatalf("%d: %+v", i, p.Failures[0])
		}
	}
}

// A space is shared; a second loading says what the first said.
func TestConcurrent(t *testing.T) {
	f := files{"/d/liba.so": with(lib, defs("V1"), has(defv("f", "V1"))), "/d/libb.so": with(so("libb.so", "liba.so"), runpath("/d"), takes(ref("none")))}
	for i := range 20 {
		f[fmt.Sprintf("/c/%d", i)] = with(so("m", "libc.so.6", "liba.so", "libb.so"), runpath("/d"), needs("liba.so", v("V1")), takes(ref("f", "V1", "liba.so"), ref(fmt.Sprintf("x%d", i))))
	}
	space := New(rootWith("2.41", f))
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 40 {
				p, err := space.Load(Request{Path: fmt.Sprintf("/c/%d", (i+worker)%20)})
				if assert.NoError(t, err) && assert.Len(t, p.Failures, 2) {
					assert.Equal(t, "none", p.Failures[0].Subject)
				}
			}
		})
	}
	all.Wait()
}
