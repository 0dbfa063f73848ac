package audit

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// A Package is what a package says that its native files run on, and these
// files.
type Package struct {
	Path string // of the file
	// Kind is wheel, npm, gem, jar, nuget, conda, crate, deb, apk (Alpine's),
	// pacman or android.
	Kind string
	// Tags are what it says, in the words of its kind: the platform tags of a
	// wheel's name, by which installers go (where it is not named as wheels
	// are, those that are written in it), npm's os, cpu and libc, a gem's
	// platform, a processor. Jars and NuGet's packages say it in the paths
	// of their files alone.
	Tags []string
	// Floors are what it wants of the system, such as "libc6 (>= 2.34)".
	Floors []string
	Inner  []string // the platform tags that are written in a wheel
	// Python and ABI are the first tags in the name of a wheel: cp37, abi3.
	Python, ABI string
	Files       []Entry // what a loader is given of it: no object
	// ExtractsLibraries is what the manifest of an application for Android says of
	// copying its libraries out of it: true, false, or nothing.
	ExtractsLibraries string

	shared bool  // the manifest is one that other kinds have, too
	err    error // that the manifest has, which matters where there is a file
}

// packages are those in a container, itself among them, by their place in it.
type packages struct {
	path string
	list []*Package
	at   map[string]*Package
	// early has files of what may become a package: its manifest may stand
	// behind them.
	early map[string][]Entry
}

// manifest begins a package with what its manifest says. The first counts, but
// that one that is of no other kind counts more.
func (p *packages) manifest(in, name string, at io.ReaderAt, size int64) error {
	m := manifestOf(in, name)
	before := p.at[owner(in)]
	if m == nil || before != nil && (m.shared || !before.shared) {
		return nil
	}
	const most = 16 << 20
	if size > most {
		return fmt.Errorf("%d bytes: want at most %d", size, most)
	}
	b := make([]byte, size)
	if n, err := at.ReadAt(b, 0); n < len(b) {
		return err
	}
	pkg := &Package{Path: owner(in), Kind: m.kind, shared: m.shared}
	ok, err := m.read(pkg, bytes.NewReader(b))
	if pkg.err = err; !ok && err == nil {
		return nil
	}
	if m.kind == "wheel" {
		pkg.nameTags(p.path + in)
	}
	if before != nil {
		pkg.Files = before.Files
		*before = *pkg
		return nil
	}
	if p.at == nil {
		p.at = map[string]*Package{}
	}
	pkg.Files = p.early[pkg.Path]
	p.list, p.at[pkg.Path] = append(p.list, pkg), pkg
	return nil
}

// add adds a native file to the package that it is in.
func (p *packages) add(in, name string, e Entry) {
	if !loaded(e) {
		return
	}
	e.Path = name
	pkg := p.at[owner(in)]
	switch {
	case pkg != nil:
		pkg.Files = append(pkg.Files, e)
	case mayBeEarly(in, name):
		if p.early == nil {
			p.early = map[string][]Entry{}
		}
		p.early[owner(in)] = append(p.early[owner(in)], e)
	}
}

// emit emits the packages that have something native.
func (p *packages) emit(emit func(Entry)) {
	for _, pkg := range p.list {
		switch {
		case len(pkg.Files) == 0:
		case pkg.err != nil:
			emit(Entry{Path: pkg.Path, Container: p.path, Format: pkg.Kind, Err: pkg.err})
		default:
			emit(Entry{Path: pkg.Path, Container: p.path, Format: pkg.Kind, Package: pkg})
		}
	}
}

// nameTags takes the tags from a wheel's name.
func (p *Package) nameTags(file string) {
	name, ok := strings.CutSuffix(path.Base(strings.ReplaceAll(file, "!", "/")), ".whl")
	if ok && strings.Count(name, "-") >= 4 {
		p.Tags = addTags(nil, name)
		parts := strings.Split(name, "-")
		p.Python, p.ABI = parts[len(parts)-3], parts[len(parts)-2]
	} else {
		p.Tags = p.Inner
	}
}

// addTags adds the platform tags at the end of a compressed tag, such as
// cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.
func addTags(tags []string, compressed string) []string {
	compressed = strings.TrimSpace(compressed)
	for tag := range strings.SplitSeq(compressed[strings.LastIndex(compressed, "-")+1:], ".") {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// brings reports whether a file can find a needed library in the package: by
// its own path, or by that of another file, which reaches what that one brings
// too.
func (p *Package) brings(f *elfcheck.File, library string) bool {
	beside := origin(f.RunPath) || origin(f.RPath)
	there := false
	for _, e := range p.Files {
		there = there || e.ELF != nil && (path.Base(e.Path) == library || e.ELF.SOName == library)
		beside = beside || e.ELF != nil && origin(e.ELF.RPath)
	}
	return there && beside
}

func origin(dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool {
		return strings.Contains(dir, "$ORIGIN") || strings.Contains(dir, "${ORIGIN}")
	})
}

// obstacles returns what keeps a file of the package from a target; only wheels
// have to bring all libraries but those of the policy. What is
// wrong with it anywhere is no question of the target, but for private symbols:
// they are those of one glibc, and no policy promises them.
func (p *Package) obstacles(e Entry, t abi.Target) []string {
	var messages []string
	anywhere, _ := obstacles(e, abi.Target{})
	for _, f := range errorsFor(e, t) {
		switch {
		case f.Rule == notInTarget && (p.Kind != "wheel" || p.brings(e.ELF, f.Subject)):
		case f.Rule != "glibc-private" && slices.Contains(anywhere, f.Message):
		default:
			messages = append(messages, f.Message)
		}
	}
	return append(messages, private(p, e, messages)...)
}

// private is what glibc-private lets pass: glibc's own libraries use its private
// symbols by right, but not out of a wheel, beside another glibc.
func private(p *Package, e Entry, messages []string) []string {
	if p.Kind != "wheel" || e.ELF == nil || slices.ContainsFunc(messages, func(m string) bool { return strings.Contains(m, "GLIBC_PRIVATE") }) {
		return nil
	}
	for _, need := range e.ELF.VersionNeeds {
		if need.Version == "GLIBC_PRIVATE" {
			return []string{fmt.Sprintf("needs GLIBC_PRIVATE from %s: a part of one glibc, which no other has to fit", need.File)}
		}
	}
	return nil
}

// errorsFor returns the errors that a target raises, and the warnings that one
// in a package comes to.
func errorsFor(e Entry, t abi.Target) (all []abi.Finding) {
	if e.ELF == nil {
		return nil
	}
	findings, _ := abi.Check(choose(Options{}, elfcheck.Rules()), e.ELF, t)
	for _, f := range findings {
		if f.Severity == abi.Error || f.Rule == notInTarget {
			all = append(all, f)
		}
	}
	return all
}
