package container

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
)

// What begins like a container by chance is none, and so no error.
func TestBeginsByChance(t *testing.T) {
	for name, start := range map[string]string{
		"gzip, flags that are reserved":   "\x1f\x8b\x08\xe0\x00\x00\x00\x00\x00\x03",
		"gzip, of no system":              "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x40",
		"gzip, a block of no type":        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x07",
		"zstd, a bit that is reserved":    "\x28\xb5\x2f\xfd\x08\x00\x00\x00\x00",
		"zstd, a block of no type":        "\x28\xb5\x2f\xfd\x00\x58\x07\x00\x00",
		"zstd, a block that is too large": "\x28\xb5\x2f\xfd\x00\x58\x05\x00\xff",
		"zip of a later version":          "PK\x03\x04\xff\x00\x00\x00\x08\x00",
		"zip, a method that is none":      "PK\x03\x04\x14\x00\x00\x00\x40\x40",
		"zip, end with members":           "PK\x05\x06" + strings.Repeat("\x01", 18),
		"bzip2, a text":                   "BZh, said the bee and flew on",
		"rpm without a header":            "\xed\xab\xee\xdb",
	} {
		got, err := find(start+strings.Repeat("\x00", 64)+noise(2048), Limits{})
		assert.Empty(t, got, name)
		assert.ErrorIs(t, err, abi.ErrFormat, name)
	}
}

// The directory at the end says what a zip has. Android follows it alone, and
// obfuscated APKs have first headers that no archiver wrote.
func TestZipOfASpoiledHeader(t *testing.T) {
	file := zipped(8, member{"AndroidManifest.xml", text}, member{"lib/x86_64/libx.so", native})
	for name, spoil := range map[string]string{"version": "PK\x03\x04\xff", "method": file[:8] + "\x40\x40", "name": file[:26] + "\x00\x00"} {
		got, err := find(spoil+file[len(spoil):], Limits{})
		assert.NoError(t, err, name)
		assert.Contains(t, got, "!lib/x86_64/libx.so="+native, name)
	}
	_, err := find("PK\x03\x04\xff"+file[5:len(file)-22], Limits{})
	assert.ErrorIs(t, err, abi.ErrFormat) // no end either: nobody's archive
}

// Nothing is held of what begins like a zip by chance in a compressed tar, but where
// its name says that it may be one; what ends like one is told.
func TestZipByChanceInATar(t *testing.T) {
	chance := "PK\x03\x04\xff" + noise(600<<10)
	few := Limits{Memory: chunkSize}
	for _, name := range []string{"key", "x.bin"} {
		got, err := find(gzipped(tarred(member{name, chance}, member{"x", native})), few)
		assert.NoError(t, err, name)
		assert.Equal(t, []string{"!x=" + native}, got, name)
	}
	spoiled := []byte(zipped(8, member{"lib/x86_64/libx.so", native}))
	spoiled[4] = 0xff
	got, err := find(gzipped(tarred(member{"x.apk", string(spoiled)})), Limits{})
	assert.NoError(t, err)
	assert.Equal(t, []string{"!x.apk!lib/x86_64/libx.so=" + native}, got)
	// By any other name it is not held, and told.
	large := []byte(zipped(0, member{"lib/x86_64/libx.so", native}, member{"a", noise(600 << 10)}))
	large[4] = 0xff
	for name, data := range map[string][]byte{"small": spoiled, "large": large} {
		got, err := find(gzipped(tarred(member{"cache/0", string(data)}, member{"x", native})), few)
		assert.NoError(t, err, name)
		assert.Equal(t, []string{"!cache/0! " + errSpoiled.Error(), "!x=" + native}, got, name)
		_, err = find(gzipped(string(data)), few)
		assert.ErrorIs(t, err, errSpoiled, name)
	}
}

// zlib on macOS says that it made a stream, with a number that no RFC has.
func TestGzipOfMacOS(t *testing.T) {
	data := []byte(gzipped(tarred(member{"x", native})))
	data[9] = 19
	got, err := find(string(data), Limits{})
	assert.NoError(t, err)
	assert.Equal(t, []string{"!x=" + native}, got)
}

// A member of a type that a reader of tars does not know is a file; the part of
// one in another volume is told.
func TestOddTypesOfTar(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{{Name: "cont", Typeflag: tar.TypeCont}, {Name: "vendor", Typeflag: 'Q'}, {Name: "rest", Typeflag: 'M'}, {Name: "last", Typeflag: tar.TypeReg}} {
		h.Size, h.Mode = int64(len(native)), 0o644
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		must(io.WriteString(w, native))
	}
	w.Close()
	for name, data := range map[string]string{"tar": b.String(), "tar.gz": gzipped(b.String())} {
		got, err := find(data, Limits{})
		assert.NoError(t, err, name)
		assert.Equal(t, []string{"!cont=" + native, "!vendor=" + native, "!rest! the rest of a file that begins in another volume of the tar", "!last=" + native}, got, name)
	}
}

// What an archive or a package has been packed with and cannot be undone is
// named, once.
func TestPackedOtherwise(t *testing.T) {
	lzma := bytes.ReplaceAll([]byte(zipped(8, member{"a", native}, member{"b", native})), []byte("PK\x01\x02\x14\x00\x14\x00\x08\x00\x08\x00"), []byte("PK\x01\x02\x14\x00\x14\x00\x08\x00\x0e\x00"))
	_, err := find(string(lzma), Limits{})
	assert.EqualError(t, err, `2 members cannot be looked at, "a" first: zip: method of compression 14 (LZMA): want 0 (stored), 8 (deflate), 12 (bzip2), 93 (zstd) or 95 (xz)`)

	got, err := find(archived(member{"debian-binary", "2.0\n"}, member{"control.tar.gz", gzipped(tarred())}, member{"data.tar.lzma", "\x5d\x00\x00\x80\x00 and so on"}), Limits{})
	assert.NoError(t, err)
	assert.Equal(t, []string{`!data.tar.lzma! begins with "]\x00\x00\x80\x00 " (LZMA): want a tar, as it is or with gzip, bzip2, xz or zstd`}, got)
}

// Where two programs would see different files, it is told.
func TestTwoWaysToReadAZip(t *testing.T) {
	file := zipped(8, member{"aa", native}, member{"bb", text})
	central := strings.Index(file, "PK\x01\x02")
	for name, test := range map[string]struct{ file, want string }{
		"another name in front":   {strings.Replace(file[:central], "aa", "ab", 1) + file[central:], `member "aa" of the directory has a header that says "ab"`},
		"another method in front": {file[:8] + "\x00" + file[9:], `member "aa" is packed by method 8 in the directory and by 0 in its own header`},
		"a name twice":            {zipped(8, member{"aa", native}, member{"aa", native}), `a second member of the name "aa"`},
		"a name twice, stored":    {zipped(0, member{"aa", native}, member{"aa", native}), `a second member of the name "aa"`},
	} {
		got, err := find(test.file, Limits{})
		assert.NoError(t, err, name)
		assert.Contains(t, strings.Join(got, "\n"), test.want, name)
	}
	_, err := find(zipped(8, member{"aa", text}, member{"aa", text}), Limits{})
	assert.NoError(t, err) // nobody loads a text
}
