package container

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/zipdir"
)

// problems returns every error: those of members, and that of the whole.
func problems(file string, l Limits) (all []string) {
	got, err := find(file, l)
	for _, g := range got {
		if strings.Contains(g, "! ") {
			all = append(all, g)
		}
	}
	if err != nil {
		all = append(all, err.Error())
	}
	return all
}

// nested puts a container into itself.
func nested(depth int, into func(string) string) string {
	file := into(native)
	for range depth - 1 {
		file = into(file)
	}
	return file
}

// sixteen puts a file into a zip archive under sixteen names.
func sixteen(file string) string {
	var all []member
	for i := range 16 {
		all = append(all, member{fmt.Sprint(i), file})
	}
	return zipped(8, all...)
}

// zeros that a much of needs a megabyte for.
func zeros(n int64, write func(io.Writer)) string {
	var b bytes.Buffer
	w := must(flate.NewWriter(&b, 1))
	write(w)
	block := make([]byte, 1<<20)
	for ; n > 0; n -= int64(len(block)) {
		must(w.Write(block[:min(n, int64(len(block)))]))
	}
	w.Close()
	return b.String()
}

// raw is a zip archive of members that say of themselves what the test wants.
func raw(headers ...zip.FileHeader) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range headers {
		data := headers[i].Comment
		headers[i].Comment = ""
		if headers[i].CompressedSize64 == 0 {
			headers[i].CompressedSize64 = uint64(len(data))
		}
		f := must(w.CreateRaw(&headers[i]))
		must(io.WriteString(f, data))
	}
	w.Close()
	return b.String()
}

// overlapping is a zip archive whose members are all the same bytes.
func overlapping(n int) string {
	file := zipped(8, member{"a", native + text})
	at := strings.Index(file, "PK\x01\x02")
	entry := file[at : len(file)-22]
	end := []byte(file[len(file)-22:])
	binary.LittleEndian.PutUint16(end[8:], uint16(n))
	binary.LittleEndian.PutUint16(end[10:], uint16(n))
	binary.LittleEndian.PutUint32(end[12:], uint32(len(entry)*n))
	return file[:at] + strings.Repeat(entry, n) + string(end)
}

// bcj is what printf x | xz --x86 --lzma2=preset=0 gives.
const bcj = "\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x01\x04\x00\x21\x01\x0c\x00\xd6\x7c\x18\xaf\x01\x00\x00\x78\x00\x00\x00\x00\x45\xae\xef\x83\xf8\xee\x16\x0a\x00\x01\x19\x01\xa5\x2c\x81\xcc\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a"

func TestHostile(t *testing.T) {
	const much = 80 << 20
	bomb := zeros(much, func(w io.Writer) { io.WriteString(w, native) })
	tarBomb := zeros(much, func(w io.Writer) {
		head := []byte(tarred(member{"a", ""})[:512])
		io.WriteString(w, patchTar(head, much))
	})
	gz := func(deflated string) string {
		return "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00" + deflated + "\x00\x00\x00\x00\x00\x00\x00\x00"
	}
	one := zipped(0, member{"a", native})
	tests := map[string]struct {
		file   string
		limits Limits
		want   []string // parts of the errors
	}{
		"gzip bomb":                {gz(bomb), Limits{}, []string{"limit max-ratio"}},
		"tar bomb":                 {gz(tarBomb), Limits{}, []string{"limit max-ratio"}},
		"zip bomb":                 {raw(zip.FileHeader{Name: "a", Method: 8, UncompressedSize64: much, Comment: bomb}), Limits{}, []string{"!a! ", "limit max-ratio"}},
		"memory":                   {gz(bomb), Limits{Ratio: 1 << 20, Memory: 1 << 20}, []string{"more than 1048576 bytes would have to be held: limit max-memory"}},
		"expanded":                 {gzipped(tarred(member{"a", native + text})), Limits{Expanded: 1000}, []string{"more than 1000 bytes decompressed: limit max-expanded"}},
		"expanded in all":          {zipped(8, member{"a", native + text}, member{"b", native + text}), Limits{Expanded: 200_000}, []string{"more than 200000 bytes decompressed"}},
		"members":                  {tarred(member{"a", native}, member{"b", ""}, member{"c", ""}), Limits{Members: 2}, []string{"more than 2 members: limit max-members"}},
		"members in all":           {zipped(8, member{"a", zipped(8, member{"b", ""}, member{"c", ""})}), Limits{Members: 2}, []string{"more than 2 members: limit max-members"}},
		"zip 20 deep":              {nested(20, func(s string) string { return zipped(8, member{"x", s}) }), Limits{}, []string{"!x!x!x!x!x!x!x!x! a container in 8 others: limit max-depth"}},
		"tar 20 deep":              {nested(20, func(s string) string { return tarred(member{"x", s}) }), Limits{}, []string{"!x!x!x!x!x!x!x!x! a container in 8 others: limit max-depth"}},
		"gzip 20 deep":             {nested(20, gzipped), Limits{}, []string{"a container in 8 others: limit max-depth"}},
		"many in many":             {sixteen(sixteen(gzipped(native + strings.Repeat("\x00", 8<<20)))), Limits{}, []string{"bytes expands to more than 200 times that: limit max-ratio"}},
		"gzip of itself":           {quine, Limits{}, []string{"a container in 8 others: limit max-depth"}},
		"depth of one":             {zipped(8, member{"x", zipped(8, member{"y", native})}), Limits{Depth: 1}, []string{"!x! a container in 1 others: limit max-depth"}},
		"members on one another":   {overlapping(1000), Limits{}, []string{"they lie over one another"}},
		"encrypted":                {raw(zip.FileHeader{Name: "a", Flags: 1, CompressedSize64: 3, UncompressedSize64: 3, Comment: "abc"}, zip.FileHeader{Name: "b", Flags: 1}), Limits{}, []string{`2 members are encrypted and cannot be looked at, "a" first`}},
		"method":                   {raw(zip.FileHeader{Name: "a", Method: 14, CompressedSize64: 3, Comment: "abc"}), Limits{}, []string{"!a! zip: method of compression 14 (LZMA): want"}},
		"size too large":           {raw(zip.FileHeader{Name: "a", Method: 8, UncompressedSize64: 1 << 40, Comment: deflated(native)}), Limits{}, []string{"!a! zip: offset 0x0: has 24 bytes: want 1099511627776"}},
		"size too small":           {raw(zip.FileHeader{Name: "a", Method: 8, UncompressedSize64: 1, Comment: deflated(native)}), Limits{}, []string{"!a! zip: offset 0x0: has more than the 1 bytes that it says"}},
		"a filter of xz":           {bcj, Limits{}, []string{": cannot be undone: block with 2 filters, of which the first is BCJ x86: LZMA2 alone is known"}},
		"no size":                  {raw(zip.FileHeader{Name: "a", Method: 8, Comment: deflated(native)}), Limits{}, []string{"has more than the 0 bytes"}},
		"checksum":                 {raw(zip.FileHeader{Name: "a", Method: 8, UncompressedSize64: uint64(len(native)), CRC32: 1, Comment: deflated(native)}), Limits{}, []string{"!a! zip: offset 0x0: has the checksum"}},
		"stored size":              {raw(zip.FileHeader{Name: "a", UncompressedSize64: 100, CompressedSize64: 3, Comment: "abc"}), Limits{}, []string{"!a! zip: offset 0x0: stored in 3 bytes: want its size, 100"}},
		"compressed size":          {raw(zip.FileHeader{Name: "a", CompressedSize64: 1 << 40, UncompressedSize64: 1 << 40, Comment: native}), Limits{}, []string{`member "a" of 1099511627776 bytes at 0x0: want it before the directory`}},
		"directory is elsewhere":   {patch(one, -22+16, 0xff), Limits{}, []string{"directory of"}},
		"directory is huge":        {patch(one, -22+12, 0xff, 0xff, 0xff, 0x7f), Limits{}, []string{"directory of 2147483647 bytes"}},
		"more members than said":   {patch(one, -22+10, 9), Limits{}, []string{"directory of 1 members: want the 9 that it says"}},
		"zip64 is not there":       {patch(one, -22+10, 0xff, 0xff), Limits{}, []string{"directory of 1 members"}},
		"huge size in a tar":       {patchTar([]byte(tarred(member{"a", ""})[:512]), 1<<40) + native, Limits{}, []string{"1099511627776 bytes: only 24 are left"}},
		"huge size in a tar.gz":    {gzipped(patchTar([]byte(tarred(member{"a", ""})[:512]), 1<<40) + native), Limits{}, []string{"tar: offset 0x218: cut short"}},
		"sparse file":              {sparse(8<<30, native), Limits{}, []string{"!s! ", "limit max-ratio"}},
		"sparse file in a stream":  {gzipped(sparse(1<<60, native)), Limits{}, []string{"!s! ", "limit max-ratio"}},
		"huge sparse tar":          {patchTar([]byte(tarred(member{"a", ""})[:512]), 1<<40), Limits{}, []string{"bytes: only 0 are left"}},
		"headers of an rpm":        {patch(rpm(asIs), -len(rpm(asIs))+96+8, 0xff), Limits{}, []string{"rpm: offset 0x70: header of 4278190081 entries"}},
		"an rpm of something else": {rpm(func(string) string { return "LZMA or so" }), Limits{}, []string{"payload begins with"}},
		"a size in cpio":           {rpm(func(string) string { return strings.Replace(cpioed(member{"a", native}), "00000018", "7fffffff", 1) }), Limits{}, []string{"cpio: ", "cut short"}},
		"a tar goes on":            {tarred(member{"a", native})[:1024] + noise(1024), Limits{}, []string{"tar: offset 0x600: header of a member"}},
		"huge size in a deb":       {strings.Replace(deb(asIs, "data.tar", member{"a", native}), "2048      `", "9999999999`", 1), Limits{}, []string{"ar: offset"}},
		"gzip of garbage":          {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00" + noise(4096), Limits{}, []string{"gzip: offset"}},
		"zstd of garbage":          {"\x28\xb5\x2f\xfd\x20\x10\x85\x00\x00" + noise(4096), Limits{}, []string{"zstd: offset"}},
		"zstd that looks far back": {"\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00", Limits{}, []string{"zstd: offset", "window"}},
		"xz of garbage":            {"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46" + noise(4096), Limits{}, []string{"xz: offset"}},
		"bzip2 of garbage":         {"BZh91AY&SY" + noise(4096), Limits{}, []string{"bzip2: offset"}},
		"damage inside hides none": {tarred(member{"a.gz", gzipped(tarred(member{"x", native}))[:60]}, member{"b", native}), Limits{}, []string{"!a.gz! gzip: offset 0x3c: cut short"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := problems(tt.file, tt.limits)
			runtime.ReadMemStats(&after)
			all := strings.Join(got, "\n")
			for _, want := range tt.want {
				assert.Contains(t, all, want)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 64<<20+2*uint64(len(tt.file)) && name != "zip bomb" && name != "gzip bomb" && name != "many in many" && !strings.HasPrefix(name, "sparse file") {
				t.Errorf("%d bytes were allocated", allocated)
			}
		})
	}
}

// quine is a gzip file that is what comes out of it: Russ Cox, "Zip Files All The
// Way Down".
var quine = func() string {
	return nested(40, gzipped) // to any limit that anybody sets, the same
}()

func deflated(s string) string {
	return zeros(0, func(w io.Writer) { io.WriteString(w, s) })
}

// sparse is a tar with a file that has its bytes at the start and is a hole for
// the rest, as GNU tar writes it.
func sparse(size uint64, data string) string {
	head := []byte(tarred(member{"s", data}))
	head[156] = 'S'
	copy(head[257:], "ustar  \x00")
	copy(head[386:], fmt.Sprintf("%011o\x00%011o\x00", 0, len(data)))
	copy(head[483:], "\x80\x00\x00\x00")
	binary.BigEndian.PutUint64(head[487:], size)
	return patchTar(head, uint64(len(data)))
}

// A file with holes that is no bomb is read, holes and all.
func TestSparse(t *testing.T) {
	want := native + strings.Repeat("\x00", 1<<20-len(native))
	for name, file := range map[string]string{"file": sparse(1<<20, native), "stream": gzipped(sparse(1<<20, native))} {
		got, err := find(file, Limits{})
		require.NoError(t, err, name)
		require.Len(t, got, 1, name)
		assert.True(t, strings.HasSuffix(got[0], want), name)
	}
}

// patch writes bytes over those at an offset from the end.
func patch(s string, at int, b ...byte) string {
	out := []byte(s)
	copy(out[len(s)+at:], b)
	return string(out)
}

// patchTar gives the member of a header another size, in base 256.
func patchTar(head []byte, size uint64) string {
	copy(head[124:136], "\x80\x00\x00\x00")
	binary.BigEndian.PutUint64(head[128:], size)
	sum := 0
	copy(head[148:156], "        ")
	for _, c := range head[:512] {
		sum += int(c)
	}
	copy(head[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return string(head)
}

// Wherever a container is cut, that is seen. What is left of a file that was
// compressed by itself may be no container for all that anybody can tell: then
// it is abi.ErrFormat, an error as well.
func TestCutAnywhere(t *testing.T) {
	files := []member{{"README", text[:100]}, {"lib/x.so", native}, {"z", "end"}}
	for name, file := range map[string]string{
		"zip": zipped(8, files...), "zip, stored": zipped(0, files...), "tar": tarred(files...), "tar.gz": gzipped(tarred(files...)),
		"tar.zst": zstded(tarred(files...)), "tar.xz": xzed(tarred(files...)), "deb": deb(xzed, "data.tar.xz", files...),
		"rpm": rpm(xzed, files...), "bare rpm": rpm(asIs, files...),
		"zip in tar": tarred(member{"a.zip", zipped(8, files...)}), "file": gzipped(native),
	} {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, problems(file, Limits{}))
			for n := range file {
				if rest := strings.Trim(file[n:], "\x00"); rest == "" && name != "zip" {
					continue // the second block of zeros and what fills a tape
				}
				if len(problems(file[:n], Limits{})) == 0 {
					t.Errorf("cut after %d of %d bytes: no error", n, len(file))
				}
			}
		})
	}
}

// A byte that is another one changes nothing, or is an error, or changes what
// has no checksum; it is never a panic, and never takes long.
func TestFlipAnywhere(t *testing.T) {
	files := []member{{"README", text[:100]}, {"lib/x.so", native}}
	for name, file := range map[string]string{
		"zip": zipped(8, files...), "tar": tarred(files...), "tar.gz": gzipped(tarred(files...)), "tar.zst": zstded(tarred(files...)),
		"tar.xz": xzed(tarred(files...)), "deb": deb(xzed, "data.tar.xz", files...), "rpm": rpm(asIs, files...),
	} {
		t.Run(name, func(t *testing.T) {
			b := []byte(file)
			for i := range b {
				for _, flip := range []byte{0x01, 0x80, 0xff} {
					b[i] ^= flip
					problems(string(b), Limits{Memory: 1 << 20})
					b[i] ^= flip
				}
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	files := []member{{"README", text[:100]}, {"lib/x.so", native}}
	for _, file := range []string{
		zipped(8, files...), zipped(0, files...), tarred(files...), gzipped(tarred(files...)), zstded(tarred(files...)), xzed(tarred(files...)),
		deb(xzed, "data.tar.xz", files...), zipped(0, member{"a", gzipped(tarred(files...))}), rpm(asIs, files...), overlapping(3), gzipped(native),
	} {
		f.Add([]byte(file))
	}
	const memory, expanded = 4 << 20, 16 << 20
	f.Fuzz(func(t *testing.T, data []byte) {
		total := int64(0)
		got, err := find(string(data), Limits{Memory: memory, Expanded: expanded, Members: 1000})
		for _, g := range got {
			total += int64(len(g))
		}
		// What is stored is found as it stands, each byte no more than once for
		// each container around it.
		if limit := expanded + int64(len(data))*(int64(Defaults().Depth)+1) + 1000*int64(len(data)); total > limit {
			t.Errorf("%d bytes came out of %d: want at most %d", total, len(data), limit)
		}
		if err == nil && !(Walker{}).Knows(data[:min(len(data), startSize)]) && !isNative("", data) && !zipdir.IsApplication(data, bytes.NewReader(data), int64(len(data))) {
			t.Error("walked without an error what is not known")
		}
	})
}
