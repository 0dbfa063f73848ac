package elfcheck

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"
)

// sized is an image with so many symbols, named and versioned as C++ has them.
func sized(undefined, defined int) []byte {
	m := plainImage()
	for i := range undefined {
		m.Symbols = append(m.Symbols, imported(fmt.Sprintf("_ZN7example9undefinedE%08d", i), "GLIBC_2.2.5", global))
	}
	for i := range defined {
		m.Symbols = append(m.Symbols, exported(fmt.Sprintf("_ZN7example7definedE%08d", i), "PLAIN_1.1"))
	}
	return m.Bytes()
}

// A countingReader counts what is asked of it.
type countingReader struct {
	io.ReaderAt
	reads, bytes int
}

func (r *countingReader) ReadAt(b []byte, off int64) (int, error) {
	r.reads++
	r.bytes += len(b)
	return r.ReaderAt.ReadAt(b, off)
}

func benchmarkRead(b *testing.B, image []byte, want Want) {
	r := &countingReader{ReaderAt: bytes.NewReader(image)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(r, int64(len(image)), want); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(r.bytes)/float64(b.N), "read-B/op")
	b.ReportMetric(float64(r.reads)/float64(b.N), "reads/op")
}

func BenchmarkRead(b *testing.B) {
	for name, symbols := range map[string]int{"small": 20, "medium": 1000, "large": 100000} {
		image := sized(symbols/4, symbols-symbols/4)
		for facts, want := range map[string]Want{"headers": 0, "imports": WantImports, "symbols": WantSymbols} {
			b.Run(name+"/"+facts, func(b *testing.B) { benchmarkRead(b, image, want) })
		}
	}
}

// BenchmarkSymbol tells what a symbol more costs: some 10 ns if it is defined,
// some 100 if it is imported.
func BenchmarkSymbol(b *testing.B) {
	const n = 50000
	for name, image := range map[string][]byte{"undefined": sized(n, 0), "defined": sized(0, n)} {
		b.Run(name, func(b *testing.B) {
			benchmarkRead(b, image, WantImports)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/symbol")
		})
	}
}

// BenchmarkChanges compares two builds of which each symbol has another version.
func BenchmarkChanges(b *testing.B) {
	const n = 50000
	older, err := Read(bytes.NewReader(sized(0, n)), int64(len(sized(0, n))), WantExports)
	if err != nil {
		b.Fatal(err)
	}
	newer := *older
	newer.Exports = slices.Clone(older.Exports)
	for i := range newer.Exports {
		newer.Exports[i].Version += ".1"
	}
	for b.Loop() {
		if got := len(Changes(older, &newer)); got < n {
			b.Fatalf("%d changes", got)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/symbol")
}
