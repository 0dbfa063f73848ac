package machocheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	macho "github.com/blacktop/go-macho"
	"github.com/blacktop/go-macho/types"

	mb "github.com/abivet/abivet/internal/machobuild"
)

// flipped is a file with one byte changed.
type flipped struct {
	io.ReaderAt
	at   int64
	bits byte
}

func (r flipped) ReadAt(b []byte, offset int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(b, offset)
	if i := r.at - offset; i >= 0 && i < int64(n) {
		b[i] ^= r.bits
	}
	return n, err
}

// TestCorpusSignatures holds every signature of published files against their
// bytes: all are whole, any byte that is changed is found, and go-macho reads
// the same of them.
func TestCorpusSignatures(t *testing.T) {
	const flips = 2
	random := rand.New(rand.NewPCG(3, 4))
	counts := map[string]int{}
	for _, path := range corpus(t) {
		r, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := r.Stat()
		if err != nil {
			t.Fatal(err)
		}
		files, err := Read(r, info.Size(), WantHashes)
		if err != nil && !errors.Is(err, ErrArchive) {
			t.Errorf("%s: %v", path, err)
		}
		for _, f := range files {
			counts["slices"]++
			s := f.Signature
			if !s.Present || f.Kind == DebugInfo {
				continue
			}
			counts["signed"]++
			counts["with a certificate"] += one(s.CMS)
			counts["with entitlements"] += one(s.Entitlements != nil)
			counts["hardened"] += one(s.Flags&HardenedRuntime != 0)
			if s.Problem != "" || s.Directories[0].Damaged > 0 || s.Directories[0].Limit < s.Offset {
				t.Errorf("%s (%s): an intact file is called damaged: %+v", path, f.Arch, s)
				continue
			}
			for _, c := range s.Directories {
				counts["pages"] += c.Pages
			}
			compareSignature(t, path, f, io.NewSectionReader(r, f.Slice.Offset, f.Slice.Size))
			for range flips {
				at := f.Slice.Offset + int64(random.Uint64N(s.Offset))
				slice := Slice{Offset: f.Slice.Offset, Size: f.Slice.Size, CPU: f.CPU, Subtype: f.Subtype}
				if !sliceFlipIsFound(flipped{r, at, byte(1 + random.IntN(255))}, slice) {
					t.Errorf("%s (%s): byte %#x was changed and nothing is said", path, f.Arch, at)
				}
				counts["flips"]++
			}
		}
		r.Close()
	}
	t.Log(counts)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sliceFlipIsFound reads a slice alone.
func sliceFlipIsFound(r io.ReaderAt, s Slice) bool {
	head := make([]byte, pageSize)
	n, err := readAtMost(r, head, s.Offset, s.Size)
	if err != nil {
		return true
	}
	f, err := readSlice(r, s, head[:n], WantHashes)
	if err != nil {
		return true
	}
	g := f.Signature
	return !g.Present || g.Problem != "" || g.Directories[0].Damaged > 0 || g.Directories[0].Limit < g.Offset
}

// compareSignature asks go-macho, which must be given sound files alone.
func compareSignature(t *testing.T, path string, f *File, r io.ReaderAt) {
	t.Helper()
	o, err := macho.NewFile(r, macho.FileConfig{LoadIncluding: []types.LoadCmd{types.LC_CODE_SIGNATURE}})
	if err != nil {
		t.Errorf("%s: go-macho: %v", path, err)
		return
	}
	theirs, s := o.CodeSignature(), f.Signature
	if theirs == nil || len(theirs.CodeDirectories) != len(s.Directories) {
		t.Errorf("%s (%s): %d directories; go-macho has %+v", path, f.Arch, len(s.Directories), theirs)
		return
	}
	for _, c := range s.Directories {
		found := false
		for _, x := range theirs.CodeDirectories {
			found = found || x.ID == c.Identifier && x.TeamID == c.Team && uint32(x.Header.Flags) == c.Flags &&
				strings.HasPrefix(x.CDHash, c.CDHash) && len(x.CodeSlots) == c.Pages && uint32(x.Header.Version) == c.Version
		}
		if !found && len(s.Directories) == 1 {
			x := theirs.CodeDirectories[0]
			t.Errorf("%s (%s): %+v; go-macho has %q %q %v %s %d pages", path, f.Arch, c, x.ID, x.TeamID, x.Header.Flags, x.CDHash, len(x.CodeSlots))
		}
	}
	if plist, err := plistEntitlements([]byte(theirs.Entitlements)); err != nil || len(plist) != len(s.Entitlements) {
		t.Errorf("%s (%s): entitlements %v; those of go-macho %v, %v", path, f.Arch, s.Entitlements, plist, err)
	}
}

// TestCorpusEntitlements has both forms of the entitlements say the same.
func TestCorpusEntitlements(t *testing.T) {
	both := 0
	for _, path := range corpus(t) {
		files, err := ReadFile(path, WantSignature)
		if err != nil {
			continue
		}
		for _, f := range files {
			if len(f.Signature.EntitlementForms) == 2 {
				both++
				raw, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				raw = raw[f.Slice.Offset+int64(f.Signature.Offset):][:f.Signature.Size]
				at := bytes.Index(raw, []byte("\xfa\xde\x71\x71"))
				xml, err := plistEntitlements(raw[at+8:][:binary.BigEndian.Uint32(raw[at+4:])-8])
				if err != nil || len(xml) != len(f.Signature.Entitlements) {
					t.Errorf("%s: XML %v, %v; DER %v", path, xml, err, f.Signature.Entitlements)
				}
				for key, value := range xml {
					if f.Signature.Entitlements[key] != value {
						t.Errorf("%s: %s is %q in XML and %q in DER", path, key, value, f.Signature.Entitlements[key])
					}
				}
			}
		}
	}
	t.Logf("%d slices have both forms", both)
}

// TestSignatureDamagedHeads changes each byte of a signature: whatever it then
// says, reading it ends in a fact.
func TestSignatureDamagedHeads(t *testing.T) {
	for _, form := range []mb.Signed{{XML: []byte(jitPlist), DER: jitDER, CMS: cms, Team: "T"}, {Scatter: true}, {Old: true, PageShift: 255}} {
		data := signed(mb.ARM64, form)
		s := read(t, data, WantHashes).Signature
		for at := s.Offset; at < s.Offset+s.Size; at++ {
			for _, bits := range []byte{0x01, 0x80, 0xff} {
				data[at] ^= bits
				f := read(t, data, WantHashes)
				if g := f.Signature; g.Problem == "" && len(g.Directories) == 0 || g.Problem != "" && g.Directories != nil {
					t.Fatalf("byte %#x: %+v", at, g)
				}
				data[at] ^= bits
			}
		}
	}
}
