package ldso

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/elfbuild"
)

// A line is an entry of a cache.
type line struct {
	name, path string
	flags      uint32 // 0 is x86-64
	hwcap      string // of glibc-hwcaps
	bits       uint64 // of the older kind
}

// cacheFile writes /etc/ld.so.cache as ldconfig does.
func cacheFile(lines ...line) []byte {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b line) int {
		if c := compareNames(b.name, a.name); c != 0 || a.hwcap == b.hwcap {
			return c
		}
		if b.hwcap == "" || a.hwcap != "" && a.hwcap < b.hwcap {
			return -1
		}
		return 1
	})
	var hwcaps []string
	for _, l := range lines {
		if l.hwcap != "" && !slices.Contains(hwcaps, l.hwcap) {
			hwcaps = append(hwcaps, l.hwcap)
		}
	}
	slices.Sort(hwcaps)
	le := binary.LittleEndian
	strings, at := []byte{}, cacheHeader+cacheEntrySize*len(lines)
	add := func(s string) uint32 {
		off := at + len(strings)
		strings = append(append(strings, s...), 0)
		return uint32(off)
	}
	var entries []byte
	for _, l := range lines {
		flags, hwcap := l.flags, l.bits
		if flags == 0 {
			flags = 0x303
		}
		if l.hwcap != "" {
			hwcap = cacheHWCapsFlag | uint64(slices.Index(hwcaps, l.hwcap))
		}
		entries = le.AppendUint32(entries, flags)
		entries = le.AppendUint32(le.AppendUint32(entries, add(l.name)), add(l.path))
		entries = le.AppendUint64(le.AppendUint32(entries, 0), hwcap)
	}
	var list []byte
	for _, name := range hwcaps {
		list = le.AppendUint32(list, add(name))
	}
	for len(strings)%4 != 0 {
		strings = append(strings, 0)
	}
	ext := at + len(strings)
	b := append([]byte(cacheMagic), le.AppendUint32(le.AppendUint32(nil, uint32(len(lines))), uint32(len(strings)))...)
	b = le.AppendUint32(append(b, 2, 0, 0, 0), uint32(ext))
	b = append(append(append(b, make([]byte, 12)...), entries...), strings...)
	b = le.AppendUint32(le.AppendUint32(b, cacheExtension), 1)
	for _, v := range []uint32{cacheHWCaps, 0, uint32(ext + 8 + 16), uint32(len(list))} {
		b = le.AppendUint32(b, v)
	}
	return append(b, list...)
}

// compareNames puts names in ldconfig's order, in which numbers count as such.
func compareNames(a, b string) int {
	digit := func(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }
	number := func(s string) (int, string) {
		n := 0
		for digit(s) {
			n, s = 10*n+int(s[0]-'0'), s[1:]
		}
		return n, s
	}
	for a != "" {
		switch {
		case digit(a) && digit(b):
			var x, y int
			x, a = number(a)
			y, b = number(b)
			if x != y {
				return x - y
			}
		case digit(a):
			return 1
		case digit(b):
			return -1
		case b == "" || a[0] != b[0]:
			if b == "" {
				return 1
			}
			return int(a[0]) - int(b[0])
		default:
			a, b = a[1:], b[1:]
		}
	}
	return -len(b)
}

// cachings are about ld.so.cache.
func cachings() map[string]loading {
	f := with(lib, has(def("f")))
	asks := with(so("m", "liba.so"), takes(ref("f")))
	with2 := func(main elfbuild.Image, cache []byte, others ...any) loading {
		l := loading{files: files{"/c/main": main, "/etc/ld.so.cache": cache}}
		for i := 0; i < len(others); i += 2 {
			l.files[others[i].(string)] = others[i+1]
		}
		return l
	}
	at := func(path string) line { return line{name: "liba.so", path: path} }
	old := append([]byte("ld.so-1.7.0\x00\x01\x00\x00\x00"), make([]byte, 12)...)
	for len(old)%8 != 0 {
		old = append(old, 0)
	}
	return map[string]loading{
		"a library of the cache":                                 with2(asks, cacheFile(at("/opt/x/liba.so")), "/opt/x/liba.so", f),
		"a name that is not in the cache [uncached]":             with2(asks, cacheFile(line{name: "libb.so", path: "/opt/x/libb.so"}), "/opt/x/liba.so", f),
		"the cache is before the default directories [both]":     with2(asks, cacheFile(at("/opt/x/liba.so")), "/opt/x/liba.so", f, "/usr/lib/liba.so", lib),
		"what is not there is passed over [stale]":               with2(asks, cacheFile(at("/opt/x/liba.so")), "/usr/lib/liba.so", f),
		"the first of two [dup]":                                 with2(asks, cacheFile(at("/opt/x/liba.so"), at("/opt/y/liba.so")), "/opt/x/liba.so", lib, "/opt/y/liba.so", f),
		"the first of two is not there":                          with2(asks, cacheFile(at("/opt/x/liba.so"), at("/opt/y/liba.so")), "/opt/y/liba.so", f),
		"a bad library of the cache":                             with2(asks, cacheFile(at("/opt/x/liba.so")), "/opt/x/liba.so", "text", "/usr/lib/liba.so", f),
		"for 386":                                                with2(asks, cacheFile(line{name: "liba.so", path: "/opt/x/liba.so", flags: 3}), "/opt/x/liba.so", f),
		"for anything":                                           with2(asks, cacheFile(line{name: "liba.so", path: "/opt/x/liba.so", flags: 1}), "/opt/x/liba.so", f),
		"for x32":                                                with2(asks, cacheFile(line{name: "liba.so", path: "/opt/x/liba.so", flags: 0x803}), "/opt/x/liba.so", f),
		"for a level that the processor has":                     with2(asks, cacheFile(at("/opt/x/liba.so"), line{name: "liba.so", path: "/opt/y/liba.so", hwcap: "x86-64-v3"}), "/opt/x/liba.so", lib, "/opt/y/liba.so", f),
		"for two levels that the processor has":                  with2(asks, cacheFile(at("/opt/x/liba.so"), line{name: "liba.so", path: "/opt/y/liba.so", hwcap: "x86-64-v2"}, line{name: "liba.so", path: "/opt/z/liba.so", hwcap: "x86-64-v3"}), "/opt/x/liba.so", lib, "/opt/y/liba.so", lib, "/opt/z/liba.so", f),
		"for a level that nobody knows":                          with2(asks, cacheFile(at("/opt/x/liba.so"), line{name: "liba.so", path: "/opt/y/liba.so", hwcap: "x86-64-v9"}), "/opt/x/liba.so", f, "/opt/y/liba.so", lib),
		"for the best level, which is not there":                 with2(asks, cacheFile(at("/opt/x/liba.so"), line{name: "liba.so", path: "/opt/y/liba.so", hwcap: "x86-64-v3"}), "/opt/x/liba.so", f),
		"for a processor in the old way":                         with2(asks, cacheFile(line{name: "liba.so", path: "/opt/y/liba.so", bits: 1 << 2}), "/opt/y/liba.so", f),
		"for AVX512 in the old way":                              with2(asks, cacheFile(line{name: "liba.so", path: "/opt/y/liba.so", bits: 1 << 1}), "/opt/y/liba.so", f),
		"for haswell in the old way and for all":                 with2(asks, cacheFile(line{name: "liba.so", path: "/opt/y/liba.so", bits: 1 << 2}, at("/opt/x/liba.so")), "/opt/y/liba.so", f, "/opt/x/liba.so", f),
		"for an old processor in the old way":                    with2(asks, cacheFile(line{name: "liba.so", path: "/opt/y/liba.so", bits: 1 << 50}), "/opt/y/liba.so", f),
		"NODEFLIB takes of the cache what is elsewhere":          with2(with(asks, flags1(flagNoDefLib)), cacheFile(at("/opt/x/liba.so")), "/opt/x/liba.so", f),
		"NODEFLIB does not take a default directory's":           with2(with(asks, flags1(flagNoDefLib)), cacheFile(at("/usr/lib/liba.so")), "/usr/lib/liba.so", f),
		"NODEFLIB does not take what is below one":               with2(with(asks, flags1(flagNoDefLib)), cacheFile(at("/usr/lib/x/liba.so")), "/usr/lib/x/liba.so", f),
		"NODEFLIB takes /usr/local/lib":                          with2(with(asks, flags1(flagNoDefLib)), cacheFile(at("/usr/local/lib/liba.so")), "/usr/local/lib/liba.so", f),
		"RUNPATH before the cache":                               with2(with(asks, runpath("/d")), cacheFile(at("/opt/x/liba.so")), "/opt/x/liba.so", f, "/d/liba.so", lib),
		"a cache of another format":                              with2(asks, []byte("ld.so.cache of tomorrow, which has more bytes than a header needs"), "/opt/x/liba.so", f),
		"an empty cache":                                         with2(asks, []byte{}, "/usr/lib/liba.so", f),
		"the old format before the new":                          with2(asks, append(slices.Clone(old), cacheFile(at("/opt/x/liba.so"))...), "/opt/x/liba.so", f),
		"an entry that points outside":                           with2(asks, outside(cacheFile(at("/opt/x/liba.so"))), "/opt/x/liba.so", f),
		"an entry that points outside, and a good one":           with2(asks, outside(cacheFile(line{name: "libz.so", path: "/opt/x/libz.so"}, at("/opt/x/liba.so"))), "/opt/x/liba.so", f),
		"a link of the cache":                                    with2(asks, cacheFile(at("/opt/x/liba.so")), "/opt/x/liba.so", link("../y"), "/opt/y", f),
		"a library of the cache for another machine":             with2(asks, cacheFile(at("/opt/x/liba.so")), "/opt/x/liba.so", arm64, "/usr/lib/liba.so", f),
		"a library of the cache that may not be read":            with2(asks, cacheFile(at("/opt/x/liba.so")), "/opt/x/liba.so", perm{f, 0o600}, "/usr/lib/liba.so", f),
		"a library's own need of the cache":                      with2(with(so("m", "liba.so"), takes(ref("f"))), cacheFile(at("/opt/x/liba.so"), line{name: "libb.so", path: "/opt/x/libb.so"}), "/opt/x/liba.so", so("liba.so", "libb.so"), "/opt/x/libb.so", with(so("libb.so"), has(def("f")))),
		"a cache that others may not read":                       {files: files{"/c/main": asks, "/etc/ld.so.cache": perm{cacheFile(at("/opt/x/liba.so")), 0o600}, "/opt/x/liba.so": f}},
		"glibc-hwcaps of a default directory and a cache":        with2(asks, cacheFile(at("/opt/x/liba.so")), "/opt/x/liba.so", f, "/usr/lib/glibc-hwcaps/x86-64-v3/liba.so", lib),
		"a soname that the cache has under another name":         with2(with(so("m", "liba.so.1"), takes(ref("f"))), cacheFile(line{name: "liba.so.1", path: "/opt/x/liba.so.1.2"}), "/opt/x/liba.so.1.2", with(so("liba.so.1"), has(def("f")))),
		"a path of the cache that is relative":                   with2(asks, cacheFile(at("opt/x/liba.so")), "/opt/x/liba.so", f),
		"the program's own library in the cache has bits and 64": with2(asks, cacheFile(line{name: "liba.so", path: "/opt/y/liba.so", bits: 1 << 60}), "/opt/y/liba.so", f),
	}
}

// outside makes the path of the last entry of a cache a place behind its end.
func outside(b []byte) []byte {
	count := binary.LittleEndian.Uint32(b[20:])
	binary.LittleEndian.PutUint32(b[cacheHeader+cacheEntrySize*(count-1)+8:], 1<<30)
	return b
}

func TestParseCache(t *testing.T) {
	b := cacheFile(line{name: "liba.so", path: "/x/liba.so"}, line{name: "liba.so", path: "/y/liba.so", hwcap: "x86-64-v3"}, line{name: "libb.so.10", path: "/x/libb.so.10"})
	c, err := parseCache(b)
	require.NoError(t, err)
	assert.Equal(t, "/x/liba.so", c.lookup("liba.so", "amd64", []string{"x86-64-v2"}, 0))
	assert.Equal(t, "/y/liba.so", c.lookup("liba.so", "amd64", []string{"x86-64-v3", "x86-64-v2"}, 0))
	assert.Empty(t, c.lookup("liba.so", "386", nil, 0))
	assert.Empty(t, c.lookup("libb.so", "amd64", nil, 0))
	for n := range len(b) {
		_, err := parseCache(b[:n])
		if n < len(b)-36-60 { // without its list of levels a cache is one of old
			assert.Error(t, err, "%d bytes of %d", n, len(b))
		}
	}
}

func FuzzParseCache(f *testing.F) {
	f.Add(cacheFile())
	f.Add(cacheFile(line{name: "liba.so", path: "/x/liba.so"}, line{name: "liba.so", path: "/y/liba.so", hwcap: "x86-64-v3"}))
	f.Add(append([]byte("ld.so-1.7.0\x00\x00\x00\x00\x00"), cacheFile(line{name: "liba.so", path: "/x/liba.so"})...))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseCache(b)
		if (c == nil) != (err != nil) {
			t.Fatalf("%v, %v", c, err)
		}
		if c == nil {
			return
		}
		names := 0
		for name, entries := range c.entries {
			names += len(entries)
			if got := c.lookup(name, "amd64", []string{"x86-64-v3"}, 0); len(got) > len(b) {
				t.Fatalf("%q: a path of %d bytes out of %d", name, len(got), len(b))
			}
		}
		if names*cacheEntrySize > len(b) {
			t.Fatalf("%d entries in %d bytes", names, len(b))
		}
	})
}
