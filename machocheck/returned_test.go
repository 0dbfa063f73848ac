package machocheck

import (
	"bytes"
	"testing"
)

const (
	returnsAMD64 = "\x55\x48\x89\xe5\x48\x8d\x05\xf5\x0f\x00\x00\x5d\xc3" // 0x1000 bytes behind the function
	returnsARM64 = "\x20\x00\x00\xb0\x00\x60\x00\x91\xc0\x03\x5f\xd6\x00" // at 0x18 of the fifth page behind
)

func TestAddressReturned(t *testing.T) {
	tests := map[string]struct {
		code string
		at   uint64
		want uint64 // 0: none
	}{
		"amd64":                 {returnsAMD64, 0x100001000, 0x100002000},
		"amd64, backwards":      {"\x55\x48\x89\xe5\x48\x8d\x05\xf5\xff\xff\xff\x5d\xc3", 0x1000, 0x1000},
		"amd64, more is done":   {"\x55\x48\x89\xe5\x48\x8d\x05\xf5\x0f\x00\x00\xff\xc0", 0x1000, 0},
		"amd64, another result": {"\x55\x48\x89\xe5\x48\x8d\x0d\xf5\x0f\x00\x00\x5d\xc3", 0x1000, 0},
		"arm64":                 {returnsARM64, 0x100001234, 0x100006018},
		"arm64, backwards":      {"\xe0\xff\xff\xf0\x00\x04\x00\x91\xc0\x03\x5f\xd6\x00", 0x5000, 0x4001},
		"arm64, another result": {"\x21\x00\x00\xb0\x00\x60\x00\x91\xc0\x03\x5f\xd6\x00", 0x1000, 0},
		"cut short":             {returnsAMD64[:12], 0x1000, 0},
	}
	for reason, test := range tests {
		got, ok := addressReturned([]byte(test.code), test.at)
		if ok != (test.want != 0) || ok && got != test.want {
			t.Errorf("%s: %#x, %t; want %#x", reason, got, ok, test.want)
		}
	}
}

// What a function leads to is read as far as its segment goes.
func TestReturned(t *testing.T) {
	data := append([]byte(returnsAMD64), make([]byte, 0x1000)...)
	copy(data[0x1000:], "block")
	d := decoder{
		r: bytes.NewReader(data), size: int64(len(data)),
		file:  &File{Segments: []Segment{{Name: "__TEXT", Addr: 1 << 32, FileSize: 0x800}, {Name: "__DATA", Addr: 1<<32 + 0x1000, Offset: 0x1000, FileSize: 5}}},
		noted: &notes{offered: []Export{{Name: "_f"}, {Name: "_outside", Address: 0x900}, {Name: "_other", Address: 0x10}}},
	}
	var b [8]byte
	for name, want := range map[string]string{"f": "block", "other": "", "outside": "", "none": ""} {
		if n, err := d.returned(name, b[:]); err != nil || string(b[:n]) != want {
			t.Errorf("%s: %q, %v; want %q", name, b[:n], err, want)
		}
	}
	d.size, d.r = 5, bytes.NewReader(data[:5])
	if _, err := d.returned("f", b[:]); err == nil {
		t.Error("a file that has become shorter: no error")
	}
}

// Whatever the code and the tables say, only what a segment has is read.
func FuzzReturned(f *testing.F) {
	f.Add([]byte(returnsAMD64), uint64(1<<32), uint64(0), uint64(0x10))
	f.Add([]byte(returnsARM64), uint64(0), uint64(1), uint64(3))
	f.Fuzz(func(t *testing.T, code []byte, addr, function, size uint64) {
		size = min(size, uint64(len(code)))
		d := decoder{
			r: bytes.NewReader(code), size: int64(len(code)),
			file:  &File{Segments: []Segment{{Name: "__TEXT", Addr: addr, Size: size, FileSize: size}}},
			noted: &notes{offered: []Export{{Name: "_f", Address: function}}},
		}
		var b [16]byte
		if n, err := d.returned("f", b[:]); err != nil || !bytes.Contains(code[:size], b[:n]) {
			t.Fatalf("%d bytes, %v", n, err)
		}
	})
}
