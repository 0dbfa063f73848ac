package machocheck

import (
	"bytes"
	"testing"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
)

// What codesign's strict validation refuses, and the kernel does not mind.
func TestBytesAfterSignature(t *testing.T) {
	thin := program(mb.ARM64).Bytes()
	fat := mb.Universal(program(mb.AMD64).Slice(), program(mb.ARM64).Slice())
	tests := map[string]struct {
		data []byte
		want int
	}{
		"nothing follows":              {thin, 0},
		"a newline follows":            {append(bytes.Clone(thin), '\n'), 1},
		"nothing follows the slices":   {fat, 0},
		"a newline follows the slices": {append(bytes.Clone(fat), '\n'), 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			files, err := Read(bytes.NewReader(tt.data), int64(len(tt.data)), WantSignature|WantHashes)
			if err != nil {
				t.Fatal(err)
			}
			count := 0
			for _, f := range files {
				findings, _ := abi.Check([]abi.Rule[*File]{bytesAfterSignature, signatureDamaged}, f, abi.Target{})
				for _, x := range findings {
					if x.Rule != bytesAfterSignature.ID || x.Severity != abi.Note {
						t.Errorf("%+v: want a note of what is appended to a file that is signed ad hoc", x)
					}
				}
				count += len(findings)
			}
			if count != tt.want {
				t.Errorf("%d findings, want %d", count, tt.want)
			}
		})
	}
	linkEdit := []Segment{{Name: "__LINKEDIT", Offset: 0x4000, FileSize: 0x1000}}
	signed := Signature{Present: true, CMS: true}
	runJudged(t, bytesAfterSignature, map[string]judged{
		"by a certificate":      {File{Platform: apple, Kind: Executable, Segments: linkEdit, Signature: signed, Slice: Slice{Size: 0x5002}}, abi.Target{}, []string{"warning: 2 bytes follow __LINKEDIT"}},
		"to the end":            {File{Platform: apple, Kind: Executable, Segments: linkEdit, Signature: signed, Slice: Slice{Size: 0x5000}}, abi.Target{}, nil},
		"behind the end":        {File{Platform: apple, Kind: Executable, Segments: linkEdit, Signature: signed, Slice: Slice{Size: 0x4000}}, abi.Target{}, nil},
		"nothing is signed":     {File{Platform: apple, Kind: Executable, Segments: linkEdit, Slice: Slice{Size: 0x5002}}, abi.Target{}, nil},
		"an object is not held": {File{Platform: apple, Kind: Object, Segments: linkEdit, Signature: signed, Slice: Slice{Size: 0x5002}}, abi.Target{}, nil},
	})
}
