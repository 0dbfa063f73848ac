package audit

import (
	"context"
	"debug/elf"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/elfbuild"
	"github.com/abivet/abivet/internal/tiny"
	"github.com/abivet/abivet/machocheck"
)

// newLib needs a glibc of 2.34; oldLib one of 2.17.
var (
	newLib = library(0, "GLIBC_2.34")
	oldLib = library(0, "GLIBC_2.17")
	armLib = library(elf.EM_AARCH64, "GLIBC_2.17")
)

func library(m elf.Machine, version string) []byte {
	return tiny.ELF{Machine: m, SOName: "libtiny.so", Needs: []tiny.Need{{
		Library: "libc.so.6", Versions: []tiny.Version{{Name: version, Symbols: []string{"puts"}}},
	}}}.Bytes()
}

// on is a set of Linux targets with a glibc of 2.31.
func on(name string, arches ...string) abi.TargetSet {
	var set abi.TargetSet
	for _, a := range arches {
		set = append(set, abi.Target{
			Name: name, Platform: abi.Platform{OS: "linux", Arch: a}, Libc: abi.Glibc,
			Symbols: map[string]abi.Version{"GLIBC": "2.31"},
		})
	}
	return set
}

func mapFS(files map[string][]byte) fstest.MapFS {
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: data}
	}
	return m
}

// check returns "path(member): rule rule" or "path(member)! error" for every
// result.
func check(t *testing.T, sources []Source, o Options) []string {
	t.Helper()
	report, err := Check(context.Background(), sources, o)
	require.NoError(t, err)
	return lines(report)
}

func lines(report *abi.Report) []string {
	var got []string
	for _, r := range report.Results {
		line := r.Path
		if r.Member != "" {
			line += "(" + r.Member + ")"
		}
		if r.Err != nil {
			got = append(got, line+"! "+r.Err.Error())
			continue
		}
		line += ":"
		for _, f := range r.Findings {
			line += " " + f.Rule
		}
		got = append(got, line)
	}
	return got
}

func TestTree(t *testing.T) {
	files := mapFS(map[string][]byte{
		"README":          []byte("\x7fEL"),
		"bin/tool":        newLib,
		"lib/a.so":        oldLib,
		"lib/cut.so":      newLib[:200],
		"lib/z.a":         tiny.Archive(tiny.Member{Name: "a.txt", Data: []byte("text")}, tiny.Member{Name: "b.o", Data: newLib}, tiny.Member{Name: "c.o", Data: oldLib[:100]}),
		"pkg.deb":         tiny.Archive(tiny.Member{Name: "debian-binary", Data: []byte("2.0\n")}),
		"share/A.class":   []byte("\xca\xfe\xba\xbe\x00\x00\x00\x41 and so on"),
		"lib/thin.a":      []byte("!<thin>\n" + strings.Replace(string(tiny.Archive(tiny.Member{Name: "x.o"}))[8:], "0         `", "7         `", 1)),
		"lib/truncated.a": tiny.Archive(tiny.Member{Name: "a.o", Data: oldLib})[:500],
		"empty":           nil,
	})
	got := check(t, FilesIn(files), Options{Targets: []abi.TargetSet{on("old", "amd64")}})
	require.Len(t, got, 7)
	assert.Equal(t, "bin/tool: glibc-floor", got[0])
	assert.Equal(t, "lib/a.so:", got[1])
	assert.Contains(t, got[2], "lib/cut.so! elf: offset")
	assert.Contains(t, got[3], `lib/thin.a! thin archive: members are in files of their own: check these, which are 1, "x.o" the first`)
	assert.Contains(t, got[4], "lib/truncated.a! ar: offset 0x8")
	assert.Equal(t, "lib/z.a(b.o): glibc-floor", got[5])
	assert.Contains(t, got[6], "lib/z.a(c.o)! member at offset")
}

// Of an archive of many damaged members the first are told, and that there are
// more.
func TestManyDamagedMembers(t *testing.T) {
	var members []tiny.Member
	for range 3 * maxDamaged {
		members = append(members, tiny.Member{Name: "a.o", Data: []byte("\x7fELF")})
	}
	got := check(t, FilesIn(mapFS(map[string][]byte{"x.a": tiny.Archive(members...)})), Options{})
	require.Len(t, got, maxDamaged+1)
	assert.Contains(t, strings.Join(got, "\n"), "x.a! 1000 members are damaged: those behind offset")
}

// Nothing checked is never a pass.
func TestNothing(t *testing.T) {
	for _, sources := range [][]Source{nil, FilesIn(mapFS(map[string][]byte{"a.txt": []byte("text")}))} {
		report, err := Check(context.Background(), sources, Options{})
		assert.ErrorIs(t, err, ErrNothing)
		assert.Empty(t, report.Results)
	}
}

func TestNamedFileMustBeNative(t *testing.T) {
	files := mapFS(map[string][]byte{
		"a.txt": []byte("text"), "A.class": []byte("\xca\xfe\xba\xbe\x00\x00\x00\x41"), "a.so": oldLib,
		"a.deb": tiny.Archive(tiny.Member{Name: "debian-binary"}),
	})
	got := check(t, FilesIn(files, "a.txt", "A.class", "a.so", "a.deb", "missing"), Options{})
	require.Len(t, got, 5)
	assert.Equal(t, "a.txt! not an ELF or Mach-O file, nor a container that is looked into", got[0])
	assert.Equal(t, "A.class! a Java class file: not a file of this format", got[1])
	assert.Equal(t, "a.so:", got[2])
	assert.Contains(t, got[3], "a.deb! not an ELF")
	assert.Contains(t, got[4], "missing! file does not exist")
}

func TestTargets(t *testing.T) {
	files := mapFS(map[string][]byte{"a.so": newLib, "b.so": armLib})
	tests := map[string]struct {
		targets []abi.TargetSet
		want    []string
	}{
		"none":                        {nil, []string{"a.so:", "b.so:"}},
		"the file's platform":         {[]abi.TargetSet{on("x", "amd64", "arm64")}, []string{"a.so: glibc-floor", "b.so:"}},
		"another platform":            {[]abi.TargetSet{on("x", "amd64")}, []string{"a.so: glibc-floor", "b.so: wrong-architecture"}},
		"a second one has it":         {[]abi.TargetSet{on("x", "amd64"), on("y", "arm64")}, []string{"a.so: glibc-floor", "b.so:"}},
		"both find the same":          {[]abi.TargetSet{on("x", "amd64"), on("x", "amd64", "arm64")}, []string{"a.so: glibc-floor", "b.so:"}},
		"each says it with its name":  {[]abi.TargetSet{on("x", "amd64", "arm64"), on("y", "amd64")}, []string{"a.so: glibc-floor glibc-floor", "b.so:"}},
		"android runs files of linux": {[]abi.TargetSet{{{Name: "android:35", Platform: abi.Platform{OS: "android", Arch: "arm64"}}}}, []string{"a.so: wrong-architecture", "b.so:"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, check(t, FilesIn(files), Options{Targets: tt.targets}))
		})
	}
}

// The first architecture of a list is none that was asked for.
func TestNoneOfTheArchitectures(t *testing.T) {
	files := FilesIn(mapFS(map[string][]byte{"b.so": armLib}))
	report, err := Check(context.Background(), files, Options{Targets: []abi.TargetSet{on("x", "386", "amd64", "s390x")}})
	require.NoError(t, err)
	assert.Equal(t, "is built for linux/arm64; x is known here for linux/386, amd64 and s390x", report.Results[0].Findings[0].Message)
}

func TestWithoutTarget(t *testing.T) {
	report, err := Check(context.Background(), FilesIn(mapFS(map[string][]byte{"a.so": newLib})), Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"GLIBC_2.34 (libc.so.6)"}, report.Results[0].Floor)
	assert.Contains(t, report.Results[0].Skipped, abi.Skipped{Rule: "glibc-floor", Why: "no target was named"})
}

func TestChoiceOfRules(t *testing.T) {
	files := FilesIn(mapFS(map[string][]byte{"a.so": tiny.ELF{Needs: []tiny.Need{{
		Library: "libc.so.6", Versions: []tiny.Version{{Name: "GLIBC_2.34", Symbols: []string{"puts"}}},
	}}}.Bytes()}))
	old := []abi.TargetSet{on("old", "amd64")}
	assert.Equal(t, []string{"a.so: glibc-floor"}, check(t, files, Options{Targets: old}))
	assert.Equal(t, []string{"a.so: glibc-floor soname-missing"}, check(t, files, Options{Targets: old, Release: true}))
	assert.Equal(t, []string{"a.so: soname-missing"}, check(t, files, Options{Targets: old, Only: []string{"soname-missing"}}))
	assert.Equal(t, []string{"a.so:"}, check(t, files, Options{Targets: old, Disable: []string{"glibc-floor"}}))
}

func TestUnknownRule(t *testing.T) {
	for _, o := range []Options{{Only: []string{"glibc-flor"}}, {Disable: []string{"glibc-flor"}}} {
		_, err := Check(context.Background(), FilesIn(mapFS(map[string][]byte{"a.so": newLib})), o)
		var unknown *UnknownRuleError
		require.ErrorAs(t, err, &unknown)
		assert.Equal(t, `rule "glibc-flor": there is none; the nearest is glibc-floor`, unknown.Error())
	}
}

// However many workers, the order is that of the walk.
func TestOrder(t *testing.T) {
	files := map[string][]byte{}
	for _, dir := range []string{"", "a/", "a/b/", "z/"} {
		for i := range 100 {
			files[dir+string(rune('a'+i%26))+strings.Repeat("x", i/26)+".so"] = oldLib
		}
	}
	fsys := mapFS(files)
	want := check(t, FilesIn(fsys), Options{Workers: 1})
	require.Len(t, want, 400)
	assert.Equal(t, want, check(t, FilesIn(fsys), Options{Workers: 8}))
}

func TestProgress(t *testing.T) {
	fsys := mapFS(map[string][]byte{"a.so": oldLib, "b.txt": nil})
	var counts []int
	check(t, FilesIn(fsys), Options{Progress: func(n int) { counts = append(counts, n) }})
	assert.Equal(t, []int{1, 2}, counts)
}

func TestCancel(t *testing.T) {
	fsys := mapFS(map[string][]byte{"a.so": oldLib, "b.so": oldLib})
	for _, workers := range []int{1, 4} {
		ctx, cancel := context.WithCancel(context.Background())
		n := 0
		var last error
		for _, err := range Results(ctx, FilesIn(fsys), Options{Workers: workers}) {
			if n++; n == 1 {
				cancel()
			}
			last = err
		}
		assert.ErrorIs(t, last, context.Canceled)
		cancel()
	}
}

func TestStopEarly(t *testing.T) {
	fsys := mapFS(map[string][]byte{"a.so": oldLib, "b.so": oldLib, "c.so": oldLib})
	for range Results(context.Background(), FilesIn(fsys), Options{Workers: 4}) {
		break
	}
	for range Read(context.Background(), FilesIn(fsys), Want{}) {
		break
	}
}

// noSeek hides everything but Read, as a file in a zip archive does.
type noSeek struct{ fstest.MapFS }

func (n noSeek) Open(name string) (fs.File, error) {
	f, err := n.MapFS.Open(name)
	if d, ok := f.(fs.ReadDirFile); ok {
		return d, err
	}
	return struct{ fs.File }{f}, err
}

func TestFilesHeldInMemory(t *testing.T) {
	fsys := noSeek{mapFS(map[string][]byte{"a.so": newLib, "b.txt": []byte("t")})}
	old := []abi.TargetSet{on("old", "amd64")}
	assert.Equal(t, []string{"a.so: glibc-floor"}, check(t, FilesIn(fsys), Options{Targets: old}))
	assert.Equal(t, []string{"a.so! more than 100 bytes, the limit for a file that must be held in memory"},
		check(t, FilesIn(fsys), Options{Targets: old, MaxMemory: 100}))
	assert.Equal(t, []string{"a.so: glibc-floor"}, check(t, FilesIn(fsys), Options{Targets: old, MaxMemory: int64(len(newLib))}))
}

// denied refuses to open one directory and one file; root is refused nothing,
// so the tests cannot do it with modes.
type denied struct{ fstest.MapFS }

func (d denied) Open(name string) (fs.File, error) {
	if strings.Contains(name, "secret") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return d.MapFS.Open(name)
}

func (d denied) ReadDir(name string) ([]fs.DirEntry, error) {
	if strings.Contains(name, "secret") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return d.MapFS.ReadDir(name)
}

func TestUnreadable(t *testing.T) {
	fsys := denied{mapFS(map[string][]byte{"a.so": oldLib, "b/secret.so": oldLib, "secret/c.so": oldLib, "z.so": oldLib})}
	assert.Equal(t, []string{
		"a.so:",
		"b/secret.so! permission denied",
		"secret! permission denied",
		"z.so:",
	}, check(t, FilesIn(fsys), Options{}))
}

// broken panics when it is read.
type broken struct{ fs.File }

func (broken) ReadAt([]byte, int64) (int, error) { panic("index out of range") }

type brokenFS struct{ fstest.MapFS }

func (b brokenFS) Open(name string) (fs.File, error) {
	f, err := b.MapFS.Open(name)
	if name == "bad.so" {
		return broken{f}, err
	}
	return f, err
}

func TestPanicIsOfOneFile(t *testing.T) {
	fsys := brokenFS{mapFS(map[string][]byte{"bad.so": oldLib, "good.so": oldLib})}
	got := check(t, FilesIn(fsys), Options{})
	require.Len(t, got, 2)
	assert.Contains(t, got[0], "bad.so! this is a fault of abivet, please report it: panic: index out of range")
	assert.Equal(t, "good.so:", got[1])
}

func TestReadErrors(t *testing.T) {
	fsys := brokenReads{mapFS(map[string][]byte{"a.so": oldLib})}
	assert.Equal(t, []string{"a.so! input/output error"}, check(t, FilesIn(fsys), Options{}))
}

type brokenReads struct{ fstest.MapFS }

func (b brokenReads) Open(name string) (fs.File, error) {
	f, err := b.MapFS.Open(name)
	if name == "." {
		return f, err
	}
	return brokenRead{f}, err
}

type brokenRead struct{ fs.File }

func (brokenRead) Read([]byte) (int, error) { return 0, syscall.EIO }

var _ io.Reader = brokenRead{}

func TestRules(t *testing.T) {
	assert.NoError(t, abi.Validate(elfcheck.Rules()))
	assert.NoError(t, abi.Validate(machocheck.Rules()))
	assert.NoError(t, abi.Validate(machocheck.UniversalRules()))
	rules := Rules()
	for i, r := range rules {
		assert.NotEmpty(t, r.Forms, r.ID)
		if i > 0 {
			assert.Less(t, rules[i-1].ID, r.ID, "ordered and unique")
		}
	}
	docs := map[string]abi.Doc{}
	for _, r := range elfcheck.Rules() {
		docs[r.ID] = r.Doc
	}
	for _, r := range machocheck.Rules() {
		if d, ok := docs[r.ID]; ok {
			assert.Equal(t, d, r.Doc, "one hazard, one documentation: %s", r.ID)
		}
	}
}

// Of a packed program every rule says that it saw nothing, but that over its processor.
func TestPackedProgram(t *testing.T) {
	files := mapFS(map[string][]byte{"a": elfbuild.Packed(elfbuild.Image{Type: elf.ET_EXEC, Static: true, Data: make([]byte, 64)}.Bytes())})
	r, err := Check(t.Context(), FilesIn(files), Options{Targets: []abi.TargetSet{on("one", "arm64")}})
	require.NoError(t, err)
	require.Len(t, r.Results, 1)
	require.Len(t, r.Results[0].Findings, 1)
	assert.Equal(t, "wrong-architecture", r.Results[0].Findings[0].Rule)
	unseen := 0
	for _, s := range r.Results[0].Skipped {
		if strings.Contains(s.Why, "packed by UPX") {
			unseen++
		}
	}
	assert.Greater(t, unseen, 20)
}
