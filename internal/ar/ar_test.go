package ar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

func head(name string, size int) string {
	return fmt.Sprintf("%-16s%-12d%-6d%-6d%-8s%-10d`\n", name, 0, 0, 0, "644", size)
}

func member(name, data string) string {
	s := head(name, len(data)) + data
	if len(data)%2 == 1 {
		s += "\n"
	}
	return s
}

// read returns the members as "name=bytes", and "name@" for thin ones.
func read(file string) ([]string, error) {
	r := strings.NewReader(file)
	var got []string
	for m, err := range Members(r, r.Size()) {
		if err != nil {
			return got, err
		}
		if m.Thin {
			got = append(got, fmt.Sprintf("%s@%d", m.Name, m.Size))
			continue
		}
		data, err := io.ReadAll(io.NewSectionReader(r, m.Offset, m.Size))
		if err != nil {
			return got, err
		}
		got = append(got, m.Name+"="+string(data))
	}
	return got, nil
}

func TestForms(t *testing.T) {
	tests := map[string]struct {
		file string
		want []string
	}{
		"empty":               {magic, nil},
		"short name":          {magic + member("a.o/", "abc"), []string{"a.o=abc"}},
		"filler left out":     {magic + head("a.o/", 3) + "abc", []string{"a.o=abc"}},
		"blanks in a name":    {magic + member("a b.o/", "x"), []string{"a b.o=x"}},
		"no slash at the end": {magic + member("debian-binary", "2.0\n"), []string{"debian-binary=2.0\n"}},
		"gnu": {
			magic + member("/", "\x00\x00\x00\x00") + member("//", "a-very-long-name.o/\nanother-long-name.o/\n") +
				member("/20", "two") + member("/0", "one") + member("z.o/", ""),
			[]string{"another-long-name.o=two", "a-very-long-name.o=one", "z.o="},
		},
		"64-bit symbol table": {magic + member("/SYM64/", "12345678") + member("a.o/", "x"), []string{"a.o=x"}},
		"microsoft": {
			magic + member("/", "1234") + member("/", "1234") + member("//", "long-name.obj\x00") + member("/0", "x"),
			[]string{"long-name.obj=x"},
		},
		"bsd": {
			magic + member("#1/20", "__.SYMDEF SORTED\x00\x00\x00\x00table") + member("#1/8", "b c.o\x00\x00\x00data") + member("a.o", "x"),
			[]string{"b c.o=data", "a.o=x"},
		},
		"bsd, short name of the table": {magic + member("__.SYMDEF", "1234") + member("a.o", "x"), []string{"a.o=x"}},
		"thin": {
			thinMagic + member("/", "1234") + member("//", "sub/a.o/\nb.o/\n") + head("/0", 100) + head("/9", 7) + head("/9:66", 8),
			[]string{"sub/a.o@100", "b.o@7", "b.o@8"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := read(tt.file)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %q and error %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestDamaged(t *testing.T) {
	tests := map[string]string{
		"cut in a header":              magic + head("a.o/", 0)[:59],
		"cut in the bytes":             magic + head("a.o/", 4) + "abc",
		"cut in a table":               magic + head("//", 4) + "abc",
		"bytes after the end":          magic + member("a.o/", "ab") + "x",
		"no trailer":                   magic + strings.Replace(head("a.o/", 0), "`", "'", 1),
		"size is no number":            magic + strings.Replace(head("a.o/", 7), "7", "x", 1),
		"size is negative":             magic + head("a.o/", -2) + "abc",
		"size is left out":             magic + strings.Replace(head("a.o/", 7), "7", " ", 1) + "1234567",
		"long name without a table":    magic + member("/0", "x"),
		"long name outside":            magic + member("//", "ab/\n") + member("/4", "x"),
		"long name is no number":       magic + member("//", "ab/\n") + member("/-1", "x"),
		"long name without an end":     magic + member("//", "abcd") + member("/0", "x"),
		"bsd name is larger":           magic + member("#1/5", "abcd"),
		"bsd name goes on in the next": magic + member("#1/5", "abcd") + member("a.o", ""),
		"bsd name is negative":         magic + member("#1/-1", "abcd"),
		"bsd name in a thin one":       thinMagic + head("#1/4", 4) + "abcd",
	}
	for name, file := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := read(file)
			var damaged *abi.FormatError
			if !errors.As(err, &damaged) {
				t.Fatalf("got %q and error %v, want a FormatError", got, err)
			}
			if damaged.Offset < 8 || damaged.Offset > int64(len(file)) {
				t.Errorf("offset %d is not in the file", damaged.Offset)
			}
		})
	}
}

func TestOtherFormat(t *testing.T) {
	for _, file := range []string{"", "!<arch>", "!<arch>\r", "<bigaf>\n", "\x7fELF\x02\x01\x01\x00"} {
		if got, err := read(file); !errors.Is(err, abi.ErrFormat) || got != nil {
			t.Errorf("%q: got %q and error %v, want ErrFormat", file, got, err)
		}
	}
}

func TestSizeTooLarge(t *testing.T) {
	r := strings.NewReader(magic)
	for _, err := range Members(r, 1000) {
		var damaged *abi.FormatError
		if !errors.As(err, &damaged) {
			t.Errorf("error %v, want a FormatError", err)
		}
	}
}

func TestStop(t *testing.T) {
	r := strings.NewReader(magic + member("a.o/", "x") + member("b.o/", "x"))
	n := 0
	for range Members(r, r.Size()) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d members after the first was enough", n)
	}
}

// The archiver of the machine is another author's idea of the format.
func TestArchiver(t *testing.T) {
	for _, options := range [][]string{{"ar", "rc"}, {"ar", "rcT"}, {"llvm-ar", "rc", "--format=darwin"}, {"llvm-ar", "rc", "--format=bsd"}} {
		t.Run(strings.Join(options, " "), func(t *testing.T) {
			tool, err := exec.LookPath(options[0])
			if err != nil {
				t.Skip(err)
			}
			dir := t.TempDir()
			var want []string
			args := append(options[1:], "lib.a")
			for _, name := range []string{"a.o", "a-name-of-more-than-sixteen.o", "with blank.o"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("I am "+name), 0o666); err != nil {
					t.Fatal(err)
				}
				args = append(args, name)
				want = append(want, name)
			}
			cmd := exec.Command(tool, args...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Skipf("%v: %v: %s", cmd.Args, err, out)
			}
			file, err := os.ReadFile(filepath.Join(dir, "lib.a"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := read(string(file))
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range want {
				if strings.Contains(options[1], "T") {
					want[i] = fmt.Sprintf("%s@%d", name, len("I am ")+len(name))
				} else {
					want[i] = name + "=I am " + name
				}
			}
			for i := range got { // macOS fills members up to 8 bytes
				got[i] = strings.TrimRight(got[i], "\n")
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// What comes out of an archive lies in it, in order, and nothing twice; an
// error ends it.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(magic + member("/", "1234") + member("//", "a-very-long-name.o/\n") + member("/0", "one") + member("z.o/", "")))
	f.Add([]byte(magic + member("#1/8", "b c.o\x00\x00\x00data")))
	f.Add([]byte(thinMagic + member("//", "sub/a.o/\n") + head("/0", 100)))
	f.Fuzz(func(t *testing.T, data []byte) {
		end, ended := int64(MagicSize), false
		for m, err := range Members(bytes.NewReader(data), int64(len(data))) {
			if ended {
				t.Fatal("a member after an error")
			}
			var damaged *abi.FormatError
			switch {
			case err != nil:
				if !errors.Is(err, abi.ErrFormat) && !errors.As(err, &damaged) {
					t.Fatalf("error %v is of neither kind", err)
				}
				ended = true
			case m.Thin:
				if m.Offset != 0 {
					t.Fatalf("thin member at %d", m.Offset)
				}
			case m.Offset < end || m.Size < 0 || m.Size > int64(len(data))-m.Offset:
				t.Fatalf("member of %d bytes at %d; the one before ends at %d of %d", m.Size, m.Offset, end, len(data))
			default:
				end = m.Offset + m.Size
			}
		}
	})
}

// Names of every length up to the longest are read, and a hundred thousand of
// them cost what they are long.
func TestLongNames(t *testing.T) {
	for _, length := range []int{1, 127, 128, 129, 130, maxName, maxName + 1} {
		long := strings.Repeat("n", length)
		got, err := read(magic + member("//", "x/\n"+long+"/\n") + member("/3", "abc"))
		if length > maxName {
			if err == nil {
				t.Errorf("a name of %d bytes", length)
			}
			continue
		}
		if err != nil || !slices.Equal(got, []string{long + "=abc"}) {
			t.Errorf("a name of %d bytes: %v, %v", length, got, err)
		}
	}
	const members = 10_000
	file := strings.NewReader(magic + member("//", strings.Repeat("name/\n", 1000)) + strings.Repeat(head("/6", 0), members))
	n := 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for m, err := range Members(file, file.Size()) {
		if err != nil || m.Name != "name" {
			t.Fatal(m, err)
		}
		n++
	}
	runtime.ReadMemStats(&after)
	if bytes := after.TotalAlloc - before.TotalAlloc; n != members || bytes > members*512 {
		t.Errorf("%d members, %d bytes", n, bytes)
	}
}
