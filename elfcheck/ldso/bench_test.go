package ldso

import (
	"fmt"
	"testing"

	"github.com/abivet/abivet/internal/elfbuild"
)

// BenchmarkLoad is a program with 60 libraries, each of which needs the two
// before it and binds a symbol of each: the first program in a root, and one
// more.
func BenchmarkLoad(b *testing.B) {
	const libraries = 60
	root := fakeRoot("2.36")
	at := func(i int) string { return fmt.Sprintf("lib%d.so", i) }
	var names []string
	for i := range libraries {
		m := so(at(i), "libc.so.6")
		m.Symbols = append(m.Symbols, def(fmt.Sprintf("f%d", i)))
		for _, before := range []int{i - 1, i - 2} {
			if before >= 0 {
				m.Needed = append(m.Needed, at(before))
				m.Symbols = append(m.Symbols, elfbuild.Symbol{Name: fmt.Sprintf("f%d", before), Bind: 1, Type: 2})
			}
		}
		addFile(root, nil, multiarch+at(i), m)
		names = append(names, at(i))
	}
	addFile(root, nil, "/c/main", program(names...))
	load := func(b *testing.B, s *Space) {
		p, err := s.Load(Request{Path: "/c/main"})
		if err != nil || len(p.Objects) < libraries || p.Verdict() != OK {
			b.Fatal(err, len(p.Objects), p.Failures, p.Unknown)
		}
	}
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			load(b, New(root))
		}
	})
	b.Run("next", func(b *testing.B) {
		s := New(root)
		load(b, s)
		b.ReportAllocs()
		for b.Loop() {
			load(b, s)
		}
	})
}
