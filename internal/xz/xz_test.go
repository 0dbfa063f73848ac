package xz

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	ulikunitz "github.com/ulikunitz/xz"
)

const maxDictionary = 128 << 20

func decompress(file []byte) ([]byte, error) {
	r := NewReader()
	if err := r.Reset(bytes.NewReader(file), maxDictionary); err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// samples are of every kind: what repeats far away and near, what cannot be
// compressed, and code.
func samples(t testing.TB) map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	mixed := bytes.Clone(noise)
	for range 3000 {
		from, to, n := random.IntN(len(mixed)), random.IntN(len(mixed)), random.IntN(300)
		copy(mixed[to:], mixed[from:min(from+n, len(mixed))])
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"nothing": {}, "a byte": {'x'}, "zeros": make([]byte, 1<<20), "text": []byte(strings.Repeat("words and words, ", 5_000)),
		"noise": noise, "mixed": mixed, "code": code[:min(len(code), 1<<20)],
	}
}

// xz(1) is the author's own idea of the format.
func TestXZ(t *testing.T) {
	program, err := exec.LookPath("xz")
	if err != nil {
		t.Skip(err)
	}
	for _, options := range []string{
		"-0", "-6e", "--block-size=100000", "--check=none", "--check=crc32", "--check=sha256", "-T2 --block-size=1000000",
		"--lzma2=lc=0,lp=4,pb=0", "--lzma2=lc=4,lp=0,pb=4", "--lzma2=dict=4KiB,nice=16", "--lzma2=dict=64KiB,lc=1,lp=2,pb=1",
	} {
		for name, data := range samples(t) {
			cmd := exec.Command(program, append(strings.Fields(options), "-c", "-z")...)
			cmd.Stdin = bytes.NewReader(data)
			file, err := cmd.Output()
			if err != nil {
				t.Fatalf("xz %s: %v", options, err)
			}
			got, err := decompress(file)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("xz %s of %s: %d bytes of %d, error %v", options, name, len(got), len(data), err)
			}
		}
	}
}

func write(t testing.TB, data []byte) []byte {
	var b bytes.Buffer
	w, err := ulikunitz.NewWriter(&b)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestStreams(t *testing.T) {
	one, two := write(t, []byte("one")), write(t, []byte("two"))
	zeros := make([]byte, 8)
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"one": {one, "one"}, "two": {bytes.Join([][]byte{one, two}, nil), "onetwo"},
		"zeros between": {bytes.Join([][]byte{one, zeros, two, zeros}, nil), "onetwo"},
	} {
		got, err := decompress(tt.file)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: got %q and error %v, want %q", name, got, err, tt.want)
		}
	}
}

// Wherever a file is cut and whatever bit is another, that is seen.
func TestDamaged(t *testing.T) {
	data := []byte(strings.Repeat("words and more, ", 20))
	file := write(t, data)
	for n := range file {
		if _, err := decompress(file[:n]); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut after %d of %d bytes: error %v", n, len(file), err)
		}
		for bit := range 8 {
			file[n] ^= 1 << bit
			if got, err := decompress(file); err == nil {
				t.Errorf("bit %d of byte %d: no error, and %d bytes", bit, n, len(got))
			}
			file[n] ^= 1 << bit
		}
	}
}

func TestDictionary(t *testing.T) {
	file := write(t, []byte("x"))
	if err := NewReader().Reset(bytes.NewReader(file), 1<<20); err != nil {
		t.Fatal(err)
	}
	r := NewReader()
	r.Reset(bytes.NewReader(file), 1<<20)
	if _, err := r.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "wants a dictionary of 8388608 bytes") {
		t.Errorf("error %v", err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := decompress(file); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes were allocated for one", n)
	}
}

// What two decompressors both take they agree on.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"", "x", strings.Repeat("words and more, ", 20)} {
		f.Add(write(f, []byte(s)))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r := NewReader()
		if r.Reset(bytes.NewReader(file), 1<<20) != nil {
			return
		}
		got, err := io.ReadAll(io.LimitReader(r, 8<<20))
		if err != nil || len(got) == 8<<20 {
			return
		}
		other, err := ulikunitz.NewReader(bytes.NewReader(file))
		if err != nil {
			return
		}
		want, err := io.ReadAll(io.LimitReader(other, 8<<20))
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("%d bytes, and %d of another decompressor", len(got), len(want))
		}
	})
}

func BenchmarkReader(b *testing.B) {
	data := samples(b)["code"]
	file := write(b, data)
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		r := NewReader()
		for b.Loop() {
			r.Reset(bytes.NewReader(file), maxDictionary)
			io.Copy(io.Discard, r)
		}
	})
	b.Run("ulikunitz", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			r, _ := ulikunitz.NewReader(bytes.NewReader(file))
			io.Copy(io.Discard, r)
		}
	})
}

// Filters beside LZMA2 rewrite code; their names are told.
func TestFilters(t *testing.T) {
	program, err := exec.LookPath("xz")
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(program, "--x86", "--lzma2", "-c", "-z")
	cmd.Stdin = strings.NewReader("code")
	file, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decompress(file); err == nil || !strings.Contains(err.Error(), "2 filters, of which the first is BCJ x86") {
		t.Fatal(err)
	}
}
