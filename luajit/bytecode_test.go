package luajit

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// chunk is a dump, by LuaJIT 2.1 with GC64, of: return "hello", {1.5, nil, x = true}
// and a child: function() return 1 end. It is written by hand after the grammar.
var chunk = dumpOf("\x02", FlagFR2, "@hello.lua", child, main)

// child returns 1; main refers to it, and has a string, a table and two numbers.
var (
	child = proto("\x00\x00\x02\x00", "\x00\x00\x01", "\x48\x00\x01\x00", "", "")
	main  = proto("\x02\x00\x03\x01", "\x03\x02\x02", "\x33\x00\x00\x00\x4b\x00\x01\x00", "\x00\x80",
		"\x00"+"\x0ahello"+"\x01\x02\x01\x04\x00\x80\x80\xfe\x03\x00\x06x\x02"+"\x0a"+"\x01\xff\xff\xff\xff\x0f")
)

// proto is a prototype, of the header up to the counts, the counts,
// instructions, upvalues and constants.
func proto(head, counts, code, upvalues, constants string) string {
	return head + counts + "\x00" + code + upvalues + constants // no debug information
}

func dumpOf(version string, flags byte, name string, protos ...string) string {
	s := BytecodeMagic + version + string(rune(flags)) + string(rune(len(name))) + name
	for _, p := range protos {
		s += string(rune(len(p))) + p
	}
	return s + "\x00"
}

func TestReadBytecode(t *testing.T) {
	tests := map[string]struct {
		data string
		ok   bool
	}{
		"whole":                            {chunk, true},
		"of 2.0":                           {dumpOf("\x01", 0, "=x", child), true},
		"other bytes behind it":            {chunk + "\x00\xff\xff", true},
		"three bytes":                      {BytecodeMagic, false},
		"the writer's own constants":       {"\x1bLJ\x00\x02\x00bad argument", false},
		"the end is missing":               {chunk[:len(chunk)-1], false},
		"a version to come":                {dumpOf("\x03", 0, "=x", child), false},
		"a flag to come":                   {dumpOf("\x02", 0x20, "=x", child), false},
		"frames of two slots in 2.0":       {dumpOf("\x01", FlagFR2, "=x", child), false},
		"a name that cannot be read":       {dumpOf("\x02", 0, "=\x01", child), false},
		"no function":                      {dumpOf("\x02", 0, "=x"), false},
		"two functions and none's child":   {dumpOf("\x02", 0, "=x", child, child), false},
		"a child that is not there":        {dumpOf("\x02", 0, "=x", main), false},
		"a function longer than it says":   {dumpOf("\x02", 0, "=x", child+"\x00"), false},
		"a function shorter than it needs": {strings.Replace(chunk, "hello", "hell", 2), false},
		"more instructions than bytes":     {dumpOf("\x02", 0, "=x", proto("\x00\x00\x02\x00", "\x00\x00\x7f", "\x48\x00\x01\x00", "", "")), false},
		"more keys than bytes":             {dumpOf("\x02", 0, "=x", proto("\x00\x00\x02\x00", "\x01\x00\x01", "\x48\x00\x01\x00", "", "\x01\xff\xff\xff\xff\x0f\x00")), false},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			b, ok, err := ReadBytecode(strings.NewReader("??"+test.data), 2, int64(2+len(test.data)))
			if err != nil || ok != test.ok {
				t.Errorf("%+v, %t, %v; want %t", b, ok, err, test.ok)
			}
		})
	}
	b, _, _ := ReadBytecode(strings.NewReader(chunk), 0, int64(len(chunk)))
	want := Bytecode{Size: int64(len(chunk)), Version: 2, Flags: FlagFR2, Name: "@hello.lua", Prototypes: 2}
	if b != want || b.GC64() != Yes {
		t.Errorf("%+v, want %+v", b, want)
	}
}

func TestDetectBytecode(t *testing.T) {
	info, err := Detect(imageOf("amd64", gc64, constFull+chunk+BytecodeMagic+chunk))
	if err != nil || len(info.Bytecode) != 2 || info.Bytecode[0].Offset != int64(len(gc64+constFull)) {
		t.Errorf("%+v, %v; want two dumps", info, err)
	}
	part := imageOf("amd64", "", chunk)
	part.Part = true
	if info, err = Detect(part); err != nil || info.Role != None || len(info.Bytecode) != 1 || !info.Tells() {
		t.Errorf("%+v, %v; want a dump in an object of luajit -b", info, err)
	}
}

// TestBytecodeCorpus reads dumps that real LuaJITs wrote: the files *.ljbc
// below the corpus.
func TestBytecodeCorpus(t *testing.T) {
	root := os.Getenv(corpusVariable)
	if root == "" {
		t.Skipf("SKIPPED: %s does not name a directory with dumps of bytecode", corpusVariable)
	}
	names, _ := filepath.Glob(filepath.Join(root, "*", "*.ljbc"))
	if len(names) == 0 {
		t.Skipf("SKIPPED: %s has no *.ljbc", root)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b, ok, err := ReadBytecode(bytes.NewReader(data), 0, int64(len(data)))
		if err != nil || !ok || b.Size != int64(len(data)) {
			t.Errorf("%s: %+v, %t, %v; want all of its %d bytes", name, b, ok, err, len(data))
		}
	}
	t.Logf("%d dumps", len(names))
}

// A dump lies within the bytes it was read from, ends there whatever follows,
// and is none when its last byte is missing.
func FuzzReadBytecode(f *testing.F) {
	f.Add([]byte(chunk), []byte("x"))
	f.Add([]byte(dumpOf("\x01", FlagStripped, "")), []byte{})
	f.Fuzz(func(t *testing.T, data, behind []byte) {
		ask := func(data []byte, end int64) (Bytecode, bool) {
			b, ok, err := ReadBytecode(bytes.NewReader(data), 0, end)
			if err != nil {
				t.Fatal(err) // memory can be read
			}
			return b, ok
		}
		b, ok := ask(data, int64(len(data)))
		if !ok {
			return
		}
		if b.Size < 6 || b.Size > int64(len(data)) || b.Prototypes < 1 {
			t.Fatalf("%+v of %d bytes", b, len(data))
		}
		if again, ok := ask(append(data[:b.Size:b.Size], behind...), b.Size+int64(len(behind))); !ok || again != b {
			t.Fatalf("%+v became %+v", b, again)
		}
		if short, ok := ask(data, b.Size-1); ok {
			t.Fatalf("%+v without its end", short)
		}
	})
}
