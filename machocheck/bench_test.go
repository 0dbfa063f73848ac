package machocheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/abivet/abivet/abi"
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

// A counted reader counts what is read of it.
type counted struct {
	bytes.Reader
	reads, read int
}

func (c *counted) ReadAt(b []byte, at int64) (int, error) {
	c.reads, c.read = c.reads+1, c.read+len(b)
	return c.Reader.ReadAt(b, at)
}

// BenchmarkFacts reads what rules ask for, of a small library and of one with a
// million bytes of rebase opcodes, such as those of Go have.
func BenchmarkFacts(b *testing.B) {
	const want = WantRules | WantLuaJIT | WantGo | WantSignature | WantExtensions
	info := mb.DyldInfo{Bind: mb.Binds(someImports...), Exports: mb.Trie("_a", "_b")}
	large := info
	large.Rebase = bytes.Repeat([]byte{0x22, 0x80, 0x10, 0x51}, 250_000)
	for name, m := range map[string]mb.Image{"small": binding(info, mb.Signed{}), "large": binding(large, mb.Signed{})} {
		b.Run(name, func(b *testing.B) {
			data := m.Bytes()
			c := &counted{Reader: *bytes.NewReader(data)}
			b.ReportAllocs()
			for b.Loop() {
				files, err := Read(c, int64(len(data)), want)
				if err != nil {
					b.Fatal(err)
				}
				files[0].Recycle()
			}
			b.ReportMetric(float64(c.read)/float64(b.N), "read-B/op")
			b.ReportMetric(float64(c.reads)/float64(b.N), "reads/op")
		})
	}
}

// BenchmarkRules runs all rules over what BenchmarkRead has read.
func BenchmarkRules(b *testing.B) {
	r, size := benchmarkFile(b)
	files, err := Read(r, size, 0)
	if err != nil {
		b.Fatal(err)
	}
	target := macOS("13.0")
	b.ReportAllocs()
	for b.Loop() {
		abi.Check(Rules(), files[0], target)
	}
}

// BenchmarkHashes is held against BenchmarkSHA256: what hashing costs beyond
// the hash.
func BenchmarkHashes(b *testing.B) {
	data := signed64(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(data), int64(len(data)), WantHashes); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSHA256(b *testing.B) {
	data := signed64(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		for at := 0; at < len(data); at += 4096 {
			sha256.Sum256(data[at:min(at+4096, len(data))])
		}
	}
}

func signed64(b *testing.B) []byte {
	b.Helper()
	return mb.Image{CPU: mb.ARM64, Type: mb.Execute, Commands: []mb.Command{text(make([]byte, 16<<20)), mb.Signed{}}}.Bytes()
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
	m := program(mb.ARM64)
	m.Page = 0x4000 // so that no rule finds anything
	data := m.Bytes()
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
