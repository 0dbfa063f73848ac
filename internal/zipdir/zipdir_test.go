package zipdir

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// read returns all members, with where their bytes begin.
func read(file []byte) (members []Member, data []int64, err error) {
	r := bytes.NewReader(file)
	for m, err := range Members(r, r.Size()) {
		if err != nil {
			return members, data, err
		}
		at, err := m.Data(file[m.Header:])
		if err != nil {
			return members, data, err
		}
		members, data = append(members, m), append(data, at)
	}
	return members, data, nil
}

// compare holds what is read against archive/zip, another author's idea of the
// format. It returns the error that both should have.
func compare(t *testing.T, file []byte) {
	t.Helper()
	members, data, err := read(file)
	want, wantErr := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil || wantErr != nil && !errors.Is(wantErr, zip.ErrInsecurePath) {
		return
	}
	if len(members) != len(want.File) {
		t.Errorf("%d members, archive/zip has %d", len(members), len(want.File))
		return
	}
	for i, m := range members {
		f := want.File[i]
		if m.Name != f.Name || m.Method != f.Method || m.CRC32 != f.CRC32 || uint64(m.Size) != f.UncompressedSize64 || uint64(m.Compressed) != f.CompressedSize64 {
			t.Errorf("member %d is %+v, archive/zip has %+v", i, m, f.FileHeader)
		}
		if at, err := f.DataOffset(); err == nil && at != data[i] {
			t.Errorf("member %d begins at %d, archive/zip has %d", i, data[i], at)
		}
	}
}

func build(n int, comment string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range n {
		method := uint16(Store)
		if i%2 == 1 && i < 200 { // a compressor for each takes its time
			method = Deflate
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("dir/%d", i), Method: method, Extra: []byte{1, 2, 2, 0, 'a', 'b'}, Comment: "c"})
		if err == nil {
			_, err = io.WriteString(f, strings.Repeat("text ", i%100))
		}
		if err != nil {
			panic(err)
		}
	}
	w.SetComment(comment)
	w.Close()
	return b.Bytes()
}

func TestSameAsTheStandardLibrary(t *testing.T) {
	for name, file := range map[string][]byte{
		"empty": build(0, ""), "one": build(1, ""), "many": build(100, ""), "with a comment": build(3, strings.Repeat("PK\x05\x06 ", 2000)),
		"more than 16 bits count": build(70_000, ""), "behind a program": append([]byte("#!/bin/sh\n"), build(3, "")...),
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := read(file); err != nil {
				t.Fatal(err)
			}
			compare(t, file)
		})
	}
}

// TestLarge reads an archive of 5 GiB that is mostly not there.
func TestLarge(t *testing.T) {
	const size = 5 << 30
	r := &sparse{at: map[int64][]byte{}}
	le := binary.LittleEndian
	header := make([]byte, headerSize+1)
	copy(header, headerMagic)
	le.PutUint16(header[26:], 1)
	header[headerSize] = 'a'
	r.at[0] = header
	entry := make([]byte, entrySize+1+4+24)
	copy(entry, entryMagic)
	le.PutUint32(entry[20:], 1<<32-1)
	le.PutUint32(entry[24:], 1<<32-1)
	le.PutUint32(entry[16:], crc32.ChecksumIEEE(nil))
	le.PutUint16(entry[28:], 1)
	le.PutUint16(entry[30:], 20)
	entry[entrySize] = 'a'
	le.PutUint16(entry[47:], 1)
	le.PutUint16(entry[49:], 16)
	le.PutUint64(entry[51:], size)
	le.PutUint64(entry[59:], size)
	entry = entry[:entrySize+1+20]
	at := int64(len(header)) + size
	r.at[at] = entry
	end64 := make([]byte, end64Size+locator64Size+endSize)
	copy(end64, end64Magic)
	le.PutUint64(end64[32:], 1)
	le.PutUint64(end64[40:], uint64(len(entry)))
	le.PutUint64(end64[48:], uint64(at))
	copy(end64[end64Size:], locator64Magic)
	le.PutUint64(end64[end64Size+8:], uint64(at)+uint64(len(entry)))
	end := end64[end64Size+locator64Size:]
	copy(end, endMagic)
	copy(end[8:], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
	r.at[at+int64(len(entry))] = end64
	n := 0
	for m, err := range Members(r, at+int64(len(entry)+len(end64))) {
		if n++; err != nil || m.Name != "a" || m.Size != size || m.Compressed != size {
			t.Errorf("member %+v and error %v", m, err)
		}
	}
	if n != 1 {
		t.Errorf("%d members, want 1", n)
	}
}

// sparse is a file of zeros, but for some places.
type sparse struct{ at map[int64][]byte }

func (s *sparse) ReadAt(p []byte, at int64) (int, error) {
	clear(p)
	for from, b := range s.at {
		for i, c := range b {
			if to := from + int64(i) - at; to >= 0 && to < int64(len(p)) {
				p[to] = c
			}
		}
	}
	return len(p), nil
}

func TestCut(t *testing.T) {
	file := build(3, "")
	for name, file := range map[string][]byte{"an archive": file, "one with another stored in it": stored(t, file)} {
		for n := range file {
			_, _, err := read(file[:n])
			var damaged *abi.FormatError
			if !errors.As(err, &damaged) {
				t.Errorf("%s, cut after %d of %d bytes: error %v, want a FormatError", name, n, len(file), err)
			}
		}
	}
}

// stored is an archive of one file, which is not compressed.
func stored(t *testing.T, file []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "a.zip"})
	if err == nil {
		_, err = f.Write(file)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A damaged record at the end does not make the archive that is stored in this one the
// whole. Nor is anything amiss with what only has something behind its end.
func TestEnd(t *testing.T) {
	inner := build(3, "")
	for name, change := range map[string]func([]byte) []byte{
		"a comment that is cut off": func(b []byte) []byte { b[len(b)-2] = 1; return b },
		"the record is none":        func(b []byte) []byte { b[len(b)-endSize] = 'X'; return b },
	} {
		if members, _, err := read(change(stored(t, inner))); err == nil {
			t.Errorf("%s: %d members and no error", name, len(members))
		}
	}
	if _, _, err := read(append(inner[:len(inner):len(inner)], "something"...)); err != nil {
		t.Error(err)
	}
	for _, first := range []int{2, 3} { // of another length, and of the same
		if members, _, err := read(append(build(first, ""), inner...)); err == nil {
			t.Errorf("two, one behind the other: %d members and no error", len(members))
		}
	}
}

// What is read lies in the archive, all of it together only once; where
// archive/zip takes the same file, it reads the same.
func FuzzMembers(f *testing.F) {
	f.Add(build(3, "comment"))
	f.Add(append([]byte("stub"), build(2, "")...))
	f.Fuzz(func(t *testing.T, file []byte) {
		r := bytes.NewReader(file)
		total := int64(0)
		for m, err := range Members(r, r.Size()) {
			if err != nil {
				var damaged *abi.FormatError
				if !errors.As(err, &damaged) {
					t.Fatalf("error %v is no FormatError", err)
				}
				break
			}
			total += m.Compressed
			if m.Header < 0 || m.Compressed < 0 || m.Size < 0 || m.Header+m.Compressed > r.Size() || total > r.Size() {
				t.Fatalf("member %+v in a file of %d bytes", m, r.Size())
			}
		}
		compare(t, file)
	})
}
