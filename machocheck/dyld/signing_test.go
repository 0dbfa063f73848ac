package dyld

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"

	mb "github.com/abivet/abivet/internal/machobuild"
)

// changed is a file in which a word is another after it was signed.
func changed(m mb.Image, word string) []byte {
	data := m.Bytes()
	i := bytes.Index(data, []byte(word))
	data[i] ^= 1
	return data
}

func TestHashes(t *testing.T) {
	const header, later = "\xde\xad", "a word of the code"
	large := func(m *mb.Image) {
		without[mb.Segment]()(m)
		code := text()
		code.Data = append(make([]byte, 0x5000), later...)
		with(code, mb.Segment{Name: "__PAGEZERO", Size: 1 << 32})(m)
	}
	app, a := program(needs("@loader_path/a.dylib")), dylib("a")
	tests := map[string]struct {
		files   files
		request Request
		verdict Verdict
		first   string // failure, or why there is no verdict
		want    []string
	}{
		"sound":                         {files{"/app": app, "/a.dylib": a}, Request{Hashes: true}, OK, "", nil},
		"the program":                   {files{"/app": changed(program(), header)}, Request{Hashes: true}, Fail, "/app: Killed: 9", nil}, // the rule over files says so
		"nobody asks":                   {files{"/app": changed(program(), header)}, Request{}, OK, "", nil},
		"a program for Intel":           {files{"/app": changed(program(intel), header)}, Request{Hashes: true}, OK, "", nil},
		"a library":                     {files{"/app": app, "/a.dylib": changed(a, header)}, Request{Hashes: true}, Fail, "/a.dylib: Killed: 9", []string{"signature-damaged error"}},
		"the file that is opened":       {files{"/a.dylib": changed(a, header)}, Request{Path: "/a.dylib", Hashes: true}, Fail, "/a.dylib: Killed: 9", nil},
		"its host":                      {files{"/app": changed(program(), header), "/a.dylib": a}, Request{Path: "/a.dylib", Host: "/app", Hashes: true}, Fail, "/app: Killed: 9", []string{"signature-damaged error"}},
		"a page that may stay unread":   {files{"/app": changed(program(large), later)}, Request{Hashes: true}, Unknown, "/app was changed after it was signed: the hash of page 5 at offset 0x5000 of __TEXT differs; the kernel kills the process when it touches that", nil},
		"where the program starts":      {files{"/app": changed(program(large, without[mb.Main](), with(mb.Main{Offset: 0x4000})), later)}, Request{Hashes: true}, Fail, "/app: Killed: 9", nil},
		"what dyld binds":               {files{"/app": changed(program(large, imports(mb.ChainedImport{Name: "_a_long_name", Library: 1})), "_a_long_name")}, Request{Hashes: true}, Fail, "/app: Killed: 9", nil},
		"what only looks like a change": {files{"/app": program(large)}, Request{Hashes: true}, OK, "", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, tt.files, tt.request)
			first := p.Unknown
			if len(p.Failures) > 0 {
				first = p.Failures[0].Message
			}
			assert.Equal(t, tt.verdict, p.Verdict())
			assert.Equal(t, tt.first, first)
			assert.ElementsMatch(t, tt.want, found(p))
		})
	}
}

// What dyld and the kernel see of a signature before they look at a page.
func TestOddSignature(t *testing.T) {
	needed := "Library not loaded: @loader_path/a.dylib\n  Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app\n  Reason: tried: '/a.dylib' "
	app, a := program(needs("@loader_path/a.dylib")), dylib("a")
	// The magic of the code directory, which the index of the parts names.
	const magic = "\xfa\xde\x0c\x02"
	tests := map[string]struct {
		files   files
		request Request
		first   string
		want    []string
	}{
		"a library":              {files{"/app": app, "/a.dylib": changed(a, magic)}, Request{}, needed + "(code signature invalid in <DEAD0000-0000-0000-0000-000000000006> '/a.dylib')", []string{"signature-damaged error"}},
		"a library for Intel":    {files{"/app": program(intel, needs("@loader_path/a.dylib")), "/a.dylib": changed(dylib("a", intel), magic)}, Request{}, "", nil},
		"a program":              {files{"/app": changed(app, magic), "/a.dylib": a}, Request{}, "/app: Killed: 9", nil},
		"a file that is opened":  {files{"/a.dylib": changed(a, magic)}, Request{Path: "/a.dylib"}, "dlopen(/a.dylib, 0x0002): tried: '/a.dylib' (code signature invalid in <DEAD0000-0000-0000-0000-000000000006> '/a.dylib')", nil},
		"all that is signed":     {files{"/app": app, "/a.dylib": a}, Request{}, "", nil},
		"not all, of a library":  {files{"/app": app, "/a.dylib": lessCovered(a)}, Request{}, needed + "(code signature does not cover entire file up to signature)", []string{"signature-damaged error"}},
		"not all, of a program":  {files{"/app": lessCovered(program())}, Request{}, "", nil},
		"unsigned and opened":    {files{"/a.dylib": dylib("a", without[mb.Signed]())}, Request{Path: "/a.dylib"}, "dlopen(/a.dylib, 0x0002): tried: '/a.dylib' (code signing blocked mmap() of '/a.dylib')", nil},
		"unsigned and necessary": {files{"/app": app, "/a.dylib": dylib("a", without[mb.Signed]())}, Request{}, needed + "(code signing blocked mmap() of '/a.dylib')", []string{"unsigned-arm64 error"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, tt.files, tt.request)
			first := ""
			if len(p.Failures) > 0 {
				first = p.Failures[0].Message
			}
			assert.Equal(t, tt.first, first)
			assert.ElementsMatch(t, tt.want, found(p))
		})
	}
}

// lessCovered is a file whose code directory ends one byte before the signature
// begins. The limit is at 32 of the directory.
func lessCovered(m mb.Image) []byte {
	data := m.Bytes()
	limit := data[bytes.Index(data, []byte("\xfa\xde\x0c\x02"))+32:]
	binary.BigEndian.PutUint32(limit, binary.BigEndian.Uint32(limit)-1)
	return data
}
