package extension

import (
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// addon is an image with a node_module at 0x100 as a constructor registers it:
// what its words are, and which of them the loader writes addresses into.
func addon(word int, version, flags uint32, pointers map[int]uint64, texts map[uint64]string) Image {
	memory := make([]byte, 0x400)
	binary.LittleEndian.PutUint32(memory[0x100:], version)
	binary.LittleEndian.PutUint32(memory[0x104:], flags)
	for at, text := range texts {
		copy(memory[at:], text)
	}
	return Image{
		Imported: []string{nodeRegister}, Constants: constants(""), PointerSize: word,
		Pointers: func(do func(Pointer) error) error {
			for n, to := range pointers {
				if err := do(Pointer{Place: 0x108 + uint64(n*word), To: to, Own: to != 0}); err != nil {
					return err
				}
			}
			return nil
		},
		ReadAt: func(b []byte, addr uint64) (bool, error) {
			if addr > uint64(len(memory)) || len(memory)-int(addr) < len(b) {
				return false, nil
			}
			copy(b, memory[addr:])
			return true, nil
		},
	}
}

func TestNodeModule(t *testing.T) {
	texts := map[uint64]string{0x200: "../src/binding.cc\x00", 0x240: "binding\x00"}
	whole := map[int]uint64{1: 0x200, 2: 0x300, 4: 0x240}
	without := func(n int) map[int]uint64 {
		m := maps.Clone(whole)
		delete(m, n)
		return m
	}
	with := func(n int, to uint64) map[int]uint64 {
		m := maps.Clone(whole)
		m[n] = to
		return m
	}
	tests := map[string]struct {
		img  Image
		want string
	}{
		"64 bits":                     {addon(8, 108, 0, whole, texts), "108"},
		"32 bits":                     {addon(4, 72, 0, whole, texts), "72"},
		"by its context":              {addon(8, 108, 0, map[int]uint64{1: 0x200, 3: 0x300, 4: 0x240}, texts), "108"},
		"a function by its name":      {addon(8, 108, 0, with(2, 0), texts), "108"},
		"no function":                 {addon(8, 108, 0, without(2), texts), ""},
		"no name":                     {addon(8, 108, 0, without(4), texts), ""},
		"the name of another library": {addon(8, 108, 0, with(4, 0), texts), ""},
		"linked already":              {addon(8, 108, 0, with(6, 0x300), texts), ""},
		"with a handle":               {addon(8, 108, 0, with(0, 0x300), texts), ""},
		"of flags":                    {addon(8, 108, 4, whole, texts), ""},
		"of no version":               {addon(8, 0, 0, whole, texts), ""},
		"of a large one":              {addon(8, 1000, 0, whole, texts), ""},
		"a file that is no source":    {addon(8, 108, 0, with(1, 0x240), texts), ""},
		"a name that is no text":      {addon(8, 108, 0, with(4, 0x280), map[uint64]string{0x200: texts[0x200], 0x280: "\x01\x02"}), ""},
		"at the end of the file":      {addon(8, 108, 0, with(4, 0x3f8), map[uint64]string{0x200: texts[0x200], 0x3f8: "binding\x00"}), "108"},
		"past the end":                {addon(8, 108, 0, with(4, 0x1000), texts), ""},
	}
	for name, test := range tests {
		infos, err := Recognise(test.img)
		require.NoError(t, err, name)
		require.Len(t, infos, 1, name)
		assert.Equal(t, test.want, infos[0].Built, name)
	}
	img := addon(8, 108, 0, whole, texts)
	img.Pointers = func(func(Pointer) error) error { return io.ErrUnexpectedEOF }
	_, err := Recognise(img)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestIsHostName(t *testing.T) {
	for _, name := range []string{"napi_create_function", "_ZN2v87Isolate10GetCurrentEv", "rb_define_method", "Perl_croak", "enif_alloc", "lua_gettop", "PyList_New", "_Py_NoneStruct"} {
		assert.True(t, IsHostName(name), name)
	}
	for _, name := range []string{"malloc", "PySide_Init", "luac_main", "_ZN3foo3barEv", ""} {
		assert.False(t, IsHostName(name), name)
	}
}

func TestReturned(t *testing.T) {
	tests := map[string]struct {
		code string
		want uint32
		ok   bool
	}{
		"amd64":               {"\xb8\x08\x00\x00\x00\xc3\x66\x2e", 8, true},
		"with a landing pad":  {"\xf3\x0f\x1e\xfa\xb8\x0a\x00\x00\x00\xc3\x66", 10, true},
		"with a frame":        {"\x55\x48\x89\xe5\xb8\x08\x00\x00\x00\x5d\xc3", 8, true},
		"arm64":               {"\x40\x01\x80\x52\xc0\x03\x5f\xd6", 10, true},
		"arm64, guarded":      {"\x5f\x24\x03\xd5\x00\x01\x80\x52\xc0\x03\x5f\xd6", 8, true},
		"it goes on":          {"\xb8\x08\x00\x00\x00\x48\x83\xc4", 8, false},
		"another register":    {"\x41\x01\x80\x52\xc0\x03\x5f\xd6", 0, false},
		"arm64, it goes on":   {"\x40\x01\x80\x52\xc0\x03\x5f\xd7", 0, false},
		"arm":                 {"\x20\x80\xb4\x00\xaf\xbd\x46\x80", 0, false},
		"cut short":           {"\xb8\x08\x00\x00\x00", 0, false},
		"cut after the frame": {"\x55\x48\x89\xe5", 0, false},
		"nothing":             {"", 0, false},
	}
	for name, test := range tests {
		n, ok := returned([]byte(test.code))
		assert.Equal(t, test.ok, ok, name)
		if ok {
			assert.Equal(t, test.want, n, name)
		}
	}
}

func TestDeclaredNodeAPI(t *testing.T) {
	for code, want := range map[string]abi.Version{
		"\xb8\x0a\x00\x00\x00\xc3\x90": "10", "\xb8\xff\xff\xff\x7f\xc3\x90": "", "\xb8\x00\x00\x00\x00\xc3\x90": "", "\x90": "",
	} {
		infos, err := Recognise(Image{Defined: []string{"napi_register_module_v1", nodeDeclares + "1"}, Constants: constants(""),
			Code: func(name string, b []byte) (int, error) {
				assert.Equal(t, nodeDeclares+"1", name)
				return copy(b, code), nil
			}})
		require.NoError(t, err)
		require.Len(t, infos, 1)
		assert.Equal(t, want, infos[0].Declared, "%q", code)
	}
}

// FuzzNodeModule holds that a version is read where a pointer says so, and
// nowhere else.
func FuzzNodeModule(f *testing.F) {
	f.Add([]byte("\x6c\x00\x00\x00\x00\x00\x00\x00........................................................a.cc\x00b\x00"), byte(8))
	f.Fuzz(func(t *testing.T, memory []byte, word byte) {
		img := Image{
			Imported: []string{nodeRegister}, Constants: constants(""), PointerSize: 4 + int(word&1)*4,
			Pointers: func(do func(Pointer) error) error {
				for i, b := range memory { // whatever is no text is a pointer
					if b >= 0x80 {
						if err := do(Pointer{Place: uint64(i), To: uint64(b & 0x7f), Own: true}); err != nil {
							return err
						}
					}
				}
				return nil
			},
			ReadAt: func(b []byte, addr uint64) (bool, error) {
				if addr > uint64(len(memory)) || uint64(len(memory))-addr < uint64(len(b)) {
					return false, nil
				}
				copy(b, memory[addr:])
				return true, nil
			},
		}
		version, err := img.nodeModuleVersion()
		if err != nil {
			t.Fatal(err)
		}
		if version == "" {
			return
		}
		n, err := strconv.Atoi(version)
		if err != nil || n < 11 || n > 999 || !bytes.Contains(memory, binary.LittleEndian.AppendUint32(nil, uint32(n))) {
			t.Fatalf("%q is no version that the memory has", version)
		}
	})
}
