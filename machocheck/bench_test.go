package machocheck

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	mb "github.com/abivet/abivet/internal/machobuild"
)

// BenchmarkRead is held against BenchmarkWalk, which does the least that a
// reader of load commands can do.
func BenchmarkRead(b *testing.B) {
	r, size := benchmarkFile(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(r, size, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWalk keeps the names of segments and libraries.
func BenchmarkWalk(b *testing.B) {
	r, _ := benchmarkFile(b)
	b.ReportAllocs()
	for b.Loop() {
		if names := walk(r); len(names) == 0 {
			b.Fatal("nothing")
		}
	}
}

func benchmarkFile(b *testing.B) (io.ReaderAt, int64) {
	data := program(mb.ARM64).Bytes()
	name := filepath.Join(b.TempDir(), "program")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		b.Fatal(err)
	}
	r, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close() })
	return r, int64(len(data))
}

func walk(r io.ReaderAt) (names []string) {
	head := make([]byte, 32)
	_, _ = r.ReadAt(head, 0)
	raw := make([]byte, binary.LittleEndian.Uint32(head[20:]))
	_, _ = r.ReadAt(raw, 32)
	for range binary.LittleEndian.Uint32(head[16:]) {
		switch binary.LittleEndian.Uint32(raw) {
		case 0x19:
			names = append(names, string(bytes.TrimRight(raw[8:24], "\x00")))
		case 0xc:
			names = append(names, string(bytes.TrimRight(raw[24:binary.LittleEndian.Uint32(raw[4:])], "\x00")))
		}
		raw = raw[binary.LittleEndian.Uint32(raw[4:]):]
	}
	return names
}
