package luajit

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// An interpreter is met wherever it begins, also where only the shortest that
// was measured is there.
func TestSampledMeetsEveryPlace(t *testing.T) {
	for _, v := range dispatches {
		shortest := 8909
		if v.arch == "arm64" {
			shortest = 14096
		}
		one := v.bytes + strings.Repeat("\x90", 3700-len(v.bytes))
		interpreter := strings.Repeat(one, 1+shortest/len(one))[:shortest] + v.bytes
		for before := 0; before < sampleStrideARM64; before += 64 {
			code := strings.Repeat("\x90", 1<<17+before) + interpreter + strings.Repeat("\x90", 1<<20)
			if ok, err := Sampled(imageOf(v.arch, code, "")); !ok || err != nil {
				t.Fatalf("%s at %d: %t, %v", v.name, before, ok, err)
			}
		}
	}
}

func TestSampled(t *testing.T) {
	code := strings.Repeat("\x90", 64<<10)
	part := imageOf("amd64", code, "")
	part.Part = true
	linked := imageOf("amd64", code, "")
	linked.Libraries = []string{"libluajit-5.1.so.2"}
	exports := imageOf("amd64", code, "")
	exports.Defined = []string{"lua_gettop"}
	tests := map[string]struct {
		img  Image
		want bool
	}{
		"no interpreter":                {imageOf("amd64", code, constFull), false},
		"only in what is not executed":  {imageOf("amd64", code, strings.Repeat(dispatches[0].bytes, 4096)), false},
		"of another processor":          {imageOf("amd64", strings.Repeat(dispatches[3].bytes, 4096), ""), false},
		"a processor without signature": {imageOf("mips", code, ""), true},
		"needs the library":             {linked, true},
		"defines Lua's API":             {exports, true},
		"a member of an archive":        {part, true},
	}
	for reason, test := range tests {
		if got, err := Sampled(test.img); got != test.want || err != nil {
			t.Errorf("%s: %t, %v; want %t", reason, got, err, test.want)
		}
	}
}

func TestSampledOfShortFile(t *testing.T) {
	img := imageOf("amd64", "", "")
	img.Regions = []Region{{Data: bytes.NewReader(make([]byte, 100)), Size: 101, Executable: true}}
	if _, err := Sampled(img); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}
