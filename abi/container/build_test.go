package container

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"
)

// A file of a container that a test builds.
type member struct{ name, data string }

// native begins as the files do that are looked for.
const native = "\x7fELF\x02\x01\x01 and what follows"

func isNative(_ string, start []byte) bool { return bytes.HasPrefix(start, []byte("\x7fELF")) }

// find returns "place=bytes" or "place! error" for every file that is found,
// and the error of the whole.
func find(data string, l Limits) (got []string, err error) {
	r := strings.NewReader(data)
	err = Walker{l}.Walk(context.Background(), r, r.Size(), isNative, func(in, name string, at io.ReaderAt, size int64, err error) {
		place := place{in, name}.String()
		if err != nil {
			got = append(got, place+"! "+err.Error())
			return
		}
		b, err := io.ReadAll(io.NewSectionReader(at, 0, size))
		if err != nil {
			b = []byte(err.Error())
		}
		got = append(got, place+"="+string(b))
	})
	return got, err
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func zipped(method uint16, members ...member) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		f := must(w.CreateHeader(&zip.FileHeader{Name: m.name, Method: method}))
		must(io.WriteString(f, m.data))
	}
	w.Close()
	return b.String()
}

func tarred(members ...member) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: 0o644, Size: int64(len(m.data))}
		if to, ok := strings.CutPrefix(m.data, "-> "); ok {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, to, 0
		}
		if err := w.WriteHeader(h); err != nil {
			panic(err)
		}
		if h.Size > 0 {
			must(io.WriteString(w, m.data))
		}
	}
	w.Close()
	return b.String()
}

func gzipped(data string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	must(io.WriteString(w, data))
	w.Close()
	return b.String()
}

func zstded(data string) string {
	w := must(zstd.NewWriter(nil))
	return string(w.EncodeAll([]byte(data), nil))
}

func xzed(data string) string {
	var b bytes.Buffer
	w := must(xz.NewWriter(&b))
	must(io.WriteString(w, data))
	w.Close()
	return b.String()
}

// bzipped needs the program: the standard library only decompresses.
func bzipped(t *testing.T, data string) string {
	program, err := exec.LookPath("bzip2")
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(program)
	cmd.Stdin = strings.NewReader(data)
	out, err := cmd.Output()
	require.NoError(t, err)
	return string(out)
}

func archived(members ...member) string {
	s := "!<arch>\n"
	for _, m := range members {
		s += fmt.Sprintf("%-16s%-12d%-6d%-6d%-8s%-10d`\n%s", m.name, 0, 0, 0, "100644", len(m.data), m.data)
		if len(m.data)%2 == 1 {
			s += "\n"
		}
	}
	return s
}

func deb(compress func(string) string, name string, members ...member) string {
	return archived(
		member{"debian-binary", "2.0\n"},
		member{"control.tar.gz", gzipped(tarred(member{"./control", "Package: x\n"}))},
		member{name, compress(tarred(members...))},
	)
}

func cpioed(members ...member) string {
	var b strings.Builder
	for i, m := range append(members, member{cpioEnd, ""}) {
		fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", i, 0o100644, 0, 0, 1, 0, len(m.data), 0, 0, 0, 0, len(m.name)+1, 0)
		b.WriteString(m.name + "\x00")
		b.WriteString(strings.Repeat("\x00", -b.Len()&3))
		b.WriteString(m.data)
		b.WriteString(strings.Repeat("\x00", -b.Len()&3))
	}
	return b.String()
}

func rpm(compress func(string) string, members ...member) string {
	header := func(n, size int) string {
		return rpmHeader + string([]byte{0, 0, 0, 0, 0, 0, 0, byte(n), 0, 0, 0, byte(size)}) + strings.Repeat("x", 16*n+size)
	}
	s := rpmMagic + strings.Repeat("\x00", rpmLead-4) + header(1, 5)
	s += strings.Repeat("\x00", -len(s)&7)
	return s + header(2, 9) + compress(cpioed(members...))
}

// rpmOf is a package that says its processor.
func rpmOf(arch string, members ...member) string { return rpmBehind(8, arch, members...) }

// rpmBehind has as many bytes in its header before the processor.
func rpmBehind(before int, arch string, members ...member) string {
	word := func(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }
	data := "x\x00linux\x00" + strings.Repeat("y", before-8) + arch + "\x00"
	index := word(1000) + word(6) + word(0) + word(1) + // name
		word(1021) + word(6) + word(2) + word(1) + // os
		word(1022) + word(6) + word(before) + word(1) // arch
	head := rpmHeader + word(0) + word(3) + word(len(data)) + index + data
	return rpmMagic + strings.Repeat("\x00", rpmLead-4) + rpmHeader + word(0) + word(0) + word(0) + head + gzipped(cpioed(members...))
}

func asIs(s string) string { return s }
