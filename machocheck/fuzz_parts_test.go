package machocheck

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/endian"
	mb "github.com/abivet/abivet/internal/machobuild"
)

// onFormat refuses any other error than one of the format.
func onFormat(t *testing.T, err error) {
	t.Helper()
	var format *abi.FormatError
	if err != nil && !errors.As(err, &format) {
		t.Fatalf("%v: want a FormatError", err)
	}
}

func FuzzTrie(f *testing.F) {
	for _, seed := range [][]byte{mb.Trie("_main", "_f"), make([]byte, 8), {0, 1, '_', 'f', 0, 6, 5, 8, 2, '_', 'g', 0, 0}, {0, 1, 'a', 0, 0}, {}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) == 0 {
			return // nobody asks
		}
		exports, err := trieExports(trieBytes{size: len(raw), raw: raw}, 0, nil, nil, new(scratch))
		onFormat(t, err)
		if err != nil && exports != nil {
			t.Fatalf("%d exports and the error %v", len(exports), err)
		}
		if len(exports) > len(raw) {
			t.Fatalf("%d exports of %d bytes", len(exports), len(raw))
		}
		names := 0
		for _, e := range exports {
			names += len(e.Name)
			if e.Library < 0 || e.ImportName != "" && !bytes.Contains(raw, []byte(e.ImportName)) {
				t.Fatalf("%+v", e)
			}
		}
		if names > nameBudget(len(raw)) {
			t.Fatalf("names of %d bytes out of %d", names, len(raw))
		}
		holdLeads(t, raw, exports, err)
	})
}

// holdLeads holds what is found along some beginnings against all of a trie.
func holdLeads(t *testing.T, raw []byte, all []Export, allErr error) {
	t.Helper()
	some, err := trieExports(trieBytes{size: len(raw), raw: raw}, 0, leads, nil, new(scratch))
	read := func(at, size int) ([]byte, error) { return bytes.Clone(raw[at:][:size]), nil }
	if parts, partsErr := trieExports(trieBytes{size: len(raw), read: read}, 0, leads, nil, new(scratch)); !reflect.DeepEqual(parts, some) || !reflect.DeepEqual(partsErr, err) {
		t.Fatalf("in parts %v, %v; at once %v, %v", parts, partsErr, some, err)
	}
	if allErr != nil {
		return // what is wrong may be where nobody goes
	}
	var want []Export
	for _, e := range all {
		if led(e.Name) {
			want = append(want, e)
		}
	}
	if err != nil || !reflect.DeepEqual(some, want) {
		t.Fatalf("found %v, %v; want %v", some, err, want)
	}
}

// led reports whether a name and all that it begins with are gone along.
func led(name string) bool {
	for n := range len(name) + 1 {
		if !leads([]byte(name[:n])) {
			return false
		}
	}
	return true
}

// holdImports holds imports against the bytes that they come from.
func holdImports(t *testing.T, raw []byte, libraries int, imports []Import) {
	t.Helper()
	type importKey struct {
		name    string
		library int
	}
	seen := map[importKey]bool{}
	for _, i := range imports {
		if !bytes.Contains(raw, []byte(i.Name)) || i.Library > libraries || i.Library < WeakLookup {
			t.Fatalf("%+v of %d libraries", i, libraries)
		}
		if seen[importKey{i.Name, i.Library}] {
			t.Fatalf("%+v stands twice", i)
		}
		seen[importKey{i.Name, i.Library}] = true
	}
	if len(imports) > len(raw) {
		t.Fatalf("%d imports of %d bytes", len(imports), len(raw))
	}
}

func FuzzBinds(f *testing.F) {
	for _, seed := range [][]byte{mb.Binds(someImports...), mb.LazyBinds(someImports...), mb.WeakBinds(someImports...), {0xd0, 1, 0x11, 0x40, 'a', 0, 0x90}} {
		for kind := range 3 {
			f.Add(seed, kind)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, kind int) {
		var m importer
		b := binder{raw: raw, libraries: 2, kind: kind % 3, into: &m, budget: nameBudget(len(raw))}
		b.where = where{segments: []Segment{{Size: 64}, {}, {Size: 1 << 63}, {Size: 1<<64 - 1}}, pointer: 8, segment: -1}
		onFormat(t, b.run())
		holdImports(t, raw, 2, m.list)
		if at := b.where; at.segments != nil && len(m.list) > 0 && at.segment < 0 {
			t.Fatalf("%d imports are bound nowhere", len(m.list))
		}
	})
}

// apart has an opcode that does nothing behind each of some.
func apart(raw []byte) (all []byte) {
	for at := 0; at < len(raw); {
		r := rebaser{raw: raw, at: at + 1}
		for range numbersBehind[raw[at]>>4] {
			if _, ok := r.number(); !ok {
				return append(all, raw[at:]...)
			}
		}
		all = append(append(all, raw[at:r.at]...), 0x11)
		at = r.at
	}
	return all
}

// inParts runs opcodes that are read in parts.
func inParts(r rebaser) (rebaser, error) {
	const part = 2 * longestRebase
	for all := r.raw; ; {
		r.raw, r.at, r.last = all[:min(part, len(all))], 0, len(all) <= part
		if done, err := r.run(); done || err != nil {
			return r, err
		}
		all, r.place = all[r.at:], r.place+int64(r.at)
	}
}

// FuzzRebases: what can be run comes out the same in a larger segment, where
// each opcode stands alone, and in parts.
func FuzzRebases(f *testing.F) {
	f.Add([]byte{0x21, 0x80, 0x80, 1, 0x51, 0x20, 0x80, 8, 0x53, 0x20, 0xf8, 0x1f, 0x51, 0x20, 8, 0x51, 0, 0, 0, 0})
	f.Add([]byte{0x20, 0xf0, 0x1f, 0x53, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add(bytes.Repeat([]byte{0x20, 0x80, 8, 0x51}, 50))
	f.Add([]byte{0x11, 0x20, 8, 0x52, 0x30, 8, 0x41, 0x60, 2, 0x70, 8, 0x80, 2, 8, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		run := func(raw []byte, size uint64) (rebaser, error) {
			r := rebaser{raw: raw, last: true, where: where{segments: []Segment{{Size: size}}, pointer: 8, segment: -1}}
			_, err := r.run()
			return r, err
		}
		small, err := run(raw, 1<<12)
		onFormat(t, err)
		large, largeErr := run(raw, 1<<13)
		onFormat(t, largeErr)
		if err == nil && (largeErr != nil || small.at != large.at || small.where.offset != large.where.offset) {
			t.Fatalf("%+v, and %+v: %v", small, large, largeErr)
		}
		slow, slowErr := run(apart(raw), 1<<12)
		if (slowErr == nil) != (err == nil) || slow.where.offset != small.where.offset || slow.where.segment != small.where.segment {
			t.Fatalf("%+v, %v; one by one %+v, %v", small, err, slow, slowErr)
		}
		parts, partsErr := inParts(rebaser{raw: raw, where: where{segments: []Segment{{Size: 1 << 12}}, pointer: 8, segment: -1}})
		if fmt.Sprint(partsErr) != fmt.Sprint(err) || parts.where.offset != small.where.offset || parts.where.segment != small.where.segment {
			t.Fatalf("%+v, %v; in parts %+v, %v", small, err, parts, partsErr)
		}
	})
}

func FuzzChains(f *testing.F) {
	for form := range uint32(3) {
		f.Add(mb.Chains{Form: form + 1, Imports: someImports, Pointer: 6, Segments: 4}.Bytes(), false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, big bool) {
		d := &decoder{r: bytes.NewReader(raw), size: int64(len(raw)), big: endian.Order(big), file: &File{Dylibs: make([]Dylib, 2)}, chains: span{0, uint64(len(raw))}}
		var m importer
		onFormat(t, d.chainedImports(&m))
		holdImports(t, raw, 2, m.list)
		if len(d.file.ChainFormats) > maxChainFormats {
			t.Fatalf("%d forms of pointers", len(d.file.ChainFormats))
		}
	})
}

// FuzzSignature has a file whose end is a signature.
func FuzzSignature(f *testing.F) {
	for _, s := range []mb.Signed{
		{}, {XML: []byte(jitPlist), DER: jitDER, CMS: cms, Team: "T"}, {Scatter: true, Hash: []byte{mb.SHA1, mb.SHA256}}, {Old: true, PageShift: 255}, {Hash: []byte{mb.SHA384}, PageShift: 14},
	} {
		data := mb.Image{CPU: mb.ARM64, Type: mb.Execute, Commands: []mb.Command{text(make([]byte, 9000)), s}}.Bytes()
		files, err := Read(bytes.NewReader(data), int64(len(data)), 0)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, files[0].Signature.Offset)
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint64) {
		if at > uint64(len(data)) || len(data) > 1<<20 {
			return
		}
		verify := func() Signature {
			d := &decoder{r: bytes.NewReader(data), size: int64(len(data)), file: &File{Signature: Signature{Present: true}}, signed: span{at, uint64(len(data)) - at}}
			if err := d.signature(WantHashes); err != nil {
				t.Fatalf("%v: a signature is a fact, not an error", err)
			}
			return d.file.Signature
		}
		s := verify()
		if (s.Problem == "") != (len(s.Directories) > 0) || (s.Problem == "") != s.Verified {
			t.Fatalf("%+v", s)
		}
		for _, c := range s.Directories {
			if c.Damaged < len(c.Damage) || len(c.Damage) > maxDamage || (c.Damaged > 0) != (len(c.Damage) > 0) {
				t.Fatalf("%+v", c)
			}
		}
		if again := verify(); !reflect.DeepEqual(s, again) {
			t.Fatalf("read twice:\n%+v\n%+v", s, again)
		}
	})
}

func FuzzEntitlements(f *testing.F) {
	f.Add([]byte(jitPlist))
	f.Add(jitDER)
	f.Add([]byte("<plist><dict><key>a</key><array><array><true/></array></array></dict></plist>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, decode := range []func([]byte) (map[string]string, error){plistEntitlements, derEntitlements} {
			got, err := decode(raw)
			if err != nil && got != nil {
				t.Fatalf("%v and the error %v", got, err)
			}
			if again, _ := decode(raw); !reflect.DeepEqual(got, again) {
				t.Fatalf("read twice: %v, %v", got, again)
			}
		}
	})
}
