package isa

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// Instructions as binutils assembles them, and what they need.
var amd64Cases = map[string]struct{ code, want string }{
	"ret":                              {"c3", ""},
	"mov 8 bytes":                      {"48b80102030405060708", ""},
	"mov from an address of 8 bytes":   {"a10102030405060708", ""},
	"call __tls_get_addr, as padded":   {"66666648e800000000", ""},
	"test with an immediate":           {"f7c101000000", ""},
	"not, without":                     {"f7d1", ""},
	"add of 2 bytes":                   {"66050100", ""},
	"lea with base and displacement":   {"488d840080000000", ""},
	"endbr64":                          {"f30f1efa", ""},
	"ud2":                              {"0f0b", ""},
	"cmpxchg8b":                        {"0fc70f", ""},
	"cmpxchg16b":                       {"f0480fc70f", "CMPXCHG16B"},
	"popcnt":                           {"f3480fb8c7", "POPCNT"},
	"bsr":                              {"480fbdc7", ""},
	"lzcnt":                            {"f3480fbdc7", "LZCNT"},
	"tzcnt, which is bsf to the old":   {"f30fbcc7", ""},
	"fisttp":                           {"dd4c2408", "SSE3"},
	"fld":                              {"dd442408", ""},
	"movddup":                          {"f20f12c1", "SSE3"},
	"movlps":                           {"0f1207", ""},
	"pshufb":                           {"660f3800c1", "SSSE3"},
	"pextrq":                           {"66480f3a16c001", "SSE4.1"},
	"pcmpgtq":                          {"660f3837c1", "SSE4.2"},
	"crc32":                            {"f2480f38f1c7", "SSE4.2"},
	"movbe":                            {"0f38f007", "MOVBE"},
	"aesenc, which is of no level":     {"660f38dcc1", ""},
	"vzeroupper":                       {"c5f877", "AVX"},
	"vaddsd":                           {"c5fb58c1", "AVX"},
	"vpbroadcastb":                     {"c4e27978c0", "AVX2"},
	"vfmadd231pd":                      {"c4e2f5b8c2", "FMA"},
	"andn":                             {"c4e240f2c6", "BMI1"},
	"rorx":                             {"c4e37bf0c705", "BMI2"},
	"vcvtph2ps":                        {"c4e27913c0", "F16C"},
	"kmovw":                            {"c5f892c7", "AVX-512"},
	"vpternlogd":                       {"62f37d4825c0ff", "AVX-512"},
	"vmovups, displacement compressed": {"62f17c48104001", "AVX-512"},
	"FMA4, named by what it implies":   {"c4e3f96bc210", ""},
	"two, and a prefix that is moot":   {"65488b042528000000f20f12c1c5f877", "SSE3 AVX"},
}

func TestAMD64(t *testing.T) {
	for name, test := range amd64Cases {
		t.Run(name, func(t *testing.T) {
			code, err := hex.DecodeString(test.code)
			if err != nil {
				t.Fatal(err)
			}
			c, ok := Decode("amd64", code, nil)
			if have := names(c); !ok || have != test.want {
				t.Errorf("have %q, %v; want %q", have, ok, test.want)
			}
			if _, ok := Decode("amd64", code[:len(code)-1], nil); ok && len(code) > 1 && len(c.Uses) < 2 {
				t.Error("cut short, it is taken for a whole")
			}
		})
	}
}

func names(c Code) string {
	var all []string
	for _, u := range c.Uses {
		all = append(all, u.Name)
	}
	return strings.Join(all, " ")
}

func TestAMD64RefusesWhatIsNoCode(t *testing.T) {
	for name, code := range map[string]string{
		"nothing but prefixes": "66666666", "push of a segment": "06", "AAA": "37", "long jump": "ea00000000",
		"XOP": "8fe878c3c038", "VEX behind a prefix": "66c5f877", "VEX, table 0": "c4e07910c0", "EVEX, table 4": "62f47d4810c0",
		"longer than any": "66666666666666666666666666660f58c0", "a debug register": "0f23c0",
	} {
		b, _ := hex.DecodeString(code)
		if c, ok := Decode("amd64", b, nil); ok {
			t.Errorf("%s: decoded as %v", name, c)
		}
	}
}

func TestWhatAsks(t *testing.T) {
	for name, test := range map[string]struct {
		arch, code string
		asks       bool
	}{
		"cpuid": {"amd64", "0fa2", true}, "xgetbv": {"amd64", "0f01d0", true}, "sgdt": {"amd64", "0f0107", false},
		"mrs of an identification register": {"arm64", "000638d5", true}, "mrs of the thread pointer": {"arm64", "40d03bd5", false},
	} {
		b, _ := hex.DecodeString(test.code)
		c, ok := Decode(test.arch, b, nil)
		if !ok || c.Asks != test.asks {
			t.Errorf("%s: asks %v, decoded %v", name, c.Asks, ok)
		}
	}
}

func TestARM64(t *testing.T) {
	for name, test := range map[string]struct {
		code, want string
		fallback   bool
	}{
		"ret":                     {"c0035fd6", "", false},
		"hint to sign":            {"3f2303d5", "", false},
		"retaa":                   {"ff0b5fd6", "PAuth", false},
		"ldadd":                   {"010060b8", "LSE", false},
		"cas":                     {"417ca088", "LSE", false},
		"casp":                    {"447c6048", "LSE", false},
		"swp, as outlined":        {"2080e0b8c0035fd620fc5f88", "LSE", true},
		"ldapr":                   {"20c0bfb8", "LRCPC", false},
		"sqrdmlah":                {"2084826e", "RDM", false},
		"sdot":                    {"2094824e", "DotProd", false},
		"ptrue":                   {"e0e31825", "SVE", false},
		"how long a vector is":    {"e0e3e004" + "2050bf04", "", false},
		"crc32w":                  {"0048c11a", "CRC32", false},
		"a load pair, like casp":  {"2008c0a8", "", false},
		"load exclusive, a pair":  {"20087fc8", "", true},
		"float add, no extension": {"2028611e", "", false},
	} {
		b, _ := hex.DecodeString(test.code)
		c, ok := Decode("arm64", b, nil)
		if have := names(c); !ok || have != test.want || c.Fallback != test.fallback {
			t.Errorf("%s: have %q, fallback %v, decoded %v", name, have, c.Fallback, ok)
		}
	}
	if _, ok := Decode("arm64", make([]byte, 8), nil); ok {
		t.Error("zeros are taken for code")
	}
	if _, ok := Decode("arm64", []byte{0xc0, 0x03, 0x5f}, nil); ok {
		t.Error("three bytes are taken for an instruction")
	}
}

func TestCalls(t *testing.T) {
	for arch, code := range map[string]string{"amd64": "e8fb0f0000" + "7401" + "0f84f40f0000", "arm64": "00040094" + "1f2003d5" + "fe030014"} {
		b, _ := hex.DecodeString(code)
		var targets []int
		Decode(arch, b, func(target int) { targets = append(targets, target) })
		if want := map[string][]int{"amd64": {0x1000, 8, 0x1001}, "arm64": {0x1000, 0x1000}}[arch]; !slices.Equal(targets, want) {
			t.Errorf("%s: targets %#x, want %#x", arch, targets, want)
		}
	}
}

// FuzzDecode: what is decoded lies in the code, in order, without a gap; and
// where the decoder of golang.org/x/arch knows a plain instruction, both agree on how long
// it is.
func FuzzDecode(f *testing.F) {
	for _, test := range amd64Cases {
		b, _ := hex.DecodeString(test.code)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		for _, arch := range []string{"amd64", "arm64"} {
			c, _ := Decode(arch, code, nil)
			for _, u := range c.Uses {
				if u.At < 0 || u.Len <= 0 || u.At+u.Len > len(code) || u.Level == "" {
					t.Fatalf("%s: %v in %d bytes", arch, u, len(code))
				}
			}
		}
		i, ok := next(code)
		if !ok {
			return
		}
		if i.size <= 0 || i.size > maxSize || i.size > len(code) {
			t.Fatalf("an instruction of %d bytes in %d", i.size, len(code))
		}
		if i.form != legacy || i.table > 1 || code[0]&0xf0 != 0x40 {
			return // it knows fewer of the others, and takes some prefixes for instructions
		}
		other, err := x86asm.Decode(code, 64)
		if err == nil && other.Op != 0 && other.Len != i.size {
			t.Fatalf("% x: %d bytes, x86asm says %d (%v)", code[:i.size], i.size, other.Len, other)
		}
	})
}
