package packages

import (
	"bytes"
	"encoding/csv"
	"path"
	"regexp"
	"strings"
	"sync"
)

// Marks reports whether a file or directory of a name is a mark of packages that
// are unpacked in the directory that it stands in: one of npm, the wheels in a
// site-packages, or the gems of a Ruby.
func Marks(name string) bool {
	return name == npmManifest || name == gemSpecifications || strings.HasSuffix(name, distInfo)
}

const (
	npmManifest       = "package.json"
	gemSpecifications = "specifications"
	distInfo          = ".dist-info"
)

// Unpacked takes a directory that has marks: read reads a file below it. What is
// no package after all, as a package.json without a name or one that is not to be
// published, is passed over.
func (r *Reader) Unpacked(marks []string, read func(name string) ([]byte, error)) {
	for _, mark := range marks {
		switch {
		case mark == npmManifest:
			b, err := read(mark)
			if err == nil {
				r.begin(&Package{Kind: "npm", shared: true}, b, readInstalledNPM)
			}
		case mark == gemSpecifications:
			r.gems = read
		default:
			r.unpackedWheel(mark, read)
		}
	}
}

// begin adds a package at its place with what its manifest says.
func (r *Reader) begin(p *Package, manifest []byte, readManifest func(*Package, []byte) (bool, error)) *Package {
	ok, err := readManifest(p, manifest)
	if p.err = err; !ok && err == nil {
		return nil
	}
	if r.at == nil {
		r.at = map[string]*Package{}
	}
	if p.Kind == "npm" {
		r.at[p.Path] = p
	}
	r.list = append(r.list, p)
	return p
}

func readInstalledNPM(p *Package, b []byte) (bool, error) {
	ok, err := readNPM(p, bytes.NewReader(b))
	return ok && p.published, err
}

// unpackedWheel begins the wheel of a directory x-1.0.dist-info. Which files are
// its own stands in RECORD, a table of paths, hashes and sizes
// (https://packaging.python.org/specifications/recording-installed-packages/);
// distributions leave that out.
func (r *Reader) unpackedWheel(dir string, read func(name string) ([]byte, error)) {
	wheel, err := read(path.Join(dir, "WHEEL"))
	if err != nil {
		return
	}
	record, err := read(path.Join(dir, "RECORD"))
	if err != nil {
		return
	}
	p := r.begin(&Package{Path: dir, Kind: "wheel"}, wheel, func(p *Package, b []byte) (bool, error) { return readWheel(p, bytes.NewReader(b)) })
	if p == nil {
		return
	}
	p.Tags = p.Inner
	var python, abi []string
	for _, m := range wheelTag().FindAllSubmatch(wheel, -1) {
		python, abi = addNew(python, string(m[1])), addNew(abi, string(m[2]))
	}
	p.Python, p.ABI = strings.Join(python, "."), strings.Join(abi, ".")
	if r.owned == nil {
		r.owned = map[string]*Package{}
	}
	for line := range strings.Lines(string(record)) {
		name := recorded(line)
		switch path.Ext(name) {
		case ".py", ".pyc", ".pyi", ".txt", ".h", ".js": // most files
		default:
			r.owned[name] = p
		}
	}
}

// recorded is the path in a line of RECORD, which is quoted where it has a comma
// or a quote; of the hash and the size behind it neither has.
func recorded(line string) string {
	if strings.HasPrefix(line, `"`) {
		if fields, err := csv.NewReader(strings.NewReader(line)).Read(); err == nil {
			return fields[0]
		}
	}
	name := strings.TrimRight(line, "\r\n")
	for range 2 {
		if i := strings.LastIndexByte(name, ','); i >= 0 {
			name = name[:i]
		}
	}
	return name
}

var wheelTag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^Tag: (\w+)-(\w+)-`) })

var gemspecPlatform = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^  s\.platform = "([\w.-]+)"`) })

// gem returns the gem for one platform that a file gems/x-1.0-x86_64-linux/x.so
// belongs to, or nil: one that was built where it stands says nothing.
func (r *Reader) gem(name string) *Package {
	parts := strings.SplitN(name, "/", 3)
	if r.gems == nil || len(parts) < 3 || parts[0] != "gems" {
		return nil
	}
	place := path.Join(parts[0], parts[1])
	if p, known := r.at[place]; known {
		return p
	}
	var p *Package
	if b, err := r.gems(path.Join(gemSpecifications, parts[1]+".gemspec")); err == nil {
		p = r.begin(&Package{Path: place, Kind: "gem"}, b, func(p *Package, b []byte) (bool, error) {
			m := gemspecPlatform().FindSubmatch(b)
			if m != nil {
				p.Tags = []string{string(m[1])}
			}
			return m != nil, nil
		})
	}
	if r.at == nil {
		r.at = map[string]*Package{}
	}
	r.at[place] = p
	return p
}

// AddUnpacked adds a file of a directory to the package that it is of, and
// reports whether there is one. Its path is the one below the directory.
func (r *Reader) AddUnpacked(f File) bool {
	p := r.owned[f.Path]
	if p == nil {
		if p = r.gem(f.Path); p != nil {
			f.Path = strings.TrimPrefix(f.Path, p.Path+"/")
		}
	}
	if p == nil {
		p = r.at[""]
	}
	if p == nil || !f.Loaded() {
		return false
	}
	p.Files = append(p.Files, f)
	return true
}
