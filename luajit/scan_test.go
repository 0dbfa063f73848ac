package luajit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// Each place of a signature relative to the ends of a buffer.
func TestScanStraddles(t *testing.T) {
	needle := signature{"needle", "needle", 2}
	long := signature{"long", "a longer signature", 5}
	const size = 40
	for at := range 3 * size {
		data := strings.Repeat(".", at) + needle.bytes + strings.Repeat(".", 2*size)
		found := make([]hits, 2)
		in := []span{{strings.NewReader(data), 0, int64(len(data))}}
		if err := scan(make([]byte, size), in, []signature{needle, long}, found); err != nil {
			t.Fatal(err)
		}
		if h := found[0]; h.n != 1 || h.at[0] != int64(at) || h.last != int64(at) || found[1].n != 0 {
			t.Errorf("at %d: found %+v", at, found)
		}
	}
}

func TestDetectStraddles(t *testing.T) {
	for _, before := range []int{bufferSize - 10, bufferSize - 1, bufferSize, 2*bufferSize - 20} {
		one := fmt.Sprintf("%s%s", strings.Repeat("\x90", before), dispatches[0].bytes)
		info, err := Detect(imageOf("amd64", strings.Repeat(one, fewestDispatches), constFull))
		if err != nil || info.GC64 != Yes {
			t.Errorf("%d bytes before each: %+v, %v", before, info, err)
		}
	}
}

func TestHitsAreBounded(t *testing.T) {
	info, err := Detect(imageOf("amd64", "", strings.Repeat("LuaJIT 2.0.0-beta3\x00", 100000)))
	if err != nil || info.Role != Mentions || info.Version != "2.0.0-beta3" || len(info.Evidence) > 2 {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	img := imageOf("amd64", "", "")
	img.Imported = slices.Repeat([]string{"luaJIT_setmode"}, 1000)
	info, err := Detect(img)
	if err != nil || info.Role != Linked || len(info.Evidence) != mostEvidence {
		t.Errorf("%d lines, %v; want %d", len(info.Evidence), err, mostEvidence)
	}
}

func TestSpans(t *testing.T) {
	data := bytes.NewReader(make([]byte, 100))
	region := func(start, end int64, executable bool) Region {
		return Region{data, start, end - start, executable}
	}
	tests := map[string]struct {
		regions []Region
		want    string
	}{
		"apart":                     {[]Region{region(50, 60, true), region(0, 10, false)}, "code 50-60 rest 0-10"},
		"touching":                  {[]Region{region(10, 20, true), region(0, 10, true)}, "code 0-20 rest"},
		"one inside of the other":   {[]Region{region(0, 90, true), region(10, 20, true)}, "code 0-90 rest"},
		"code within data":          {[]Region{region(0, 90, false), region(10, 20, true)}, "code 10-20 rest 0-10 20-90"},
		"data within code":          {[]Region{region(10, 20, false), region(0, 90, true)}, "code 0-90 rest"},
		"data on both sides":        {[]Region{region(0, 30, false), region(20, 40, true), region(35, 50, false)}, "code 20-40 rest 0-20 40-50"},
		"two codes in one data":     {[]Region{region(0, 50, false), region(10, 20, true), region(30, 40, true)}, "code 10-20 30-40 rest 0-10 20-30 40-50"},
		"two data over one code":    {[]Region{region(0, 25, false), region(35, 50, false), region(20, 40, true)}, "code 20-40 rest 0-20 40-50"},
		"empty regions have no say": {[]Region{region(5, 5, true), region(0, 10, false)}, "code rest 0-10"},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			code, rest, err := spans(test.regions)
			if err != nil {
				t.Fatal(err)
			}
			got := "code"
			for _, s := range code {
				got += fmt.Sprintf(" %d-%d", s.start, s.end)
			}
			got += " rest"
			for _, s := range rest {
				got += fmt.Sprintf(" %d-%d", s.start, s.end)
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// However a file is cut into buffers, a signature is found where it is.
func FuzzScan(f *testing.F) {
	f.Add([]byte("abababaLuaJIT LuaJIT"), []byte("LuaJIT"), uint8(0), uint8(1))
	f.Add([]byte("aaaaaaaaaa"), []byte("aaa"), uint8(2), uint8(0))
	f.Fuzz(func(t *testing.T, data, pattern []byte, rare, more uint8) {
		if len(pattern) == 0 {
			return
		}
		sig := signature{"", string(pattern), int(rare) % len(pattern)}
		buf := make([]byte, 2*len(pattern)+int(more))
		var found [1]hits
		in := []span{{bytes.NewReader(data), 0, int64(len(data))}}
		if err := scan(buf, in, []signature{sig}, found[:]); err != nil {
			t.Fatal(err)
		}
		first := int64(bytes.Index(data, pattern))
		if (found[0].n > 0) != (first >= 0) || first >= 0 && found[0].at[0] != first {
			t.Fatalf("found %+v, want the first at %d", found[0], first)
		}
		for _, at := range found[0].at {
			if !bytes.HasPrefix(data[at:], pattern) {
				t.Fatalf("found at %d, where it is not", at)
			}
		}
	})
}

// Detect gives an answer or an error, a decided answer has a LuaJIT behind it,
// and what lies behind an image's regions does not change it.
func FuzzDetect(f *testing.F) {
	f.Add([]byte(gc64+constFull), []byte("x"), uint16(100), uint8(0))
	f.Add([]byte(plain), []byte(constFull), uint16(30), uint8(1))
	f.Add([]byte(interpreter("arm64", Yes, 30)), []byte(manual), uint16(0), uint8(2))
	f.Fuzz(func(t *testing.T, data, behind []byte, cut uint16, arch uint8) {
		img := Image{Platform: abi.Platform{OS: "linux", Arch: []string{"amd64", "386", "arm64", "arm", ""}[arch%5]}}
		at := min(int64(cut), int64(len(data)))
		ask := func(file []byte) *Info {
			r := bytes.NewReader(file)
			img.Regions = []Region{{r, at, int64(len(data)) - at, true}, {r, 0, at, false}}
			info, err := Detect(img)
			if err != nil || info == nil {
				t.Fatalf("%+v, %v; want an answer", info, err)
			}
			return info
		}
		info := ask(data)
		decided := info.GC64 != Unknown || info.JIT != Unknown || info.FFI != Unknown || info.DualNum != Unknown
		if decided && info.Role != Embedded || info.Version != "" && info.Role == None {
			t.Fatalf("answers without a LuaJIT: %+v", info)
		}
		if again := ask(append(data[:len(data):len(data)], behind...)); fmt.Sprint(again) != fmt.Sprint(info) {
			t.Fatalf("%+v became %+v with %d bytes behind the regions", info, again, len(behind))
		}
	})
}

func BenchmarkDetect(b *testing.B) {
	// Bytes as evenly spread as those of compressed files.
	random := make([]byte, 64<<20)
	x := uint64(1)
	for i := range random {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		random[i] = byte(x)
	}
	img := imageOf("amd64", string(random[:32<<20]), string(random[32<<20:]))
	b.SetBytes(int64(len(random)))
	for b.Loop() {
		if _, err := Detect(img); err != nil {
			b.Fatal(err)
		}
	}
}
