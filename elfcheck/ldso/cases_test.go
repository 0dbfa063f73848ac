package ldso

import (
	"flag"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/elfbuild"
	"github.com/abivet/abivet/internal/rootpath"

	"testing/fstest"
)

// A loading is files in a user space and one of them that is loaded there. What
// the real loaders say is in testdata/said.txt.
type loading struct {
	files   files
	request Request // of /c/main where it has no path
}

// unlike tells why we do not say what the loader says, by case and C library.
var unlike = map[string]string{
	"symbol: a hidden definition/musl":                           "musl sees hidden symbols, and the reader leaves them out; linkers put none there",
	"symbol: an internal definition/musl":                        "musl sees internal symbols, and the reader leaves them out",
	"symbol: a call to nothing, lazily, DT_BIND_NOW/musl":        "musl knows only the newer flags of that meaning, which linkers set as well",
	"musl: a call to nothing, lazily, DT_BIND_NOW/musl":          "musl knows only the newer flags of that meaning, which linkers set as well",
	"tls: a missing symbol before TLS/2.31":                      "the facts do not tell which relocation stands first",
	"tls: a missing symbol before TLS/2.36":                      "the facts do not tell which relocation stands first",
	"tls: a missing symbol before TLS/2.41":                      "the facts do not tell which relocation stands first",
	"tls: a missing symbol before TLS/2.43":                      "the facts do not tell which relocation stands first",
	"tls: a missing symbol before TLS/musl":                      "the facts do not tell which relocation stands first",
	"symbol: a missing symbol before a bad relocation/2.31":      "the facts do not tell which relocation stands first",
	"symbol: a missing symbol before a bad relocation/2.36":      "the facts do not tell which relocation stands first",
	"symbol: a missing symbol before a bad relocation/2.41":      "the facts do not tell which relocation stands first",
	"symbol: a missing symbol before a bad relocation/2.43":      "the facts do not tell which relocation stands first",
	"symbol: a missing symbol before a bad relocation/musl":      "the facts do not tell which relocation stands first",
	"layout: a name behind the string table/2.31":                "it asserts that an auxiliary library has a name",
	"layout: two dynamic tables/musl":                            "the last of them has no string table, and it takes the start of the file for one",
	"damage: no symbol table/musl":                               "it takes the start of the file for one, and what it finds there is looked up nowhere",
	"symbol: no hash table/musl":                                 "it crashes",
	"symbol: an undefined symbol with a value in a library/musl": "no linker makes one",
	"mapping: no loadable segment/musl":                          "it asks for endless memory",
	"mapping: address and offset do not agree/musl":              "it maps the file where nothing can be read",
	"mapping: address and offset agree in a page alone/musl":     "it crashes",
	"mapping: an empty dynamic section/musl":                     "it goes by the address alone",
	"damage: calls of no form/musl":                              "it takes them for relocations of another form",
	"damage: calls of no form, lazily/musl":                      "it takes them for relocations of another form",
	"damage: a filter of three words/musl":                       "it finds some symbols and others not",
	"damage: no string table/musl":                               "it takes the start of the file for one",
	"packed: places before any/musl":                             "it writes wherever a register points to",
	"hash: a filter that goes on/2.31":                           "it dies of signal 7, behind the end of the file",
	"hash: a filter that goes on/2.36":                           "it dies of signal 7, behind the end of the file",
	"hash: a filter that goes on/2.41":                           "it reads what lies behind the file, and there are zeros",
	"hash: a filter that goes on/2.43":                           "it reads what lies behind the file, and there are zeros",
	"program: a program that others may not run/2.31":            asNobody,
	"program: a program that others may not run/2.36":            asNobody,
	"program: a program that others may not run/2.41":            asNobody,
	"program: a program that others may not run/2.43":            asNobody,
	"program: a program that others may not run/musl":            asNobody,
	"symbol: a bad relocation among calls, lazily/2.31":          "the words tell the tables apart, the facts do not",
	"symbol: a bad relocation among calls, lazily/2.36":          "the words tell the tables apart, the facts do not",
	"symbol: a bad relocation among calls, lazily/2.41":          "the words tell the tables apart, the facts do not",
	"symbol: a bad relocation among calls, lazily/2.43":          "the words tell the tables apart, the facts do not",
}

const asNobody = "the real one was asked by one of the others; who may run it runs it"

// files are by their absolute path: an elfbuild.Image, bytes, text, a link, or a
// file with a mode.
type files map[string]any

type (
	link     string // symbolic
	hardlink string // another of the files
	dir      struct{ perm fs.FileMode }
	perm     struct {
		content any
		mode    fs.FileMode
	}
)

// loadings are all of them; the tables stand beside what they are about.
func loadings() map[string]loading {
	all := map[string]loading{}
	for topic, table := range map[string]map[string]loading{
		"search": searches(), "token": tokens(), "header": headers(), "mapping": mappings(), "version": versionings(),
		"symbol": bindings(), "tls": tlsBlocks(), "program": programs(), "cache": cachings(), "musl": musls(), "level": levels(), "filter": filters(), "damage": damages(), "hash": hashDamages(), "packed": packedDamages(), "layout": layoutDamages(),
	} {
		for name, l := range table {
			if l.request.Path == "" {
				l.request.Path = "/c/main"
			}
			all[topic+": "+name] = l
		}
	}
	return all
}

var export = flag.String("export", "", "write the cases of TestLoadings below this directory, to be shown to real loaders")

// What a loader says of each case is what the real one was heard to say.
func TestLoadings(t *testing.T) {
	if *export != "" {
		exportLoadings(t, *export)
		return
	}
	said := readSaid(t)
	for name, l := range loadings() {
		for _, libc := range libcs {
			t.Run(name+"/"+libc, func(t *testing.T) {
				want, ok := said[name][libc]
				if !ok {
					t.Skip("no loader was asked")
				}
				root := fakeRoot(libc)
				for at, content := range l.files {
					addFile(root, l.files, at, content)
				}
				p, err := New(root).Load(l.request)
				require.NoError(t, err, "the loader says %s %s", want.category, want.message)
				got := answer{category: string(OK)}
				if len(p.Failures) > 0 {
					got = answer{string(p.Failures[0].Category), p.Failures[0].Message}
				} else if p.Unknown != "" {
					got = answer{string(Unknown), p.Unknown}
				}
				if why := unlike[name+"/"+libc]; why != "" {
					require.NotEqual(t, want, got, "it is said to differ: %s", why)
					return
				}
				require.Equal(t, want.category, got.category, "the loader says %q, ours %q", want.message, got.message)
				if want.message != "-" { // what a kernel says is words of a shell
					require.Equal(t, want.message, got.message)
				}
			})
		}
	}
}

// fakeFile makes a file of the user space with its identity.
func addFile(root fstest.MapFS, all files, at string, content any) {
	f := &fstest.MapFile{Mode: 0o755, Sys: fileID{at}}
	switch c := content.(type) {
	case link:
		f.Mode, f.Data = fs.ModeSymlink|0o777, []byte(c)
	case hardlink:
		addFile(root, all, at, all[string(c)])
		root[rootpath.FSName(at)].Sys = fileID{string(c)}
		return
	case dir:
		f.Mode = fs.ModeDir | c.perm
	case perm:
		addFile(root, all, at, c.content)
		root[rootpath.FSName(at)].Mode = c.mode
		return
	default:
		f.Data = contentOf(c)
	}
	root[rootpath.FSName(at)] = f
}

func contentOf(content any) []byte {
	switch c := content.(type) {
	case elfbuild.Image:
		return build(c)
	case []byte:
		return c
	case string:
		return []byte(c)
	}
	panic(content)
}

// fileID is an identity by name.
type fileID struct{ name string }

func (f fileID) FileID() rootpath.FileID {
	h := uint64(14695981039346656037)
	for _, c := range []byte(f.name) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return rootpath.FileID{Inode: h}
}

// exportLoadings writes every case as a tree of files, with its request.
func exportLoadings(t *testing.T, to string) {
	for name, l := range loadings() {
		base := filepath.Join(to, strings.NewReplacer(" ", "_", "/", "%").Replace(name))
		for _, late := range []bool{false, true} { // links after what they are links of
			for _, at := range slices.Sorted(maps.Keys(l.files)) {
				content, full := l.files[at], filepath.Join(base, "root", at)
				mode := fs.FileMode(0o755)
				if p, ok := content.(perm); ok {
					content, mode = p.content, p.mode
				}
				h, hard := content.(hardlink)
				if hard != late {
					continue
				}
				require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
				switch c := content.(type) {
				case link:
					require.NoError(t, os.Symlink(string(c), full))
				case hardlink:
					require.NoError(t, os.Link(filepath.Join(base, "root", string(h)), full))
				case dir:
					require.NoError(t, os.MkdirAll(full, 0o755))
					require.NoError(t, os.Chmod(full, c.perm))
				default:
					require.NoError(t, os.WriteFile(full, contentOf(c), 0o755))
					require.NoError(t, os.Chmod(full, mode))
				}
			}
		}
		writeRequest(t, base, name, l)
	}
}

// A user space of each C library, as its loader sees it.
func fakeRoot(libc string) fstest.MapFS {
	root := fstest.MapFS{"lib": &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte("usr/lib")}, "lib64": &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte("usr/lib64")}}
	for at, content := range fakeLibc(libc) {
		addFile(root, nil, path.Clean(at), content)
	}
	return root
}
