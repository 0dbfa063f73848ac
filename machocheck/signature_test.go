package machocheck

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
)

// signed is a program of several pages with a signature.
func signed(cpu uint32, s mb.Signed) []byte {
	m := mb.Image{CPU: cpu, Type: mb.Execute, Flags: mb.DyldLink | mb.PIE}
	code := make([]byte, 50_000)
	for i := range code {
		code[i] = byte(i * 7)
	}
	m.Commands = []mb.Command{pageZero, text(code), linkEdit, macOS13, mb.Dylinker("/usr/lib/dyld"), mb.Main{Offset: 0x1000}, system, uuid, s}
	return m.Bytes()
}

const jitPlist = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<!-- a comment with <dict> in it -->
<dict>
	<key>com.apple.security.cs.allow-jit</key><true/>
	<key>com.apple.security.get-task-allow</key><false />
	<key>com.apple.developer.team-identifier</key><string>A&amp;B</string>
	<key>keychain-access-groups</key><array><string>x</string><integer>3</integer></array>
	<key>nested</key><dict><key>k</key><array/></dict>
</dict></plist>`

// jitDER is {com.apple.security.cs.allow-jit: true, n: -2, list: [a]}.
var jitDER = func() []byte {
	pair := func(key string, value ...byte) []byte {
		return der(0x30, append(der(0x0c, []byte(key)), value...))
	}
	var pairs []byte
	pairs = append(pairs, pair("com.apple.security.cs.allow-jit", 1, 1, 0xff)...)
	pairs = append(pairs, pair("n", 2, 1, 0xfe)...)
	pairs = append(pairs, pair("list", der(0x30, der(0x0c, []byte("a")))...)...)
	return der(0x70, append([]byte{2, 1, 1}, der(0xb0, pairs)...))
}()

func der(tag byte, content []byte) []byte {
	return append([]byte{tag, 0x81, byte(len(content))}, content...)
}

func cms(directory []byte) []byte {
	sum := sha256.Sum256(directory)
	return append([]byte("a message with the digest "), sum[:]...)
}

func TestSignature(t *testing.T) {
	tests := map[string]struct {
		signed mb.Signed
		want   Signature // without Present, Offset, Size, Verified
	}{
		"ad hoc, of a linker": {mb.Signed{Flags: AdHoc | LinkerSigned}, Signature{Flags: AdHoc | LinkerSigned}},
		"a team":              {mb.Signed{Team: "ABCDE12345", Identifier: "org.example.x"}, Signature{Team: "ABCDE12345", Identifier: "org.example.x"}},
		"a certificate":       {mb.Signed{Flags: HardenedRuntime, CMS: cms}, Signature{Flags: HardenedRuntime, CMS: true}},
		"an empty message":    {mb.Signed{CMS: func([]byte) []byte { return nil }}, Signature{}},
		"XML": {mb.Signed{XML: []byte(jitPlist)}, Signature{EntitlementForms: []string{"xml"}, Entitlements: map[string]string{
			"com.apple.security.cs.allow-jit": "true", "com.apple.security.get-task-allow": "false",
			"com.apple.developer.team-identifier": "A&B", "keychain-access-groups": `["x","3"]`, "nested": `{"k":[]}`,
		}}},
		"DER is what counts": {mb.Signed{XML: []byte(jitPlist), DER: jitDER}, Signature{EntitlementForms: []string{"xml", "der"}, Entitlements: map[string]string{
			"com.apple.security.cs.allow-jit": "true", "n": "-2", "list": `["a"]`,
		}}},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			got := read(t, signed(mb.ARM64, test.signed), WantHashes).Signature
			for _, c := range got.Directories {
				if c.Damaged != 0 || c.Limit != got.Offset || c.Hash != "SHA-256" || c.Pages != 13 || len(c.CDHash) != 40 || c.Runtime != "13.0" {
					t.Errorf("%+v", c)
				}
			}
			if len(got.Directories) != 1 || !got.Verified || !got.Present || got.Offset == 0 || got.Size == 0 {
				t.Errorf("%+v", got)
			}
			got.Directories, got.Offset, got.Size, got.Verified, got.Present = nil, 0, 0, false, false
			if test.want.Identifier == "" {
				test.want.Identifier = "a.out"
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// TestSignatureHashes has all kinds of hashes, page sizes and forms: each is
// whole, and whatever byte before the signature is changed is found.
func TestSignatureHashes(t *testing.T) {
	tests := map[string]struct {
		signed mb.Signed
		hash   string
	}{
		"SHA-1":                    {mb.Signed{Hash: []byte{mb.SHA1}}, "SHA-1"},
		"SHA-256":                  {mb.Signed{}, "SHA-256"},
		"SHA-256 cut to 20 bytes":  {mb.Signed{Hash: []byte{mb.SHA256Truncated}}, "SHA-256 truncated"},
		"SHA-384":                  {mb.Signed{Hash: []byte{mb.SHA384}}, "SHA-384"},
		"two, of which the better": {mb.Signed{Hash: []byte{mb.SHA1, mb.SHA256}}, "SHA-256"},
		"pages of 16 KiB":          {mb.Signed{PageShift: 14}, "SHA-256"},
		"all is one page":          {mb.Signed{PageShift: 255}, "SHA-256"},
		"an old form":              {mb.Signed{Old: true}, "SHA-256"},
		"scattered":                {mb.Signed{Scatter: true}, "SHA-256"},
		"with other parts":         {mb.Signed{Requirements: make([]byte, 4), XML: []byte(jitPlist), DER: jitDER, CMS: cms}, "SHA-256"},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			data := signed(mb.ARM64, test.signed)
			s := read(t, data, WantHashes).Signature
			if len(s.Directories) == 0 || s.Directories[0].Hash != test.hash || s.Directories[0].Damaged != 0 {
				t.Fatalf("%+v", s)
			}
			for range 300 {
				at := random.Uint64N(s.Offset)
				if !flipIsFound(data, 0, int64(at), byte(1+random.IntN(255))) {
					t.Errorf("byte %#x was changed and nothing is said", at)
				}
			}
		})
	}
}

// flipIsFound changes one byte and reports whether the slice at an offset is
// now refused, damaged or without a signature.
func flipIsFound(data []byte, base, at int64, bits byte) bool {
	data[base+at] ^= bits
	defer func() { data[base+at] ^= bits }()
	files, err := Read(bytes.NewReader(data), int64(len(data)), WantHashes)
	if err != nil {
		return true
	}
	for _, f := range files {
		if s := f.Signature; f.Slice.Offset == base && s.Present && s.Problem == "" && s.Directories[0].Damaged == 0 && s.Directories[0].Limit >= s.Offset {
			return false
		}
	}
	return true
}

// TestSignatureNames has the words for where the damage is.
func TestSignatureNames(t *testing.T) {
	clean := signed(mb.AMD64, mb.Signed{Flags: Kill, XML: []byte(jitPlist), CMS: cms})
	change := func(at int) []byte {
		data := bytes.Clone(clean)
		data[at] ^= 1
		return data
	}
	tests := map[string]struct {
		data []byte
		want string
	}{
		"a page":        {change(0x2345), "page 2 at offset 0x2000 of __TEXT"},
		"the last page": {change(50_000), "page 12 at offset 0xc000 of __TEXT"},
		"entitlements":  {change(bytes.Index(clean, []byte("allow-jit"))), "entitlements (XML)"},
		"the directory": {change(bytes.LastIndex(clean, []byte("a.out"))), "code directory, which is not the one that the certificate signed"},
	}
	for reason, test := range tests {
		f := read(t, test.data, WantHashes)
		findings, _ := abi.Check([]abi.Rule[*File]{signatureDamaged}, f, abi.Target{})
		if len(findings) != 1 || findings[0].Severity != abi.Error || !strings.Contains(findings[0].Message, "the hash of "+test.want+" differs") {
			t.Errorf("%s: %+v; want %q", reason, findings, test.want)
		}
	}
	data := bytes.Clone(clean)
	for at := range read(t, clean, 0).Signature.Offset {
		data[at] ^= byte(min(at/2048, 1)) // all but half of the first page
	}
	if c := read(t, data, WantHashes).Signature.Directories[0]; c.Damaged != 13 || len(c.Damage) != 13 {
		t.Errorf("%d pages are damaged, %d are named; want 13", c.Damaged, len(c.Damage))
	}
}

func TestSignatureDamaged(t *testing.T) {
	good := CodeDirectory{Hash: "SHA-256", Limit: 100}
	bad := CodeDirectory{Hash: "SHA-1", Limit: 100, Damaged: 1, Damage: []Damage{{Page: 3, Offset: 0x3000, Segment: "__TEXT"}}}
	of := func(p abi.Platform, flags uint32, c ...CodeDirectory) File {
		return File{Platform: p, Kind: Executable, Signature: Signature{Present: true, Offset: 100, Verified: true, Flags: flags, Directories: c}}
	}
	broken := of(apple, 0)
	broken.Signature.Problem = "no code directory"
	short := of(apple, 0, CodeDirectory{Limit: 99})
	scattered := of(apple, 0, CodeDirectory{Limit: 99, Scattered: true})
	object := of(apple, 0, bad)
	object.Kind = Object
	runJudged(t, signatureDamaged, map[string]judged{
		"whole":                            {file: of(apple, 0, good)},
		"damaged on arm64":                 {file: of(apple, AdHoc, bad), want: []string{"error: page 3 at offset 0x3000 of __TEXT"}},
		"damaged on Intel":                 {file: of(intel, AdHoc, bad), want: []string{"warning: page 3"}},
		"damaged on Intel, hardened":       {file: of(intel, HardenedRuntime, bad), want: []string{"error: page 3"}},
		"only what the kernel passes over": {file: of(apple, 0, good, bad), want: []string{"warning: (SHA-1)"}},
		"cannot be understood":             {file: broken, want: []string{"error: cannot be understood: no code directory"}},
		"does not cover the file":          {file: short, want: []string{"error: covers 0x63 bytes of the 0x64"}},
		"scattered need not":               {file: scattered},
		"not signed":                       {file: File{Platform: apple, Kind: Executable}},
		"objects are not":                  {file: object},
	})
	unverified := File{Kind: Library, Signature: Signature{Present: true}}
	if signatureDamaged.Skip(&unverified, abi.Target{}) == "" {
		t.Error("hashes that were not asked for are passed over in silence")
	}
}

func TestHardenedRuntimeJIT(t *testing.T) {
	jit := func(flags uint32, entitlement string) File {
		f := File{Platform: apple, Kind: Executable, Imports: []Import{{Name: "_pthread_jit_write_protect_np", Library: 1}}}
		f.Signature = Signature{Present: true, Flags: flags, Entitlements: map[string]string{entitlement: "true"}}
		return f
	}
	refused := jit(HardenedRuntime, "x")
	refused.Signature.Entitlements = map[string]string{"com.apple.security.cs.allow-jit": "false"}
	library := jit(HardenedRuntime, "x")
	library.Kind = Library
	none := jit(HardenedRuntime, "x")
	none.Imports = nil
	runJudged(t, hardenedRuntimeJIT, map[string]judged{
		"without the entitlement":       {file: jit(HardenedRuntime, "x"), want: []string{"warning: com.apple.security.cs.allow-jit"}},
		"false is not enough":           {file: refused, want: []string{"warning: _pthread_jit_write_protect_np"}},
		"with it":                       {file: jit(HardenedRuntime, "com.apple.security.cs.allow-jit")},
		"with a wider one":              {file: jit(HardenedRuntime, "com.apple.security.cs.allow-unsigned-executable-memory")},
		"not hardened":                  {file: jit(AdHoc, "x")},
		"the program decides":           {file: library},
		"makes no code that we can see": {file: none},
	})
}

func TestLibraryValidation(t *testing.T) {
	off := map[string]string{"com.apple.security.cs.disable-library-validation": "true"}
	for reason, test := range map[string]struct {
		s    Signature
		want bool
	}{
		"ad hoc":                  {Signature{Flags: AdHoc}, false},
		"hardened":                {Signature{Flags: HardenedRuntime}, true},
		"hardened, taken back":    {Signature{Flags: HardenedRuntime, Entitlements: off}, false},
		"asked for, taken back":   {Signature{Flags: LibraryValidation, Entitlements: off}, true},
		"asked for, not hardened": {Signature{Flags: LibraryValidation}, true},
	} {
		if got := test.s.ValidatesLibraries(); got != test.want {
			t.Errorf("%s: %v; want %v", reason, got, test.want)
		}
	}
}
