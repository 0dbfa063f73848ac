package luajit

import (
	"slices"
	"strings"
	"testing"
)

// What compilers made of lua_gettop, in LuaJIT and in PUC's Lua.
func TestDecodeGetTop(t *testing.T) {
	tests := map[string]struct {
		arch, code string
		want       gettop
		mode       Answer
		ok         bool
	}{
		"GC64":                      {"amd64", "\x48\x8b\x47\x28\x48\x2b\x47\x20\x48\xc1\xf8\x03\xc3", gettop{[]int64{0x20, 0x28}, 3}, Yes, true},
		"without GC64":              {"amd64", "\x48\x8b\x47\x18\x48\x2b\x47\x10\x48\xc1\xf8\x03\xc3", gettop{[]int64{0x10, 0x18}, 3}, No, true},
		"behind endbr64":            {"amd64", "\xf3\x0f\x1e\xfa\x48\x8b\x47\x28\x48\x2b\x47\x20\x48\xc1\xf8\x03\xc3", gettop{[]int64{0x20, 0x28}, 3}, Yes, true},
		"without optimisation":      {"amd64", "\x55\x48\x89\xe5\x48\x89\x7d\xf8\x48\x8b\x45\xf8\x48\x8b\x50\x28\x48\x8b\x45\xf8\x48\x8b\x40\x20\x48\x29\xc2\x48\x89\xd0\x48\xc1\xf8\x03\x5d\xc3", gettop{[]int64{0x20, 0x28}, 3}, Yes, true},
		"PUC 5.1 has slots of 16":   {"amd64", "\x48\x8b\x47\x10\x48\x2b\x47\x18\x48\xc1\xf8\x04\xc3", gettop{[]int64{0x10, 0x18}, 4}, Unknown, true},
		"386":                       {"386", "\x8b\x54\x24\x04\x8b\x42\x14\x2b\x42\x10\xc1\xf8\x03\xc3", gettop{[]int64{0x10, 0x14}, 3}, Unknown, true},
		"arm64":                     {"arm64", "\x01\x14\x40\xf9\x00\x10\x40\xf9\x20\x00\x00\xcb\x00\xfc\x43\x93\xc0\x03\x5f\xd6", gettop{[]int64{0x20, 0x28}, 3}, Yes, true},
		"arm64 loads both at once":  {"arm64", "\x01\x00\x42\xa9\x20\x00\x00\xcb\x00\xfc\x43\x93\xc0\x03\x5f\xd6", gettop{[]int64{0x20, 0x28}, 3}, Yes, true},
		"arm":                       {"arm", "\x14\x30\x90\xe5\x10\x00\x90\xe5\x00\x00\x43\xe0\xc0\x01\xa0\xe1\x1e\xff\x2f\xe1", gettop{[]int64{0x10, 0x14}, 3}, Unknown, true},
		"goes elsewhere":            {"amd64", "\xe9\x00\x00\x00\x00\xc3", gettop{}, Unknown, false},
		"another function":          {"amd64", "\x31\xc0\xc3", gettop{}, Unknown, false},
		"no instruction":            {"amd64", "\x0f\xff\xff\xff", gettop{}, Unknown, false},
		"nothing":                   {"amd64", "", gettop{}, Unknown, false},
		"a processor without a way": {"s390x", "\x07\xfe", gettop{}, Unknown, false},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			got, ok := decodeGetTop(test.arch, []byte(test.code))
			if ok != test.ok || ok && (!slices.Equal(got.fields, test.want.fields) || got.shift != test.want.shift || got.mode() != test.mode) {
				t.Errorf("%+v, %t, %s; want %+v, %t, %s", got, ok, got.mode(), test.want, test.ok, test.mode)
			}
		})
	}
}

func TestGetTopIsEvidence(t *testing.T) {
	for code, want := range map[string]string{
		"\x48\x8b\x47\x28\x48\x2b\x47\x20\x48\xc1\xf8\x03\xc3": "top and base at 0x20, 0x28 of the state, slots of 8 bytes, as with GC64",
		"\x48\x8b\x47\x18\x48\x2b\x47\x10\x48\xc1\xf8\x03\xc3": "as without GC64: this disagrees with the dispatch, which decides",
	} {
		img := imageOf("amd64", gc64+code, constFull)
		img.GetTop = int64(len(gc64))
		info, err := Detect(img)
		if err != nil || info.GC64 != Yes || !strings.Contains(strings.Join(info.Evidence, "\n"), want) {
			t.Errorf("%+v, %v; want %s", info, err, want)
		}
	}
}

// The decoders of golang.org/x/arch see whatever a file has.
func FuzzDecodeGetTop(f *testing.F) {
	f.Add([]byte("\x48\x8b\x47\x28\x48\x2b\x47\x20\x48\xc1\xf8\x03\xc3"), uint8(0))
	f.Add([]byte("\x01\x14\x40\xf9\x00\x10\x40\xf9\x20\x00\x00\xcb\x00\xfc\x43\x93\xc0\x03\x5f\xd6"), uint8(1))
	f.Add([]byte("\x14\x30\x90\xe5\x10\x00\x90\xe5\x00\x00\x43\xe0\xc0\x01\xa0\xe1\x1e\xff\x2f\xe1"), uint8(2))
	f.Fuzz(func(t *testing.T, code []byte, arch uint8) {
		g, ok := decodeGetTop([]string{"amd64", "arm64", "arm", "386"}[arch%4], code)
		if ok && (len(g.fields) != 2 || g.shift < 1 || g.shift > 7) {
			t.Fatalf("%+v", g)
		}
	})
}
