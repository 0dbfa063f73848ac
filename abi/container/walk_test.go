package container

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// text is long enough that nobody decompresses all of it by accident.
var text = strings.Repeat("words and words, ", 10_000)

func TestForms(t *testing.T) {
	files := []member{{"README", text}, {"pkg/_x.so", native}, {"empty", ""}, {"pkg/link.so", "-> _x.so"}, {"pkg/y", native + text}}
	rpmFiles := []member{files[0], {"./pkg/_x.so", native}, files[4]}
	want := []string{"!pkg/_x.so=" + native, "!pkg/y=" + native + text}
	in := func(outer string, inner ...string) []string {
		var places []string
		for _, place := range inner {
			places = append(places, outer+place)
		}
		return places
	}
	tests := map[string]struct {
		file string
		want []string
	}{
		"zip, stored":        {zipped(0, files...), want},
		"zip, deflated":      {zipped(8, files...), want},
		"tar":                {tarred(files...), want},
		"tar.gz":             {gzipped(tarred(files...)), want},
		"tar.zst":            {zstded(tarred(files...)), want},
		"tar.xz":             {xzed(tarred(files...)), want},
		"tar in many pieces": {gzipped(tarred(files...)[:512]) + gzipped(tarred(files...)[512:]), want},
		"deb, xz":            {deb(xzed, "data.tar.xz", files...), in("!data.tar.xz", want...)},
		"deb, zstd":          {deb(zstded, "data.tar.zst", files...), in("!data.tar.zst", want...)},
		"deb, bare":          {deb(asIs, "data.tar", files...), in("!data.tar", want...)},
		"rpm, zstd":          {rpm(zstded, rpmFiles...), want},
		"rpm, bare":          {rpm(asIs, rpmFiles...), want},
		"rpm in a tar.gz":    {gzipped(tarred(member{"a.rpm", rpm(xzed, rpmFiles...)})), in("!a.rpm", want...)},
		"names of tar":       {tarred(member{"./usr/lib/x.so", native}), []string{"!usr/lib/x.so=" + native}},
		"twice":              {tarred(member{"a", native}, member{"a", native}), []string{"!a=" + native, "!a=" + native}},
		"a file":             {gzipped(native + text), []string{"=" + native + text}},
		"an archive":         {tarred(member{"libx.a", "\x7fELF for an archive"}), []string{"!libx.a=\x7fELF for an archive"}},
		"zip in tar.gz":      {gzipped(tarred(member{"a.whl", zipped(8, files...)})), in("!a.whl", want...)},
		"zip in zip":         {zipped(8, member{"a.jar", zipped(8, files...)}), in("!a.jar", want...)},
		"stored zip in zip":  {zipped(0, member{"a.jar", zipped(8, files...)}), in("!a.jar", want...)},
		"tar.zst in zip":     {zipped(0, member{"pkg.tar.zst", zstded(tarred(files...))}), in("!pkg.tar.zst", want...)},
		"tar in tar":         {tarred(member{"a", tarred(files...)}, member{"b", native}), append(in("!a", want...), "!b="+native)},
		"tar in tar.gz":      {gzipped(tarred(member{"a", tarred(files...)}, member{"b", native})), append(in("!a", want...), "!b="+native)},
		"deb in tar.gz":      {gzipped(tarred(member{"a.deb", deb(xzed, "data.tar.xz", files...)})), in("!a.deb!data.tar.xz", want...)},
		"gem":                {tarred(member{"metadata.gz", gzipped(text)}, member{"data.tar.gz", gzipped(tarred(files...))}), in("!data.tar.gz", want...)},
		"nothing in it":      {zipped(8, member{"a", text}), nil},
		"empty zip":          {zipped(8), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			assert.True(t, Walker{}.Knows([]byte(tt.file[:min(len(tt.file), startSize)])))
			got, err := find(tt.file, Limits{})
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
	t.Run("tar.bz2", func(t *testing.T) {
		got, err := find(bzipped(t, tarred(files...)), Limits{})
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
}

// A file that is compressed and no container is one of many in a tree: manuals,
// logs, modules of the kernel.
func TestLeftAlone(t *testing.T) {
	for name, file := range map[string]string{
		"text":            gzipped(text),
		"little text":     gzipped("x"),
		"nothing":         gzipped(""),
		"an object":       gzipped(native[:16] + "\x01\x00" + text),
		"text in zstd":    zstded(text),
		"text in xz":      xzed(text),
		"no container":    text,
		"nothing at all":  "",
		"an archive":      archived(member{"a.o/", native}),
		"zeros":           strings.Repeat("\x00", 2048),
		"nearly a tar":    "x" + tarred(member{"a", native}),
		"letters of bzip": "BZhang and others",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := find(file, Limits{})
			assert.ErrorIs(t, err, abi.ErrFormat)
			assert.Empty(t, got)
		})
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"/etc/x.so":        `!"/etc/x.so"! the name is absolute: whoever unpacks it writes outside`,
		"../x.so":          `!"../x.so"! the name leaves the container: whoever unpacks it writes outside`,
		"a/../../x.so":     `!"a/../../x.so"! the name leaves the container: whoever unpacks it writes outside`,
		`..\..\x.so`:       `!"..\\..\\x.so"! the name leaves the container: whoever unpacks it writes outside`,
		`C:\x.so`:          `!"C:\\x.so"! the name is absolute: whoever unpacks it writes outside`,
		"a/../b/x.so":      "",
		"a..b/..x/x..":     "",
		"./././x.so":       "",
		`dev\x2dsda.mount`: "",
	} {
		t.Run(name, func(t *testing.T) {
			for _, file := range []string{tarred(member{name, native}), zipped(8, member{name, native}), gzipped(tarred(member{name, native}))} {
				got, err := find(file, Limits{})
				require.NoError(t, err)
				if want != "" {
					require.Len(t, got, 2)
					assert.Equal(t, want, got[0])
					assert.True(t, strings.HasPrefix(got[1], `!"`), "it is looked at all the same, and quoted: %s", got[1])
				} else {
					assert.Len(t, got, 1)
				}
			}
		})
	}
}

// A link of a tar leads nowhere here, so that no loop can be.
func TestLinks(t *testing.T) {
	got, err := find(tarred(member{"a", "-> b"}, member{"b", "-> a"}, member{"c", "-> /etc/passwd"}, member{"d", native}), Limits{})
	require.NoError(t, err)
	assert.Equal(t, []string{"!d=" + native}, got)
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	file := gzipped(tarred(member{"a", native}))
	r := strings.NewReader(file)
	err := Walker{}.Walk(ctx, r, r.Size(), isNative, func(string, string, io.ReaderAt, int64, error) {})
	assert.ErrorIs(t, err, context.Canceled)
}

// What the disk says is not blamed on the container.
func TestReadError(t *testing.T) {
	broken := errors.New("the disk is broken")
	for name, file := range map[string]string{
		"tar": tarred(member{"a", text}, member{"b", native}), "tar.gz": gzipped(tarred(member{"a", noise(100_000)}, member{"b", native})),
		"zip": zipped(8, member{"a", noise(100_000)}, member{"b", native}), "tar.zst": zstded(tarred(member{"a", noise(100_000)}, member{"b", native})),
	} {
		t.Run(name, func(t *testing.T) {
			r := failing{strings.NewReader(file), 60_000, broken}
			err := Walker{}.Walk(context.Background(), r, int64(len(file)), isNative, func(string, string, io.ReaderAt, int64, error) {})
			assert.ErrorIs(t, err, broken)
		})
	}
}

// failing reads no byte behind an offset.
type failing struct {
	r     *strings.Reader
	after int64
	err   error
}

func (f failing) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > f.after {
		return 0, f.err
	}
	return f.r.ReadAt(p, at)
}

// noise is what cannot be compressed.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

// A zip archive behind a script is one wherever it stands. A script is a text, however
// many containers are around it.
func TestApplication(t *testing.T) {
	app := "#!/usr/bin/env python3\n" + zipped(8, member{"x.so", native})
	script := "#!/bin/sh\n" + text
	for name, tt := range map[string]struct {
		file string
		want []string
	}{
		"by itself":                 {app, []string{"!x.so=" + native}},
		"in a tar":                  {tarred(member{"app", app}, member{"run", script}), []string{"!app!x.so=" + native}},
		"stored in a zip":           {zipped(0, member{"app", app}), []string{"!app!x.so=" + native}},
		"compressed":                {gzipped(app), []string{"!x.so=" + native}},
		"in a stream":               {gzipped(tarred(member{"app", app}, member{"run", script})), []string{"!app!x.so=" + native}},
		"compressed in a zip":       {zipped(8, member{"app", app}, member{"run", script}), []string{"!app!x.so=" + native}},
		"a script in a container":   {tarred(member{"run", script}), nil},
		"as deep as may be, a text": {zipped(0, member{"a", tarred(member{"run", script})}), nil},
	} {
		got, err := find(tt.file, Limits{Depth: 2})
		require.NoError(t, err, name)
		assert.Equal(t, tt.want, got, name)
	}
	_, err := find(script, Limits{})
	assert.ErrorIs(t, err, abi.ErrFormat)
	// Two texts of one name are no two files, and a large one is passed over.
	large := tarred(member{"run", "#!/bin/sh\n" + strings.Repeat(text, 20)}, member{"x.so", native})
	for name, file := range map[string]string{"twice, stored": zipped(0, member{"a", script}, member{"a", script}), "twice": zipped(8, member{"a", script}, member{"a", script}), "more than may be held": gzipped(large)} {
		_, err := find(file, Limits{Memory: 1 << 20})
		assert.NoError(t, err, name)
	}
	app = "#!/bin/sh\n" + strings.Repeat(text, 20) + zipped(8, member{"x.so", native})
	got, err := find(gzipped(tarred(member{"run", app})), Limits{Memory: 1 << 20})
	require.NoError(t, err)
	assert.Contains(t, strings.Join(got, "\n"), "limit max-memory")
	// What is wrong with an archive is told, behind a script too, and with another after it.
	damaged := []byte("#!/bin/sh\n" + zipped(8, member{"x.so", native}))
	damaged[len(damaged)-5] = 0x7f // the place of the directory
	spoiled := "PK\x03\x04\xff\xff\xff\xff" + zipped(8, member{"x.so", native})[8:] + zipped(8, member{"y.so", native})
	for name, file := range map[string]string{"damaged": string(damaged), "spoiled, and another": spoiled} {
		_, err := find(file, Limits{})
		var format *abi.FormatError
		assert.ErrorAs(t, err, &format, name)
	}
}
