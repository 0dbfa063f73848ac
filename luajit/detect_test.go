package luajit

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// An image of a file that begins with code, followed by constants.
func imageOf(arch, code, constants string) Image {
	data := strings.NewReader(code + constants)
	return Image{
		Platform: abi.Platform{OS: "linux", Arch: arch},
		Regions: []Region{
			{data, 0, int64(len(code)), true},
			{data, int64(len(code)), int64(len(constants)), false},
		},
	}
}

// interpreter has the dispatch of a mode n times, among other code.
func interpreter(arch string, gc64 Answer, n int) string {
	for _, d := range dispatches {
		if d.arch == arch && d.gc64 == gc64 {
			return strings.Repeat("some handler\x90\x90\x8b\x03"+d.bytes, n)
		}
	}
	panic("no dispatch of " + arch)
}

// Constants of LuaJIT, by what they speak of.
var (
	constHead   = "\x00" + errorMessages.bytes
	constJIT    = jitOn.bytes + "\x00"
	constNoJIT  = jitOff.bytes + "\x00"
	constFFI    = ffiOn.bytes
	constV21    = "\x00LuaJIT 2.1.1727870382\x00"
	constFull   = constHead + constJIT + constFFI + constV21
	puc51       = "not enough memory\x00error in error handling\x00PANIC: unprotected error\x00$Lua: Lua 5.1.5 Copyright (C) 1994-2012\x00"
	manual      = "Runs on LuaJIT 2.0.1, too. See the manual of LuaJIT for string length overflow."
	gc64, plain = interpreter("amd64", Yes, 80), interpreter("amd64", No, 80)
)

func TestDetect(t *testing.T) {
	tests := map[string]struct {
		img  Image
		want Info
	}{
		"nothing of it":        {imageOf("amd64", "code", "constants"), Info{Role: None}},
		"no regions":           {Image{}, Info{Role: None}},
		"PUC's Lua":            {imageOf("amd64", "code", puc51), Info{Role: None}},
		"amd64 with GC64":      {imageOf("amd64", gc64, constFull), Info{Role: Embedded, Version: "2.1.1727870382", GC64: Yes, JIT: Yes, FFI: Yes}},
		"amd64 without GC64":   {imageOf("amd64", plain, constFull), Info{Role: Embedded, Version: "2.1.1727870382", GC64: No, JIT: Yes, FFI: Yes}},
		"386 is never GC64":    {imageOf("386", interpreter("386", No, 80), constFull), Info{Role: Embedded, Version: "2.1.1727870382", GC64: No, JIT: Yes, FFI: Yes}},
		"arm64 is always GC64": {imageOf("arm64", interpreter("arm64", Yes, 80), constFull), Info{Role: Embedded, Version: "2.1.1727870382", GC64: Yes, JIT: Yes, FFI: Yes, DualNum: Yes}},
		"arm is never GC64":    {imageOf("arm", interpreter("arm", No, 80), constFull), Info{Role: Embedded, Version: "2.1.1727870382", GC64: No, JIT: Yes, FFI: Yes, DualNum: Yes}},
		"code alone, as in a member of an archive":        {imageOf("amd64", plain, ""), Info{Role: Embedded, GC64: No}},
		"messages alone leave the mode unknown":           {imageOf("amd64", "code", constFull), Info{Role: Embedded, Version: "2.1.1727870382", JIT: Yes, FFI: Yes}},
		"messages of a processor without a signature":     {imageOf("riscv64", "code", constHead+jitNone.bytes), Info{Role: Embedded, JIT: No, FFI: No}},
		"strings in the executable segment":               {imageOf("amd64", plain+constFull, ""), Info{Role: Embedded, Version: "2.1.1727870382", GC64: No, JIT: Yes, FFI: Yes}},
		"dispatch among constants is no code":             {imageOf("amd64", "code", plain), Info{Role: None}},
		"dispatch of another processor":                   {imageOf("arm64", plain, ""), Info{Role: None}},
		"too few dispatches":                              {imageOf("amd64", interpreter("amd64", No, fewestDispatches-1), ""), Info{Role: None}},
		"just enough dispatches":                          {imageOf("amd64", interpreter("amd64", No, fewestDispatches), ""), Info{Role: Embedded, GC64: No}},
		"an interpreter of each mode":                     {imageOf("amd64", gc64+plain, ""), Info{Role: Embedded}},
		"the dispatch decides against the messages":       {imageOf("amd64", gc64, constHead+mustUse.bytes), Info{Role: Embedded, GC64: Yes, FFI: No}},
		"built without JIT and FFI":                       {imageOf("amd64", gc64, constHead+constNoJIT), Info{Role: Embedded, GC64: Yes, JIT: No, FFI: No}},
		"messages of both builds":                         {imageOf("amd64", gc64, constHead+constNoJIT+constJIT), Info{Role: Embedded, GC64: Yes, FFI: No}},
		"integers have a type":                            {imageOf("amd64", gc64+strings.Repeat("\x41\x83\xfb\xf2\x75", 20)+gc64, ""), Info{Role: Embedded, GC64: Yes, DualNum: Yes}},
		"all numbers are floating point":                  {imageOf("amd64", plain+strings.Repeat("\x04\xff\xff\xfe\xff\x0f\x83", 20)+plain, ""), Info{Role: Embedded, GC64: No, DualNum: No}},
		"comparisons outside of the interpreter":          {imageOf("amd64", strings.Repeat("\x41\x83\xfb\xf2\x75", 20)+gc64, ""), Info{Role: Embedded, GC64: Yes}},
		"a text about LuaJIT":                             {imageOf("amd64", "code", manual), Info{Role: Mentions}},
		"a version and nothing else":                      {imageOf("amd64", "code", constV21), Info{Role: Mentions, Version: "2.1.1727870382"}},
		"a banner":                                        {imageOf("amd64", "code", "LuaJIT 2.1.0-beta3 -- Copyright (C) 2005-2017 Mike Pall."), Info{Role: Mentions, Version: "2.1.0-beta3"}},
		"a version that no build has":                     {imageOf("amd64", "code", "LuaJIT 2.\x1b[31m\x00LuaJIT 1.1.8\x00LuaJIT 2.1"), Info{Role: Mentions}},
		"the last dispatch is cut short":                  {imageOf("amd64", gc64[:len(gc64)-1], ""), Info{Role: Embedded, GC64: Yes}},
		"the version, whatever a text before it says":     {imageOf("amd64", gc64, manual+constV21), Info{Role: Embedded, Version: "2.1.1727870382", GC64: Yes}},
		"a version that the end of the region cuts":       {imageOf("amd64", gc64, constV21[:12]), Info{Role: Embedded, GC64: Yes}},
		"a processor not known: the code is not searched": {imageOf("", gc64, ""), Info{Role: None}},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			got, err := Detect(test.img)
			if err != nil {
				t.Fatal(err)
			}
			checkInfo(t, *got, test.want)
		})
	}
}

func TestDetectNames(t *testing.T) {
	linux := func(arch string) Image { return imageOf(arch, "code", "constants") }
	with := func(img Image, change func(*Image)) Image { change(&img); return img }
	darwin := with(imageOf("amd64", gc64, constHead), func(img *Image) { img.Platform.OS = "darwin" })
	tests := map[string]struct {
		img  Image
		want Info
	}{
		"needs the library": {with(linux("amd64"), func(i *Image) { i.Libraries = []string{"libm.so.6", "libluajit-5.1.so.2"} }),
			Info{Role: Linked}},
		"needs the library on arm64": {with(linux("arm64"), func(i *Image) { i.Libraries = []string{"@rpath/libluajit-5.1.2.dylib"} }),
			Info{Role: Linked, GC64: Yes, DualNum: Yes}},
		"needs TeX's library on 386": {with(linux("386"), func(i *Image) { i.Libraries = []string{"libtexluajit.so.2"} }),
			Info{Role: Linked, GC64: No}},
		"imports what LuaJIT alone has": {with(linux("amd64"), func(i *Image) { i.Imported = []string{"lua_gettop", "luaJIT_setmode"} }),
			Info{Role: Linked}},
		"an import says it is 2.0": {with(linux("amd64"), func(i *Image) { i.Imported = []string{"luaJIT_version_2_0_5"} }),
			Info{Role: Linked, GC64: No}},
		"a version of its headers": {with(imageOf("amd64", "", constV21), func(i *Image) { i.Libraries = []string{"libluajit-5.1.so.2"} }),
			Info{Role: Linked, Version: "2.1.1727870382"}},
		"a module of any Lua": {with(linux("amd64"), func(i *Image) { i.Imported = []string{"lua_gettop"}; i.Defined = []string{"luaopen_x"} }),
			Info{Role: None}},
		"a PUC library that is named so by its symbols alone": {with(linux("amd64"), func(i *Image) { i.Defined = []string{"lua_gettop", "luaL_newstate"} }),
			Info{Role: None}},
		"symbols alone": {with(linux("amd64"), func(i *Image) { i.Defined = []string{"luaJIT_setmode"} }),
			Info{Role: Embedded}},
		"symbols passed on from the library": {with(linux("amd64"), func(i *Image) {
			i.Defined, i.Libraries = []string{"luaJIT_setmode"}, []string{"libluajit-5.1.so.2"}
		}), Info{Role: Linked}},
		"darwin without hardening": {darwin, Info{Role: Embedded, GC64: Yes, FFI: No, Hardened: No}},
		"darwin with hardening": {with(darwin, func(i *Image) { i.Imported = []string{"pthread_jit_write_protect_np"} }),
			Info{Role: Embedded, GC64: Yes, FFI: No, Hardened: Yes}},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			got, err := Detect(test.img)
			if err != nil {
				t.Fatal(err)
			}
			checkInfo(t, *got, test.want)
		})
	}
}

// checkInfo compares all but the evidence, which there must be for every role
// but None.
func checkInfo(t *testing.T, got, want Info) {
	t.Helper()
	if got.Role != None && len(got.Evidence) == 0 {
		t.Error("no evidence")
	}
	evidence := strings.Join(got.Evidence, "\n  ")
	want.Evidence, got.Evidence = nil, nil
	if !slices.Equal([]any{got.Role, got.Version, got.GC64, got.JIT, got.FFI, got.DualNum, got.Hardened},
		[]any{want.Role, want.Version, want.GC64, want.JIT, want.FFI, want.DualNum, want.Hardened}) {
		t.Errorf("got  %+v\nwant %+v\n  %s", got, want, evidence)
	}
}

func TestEvidence(t *testing.T) {
	img := imageOf("amd64", gc64, constFull)
	info, err := Detect(img)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"dispatch of amd64 with GC64: 80 times, first at offset 0x10",
		"head of the error messages: once at offset",
		`version 2.1.1727870382 at offset`,
	} {
		if !slices.ContainsFunc(info.Evidence, func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("no line begins %q in %q", want, info.Evidence)
		}
	}
}

// A brokenReader returns err after n bytes.
type brokenReader struct {
	r   io.ReaderAt
	n   int64
	err error
}

func (b brokenReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) <= b.n {
		return b.r.ReadAt(p, off)
	}
	n, _ := b.r.ReadAt(p[:max(0, min(int64(len(p)), b.n-off))], off)
	return n, b.err
}

func TestDetectUnreadable(t *testing.T) {
	disk := errors.New("disk on fire")
	data := strings.NewReader(gc64 + strings.Repeat("x", 3*bufferSize))
	size := data.Size()
	tests := map[string]struct {
		region Region
		want   error
	}{
		"an error at once":          {Region{brokenReader{data, 0, disk}, 0, size, true}, disk},
		"an error behind the VM":    {Region{brokenReader{data, size - 1, disk}, 0, size, true}, disk},
		"a file cut short":          {Region{data, 0, size + 1, true}, io.ErrUnexpectedEOF},
		"a reader that says less":   {Region{brokenReader{data, 10, nil}, 0, size, true}, io.ErrUnexpectedEOF},
		"a region behind the end":   {Region{data, size, 1, false}, io.ErrUnexpectedEOF},
		"an offset before the file": {Region{data, -1, 1, false}, nil},
		"a size below zero":         {Region{data, 0, -1, false}, nil},
		"an end beyond numbers":     {Region{data, 1, 1<<63 - 1, false}, nil},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			info, err := Detect(Image{Platform: abi.Platform{Arch: "amd64"}, Regions: []Region{test.region}})
			if err == nil || info != nil {
				t.Fatalf("got %+v and error %v, want an error alone", info, err)
			}
			if test.want != nil && !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
		})
	}
}

// Regions over the same bytes count once, and cost one reading.
func TestDetectOverlap(t *testing.T) {
	img := imageOf("amd64", interpreter("amd64", No, fewestDispatches-1), "")
	all := img.Regions[0]
	for range 1000 {
		img.Regions = append(img.Regions, all, Region{all.Data, all.Offset, all.Size, false})
	}
	reads := 0
	for i := range img.Regions {
		img.Regions[i].Data = countingReader{all.Data, &reads}
	}
	info, err := Detect(img)
	if err != nil || info.Role != None {
		t.Errorf("got %+v, %v; want none", info, err)
	}
	if reads != 1 {
		t.Errorf("%d reads, want 1", reads)
	}
}

type countingReader struct {
	io.ReaderAt
	n *int
}

func (c countingReader) ReadAt(p []byte, off int64) (int, error) {
	*c.n++
	return c.ReaderAt.ReadAt(p, off)
}

// A program that links this package has the signatures in it, and no LuaJIT.
func TestDetectSelf(t *testing.T) {
	name, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	img, ok := openImage(t, name)
	if !ok {
		t.Skipf("%s is neither ELF nor Mach-O", name)
	}
	info, err := Detect(img)
	if err != nil || info.Role == Embedded || info.Role == Linked {
		t.Errorf("%+v, %v; want no more than mentions", info, err)
	}
}

func TestForks(t *testing.T) {
	vm := interpreter("amd64", Yes, 80)
	tests := map[string]struct{ constants, fork, version string }{
		"LuaJIT itself":         {constHead + "\x00LuaJIT 2.1.1727870382\x00", "", "2.1.1727870382"},
		"OpenResty":             {constHead + "PRNG state must be an array with up to 8 integers or an integer\x00LuaJIT 2.1.1710398010\x00", "OpenResty", "2.1.1710398010"},
		"Tarantool":             {constHead + "Lua VM re-entrancy is detected while executing the trace\x00LuaJIT 2.1.0-beta3\x00", "Tarantool", "2.1.0-beta3"},
		"moonjit":               {constHead + "\x00moonjit 2.2.0\x00", "moonjit", "2.2.0"},
		"RaptorJIT":             {constHead + "\x00RaptorJIT 1.0.0 -- http://example.org\n\x00RaptorJIT 1.0.0\x00", "RaptorJIT", "1.0.0"},
		"one that speaks of it": {constHead + "\x00faster than moonjit 2.2.0\x00", "", ""},
	}
	for reason, test := range tests {
		info, err := Detect(imageOf("amd64", vm, test.constants))
		if err != nil || info.Role != Embedded || info.Fork != test.fork || info.Version != test.version {
			t.Errorf("%s: %+v, %v", reason, info, err)
		}
	}
}

// What the processor alone decides is told of a LuaJIT that is known by its
// messages.
func TestProcessorDecides(t *testing.T) {
	for arch, want := range map[string][2]Answer{
		"mips": {No, Unknown}, "mipsle": {No, Unknown}, "mips64": {Yes, Yes}, "mips64le": {Yes, Yes},
		"s390x": {Yes, Yes}, "ppc": {No, Unknown}, "riscv64": {Unknown, Unknown},
	} {
		info, err := Detect(imageOf(arch, "", constFull))
		if err != nil || info.Role != Embedded || [2]Answer{info.GC64, info.DualNum} != want {
			t.Errorf("%s: %+v, %v; want %v", arch, info, err, want)
		}
	}
}
