package container

import (
	"context"
	"io"
	"strings"
	"testing"
)

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

// BenchmarkWalk is a package with one native file among many that are not.
func BenchmarkWalk(b *testing.B) {
	var members []member
	for i := range 100 {
		members = append(members, member{"text" + strings.Repeat("x", i), strings.Repeat("some text and no code\n", 1000)})
	}
	members = append(members, member{"a.so", native + strings.Repeat("\x00\x01\x02\x03", 50000)})
	for name, data := range map[string]string{"zip": zipped(8, members...), "stored": zipped(0, members...), "tar": tarred(members...)} {
		b.Run(name, func(b *testing.B) {
			r := &countingReader{ReaderAt: strings.NewReader(data)}
			b.ReportAllocs()
			for b.Loop() {
				found := 0
				err := Walker{}.Walk(context.Background(), r, int64(len(data)), isNative, func(_, _ string, _ io.ReaderAt, _ int64, err error) {
					if err == nil {
						found++
					}
				})
				if err != nil || found != 1 {
					b.Fatal(found, err)
				}
			}
			b.ReportMetric(float64(r.bytes)/float64(b.N), "read-B/op")
			b.ReportMetric(float64(r.reads)/float64(b.N), "reads/op")
		})
	}
}
