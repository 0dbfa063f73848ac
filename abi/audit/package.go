package audit

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// A Package is what a package says that its native files run on, and these
// files. It is a Python wheel: others do not say it in a way that can be held
// against files.
type Package struct {
	Path string // of the file
	// Tags are the platform tags of its name, by which installers go; where
	// it is not named as wheels are, those that are written in it.
	Tags  []string
	Inner []string // the platform tags that are written in it
	Files []Entry  // what a loader is given of it: no object
}

// isWheelFile knows the file that makes a zip archive a wheel.
func isWheelFile(name string) bool {
	dir, ok := strings.CutSuffix(name, ".dist-info/WHEEL")
	return ok && !strings.Contains(dir, "/")
}

// packages are those in a container, itself among them, by their place in it.
type packages struct {
	path string
	list []*Package
	at   map[string]*Package
}

// wheel begins a package with what its WHEEL says, which a walker meets before
// the files.
func (p *packages) wheel(in string, at io.ReaderAt, size int64) error {
	const most = 1 << 20
	if size > most {
		return fmt.Errorf("%d bytes: want at most %d", size, most)
	}
	wheel := &Package{Path: in}
	lines := bufio.NewScanner(io.NewSectionReader(at, 0, size))
	for lines.Scan() {
		if tag, ok := strings.CutPrefix(lines.Text(), "Tag:"); ok {
			wheel.Inner = addTags(wheel.Inner, tag)
		}
	}
	if name, ok := strings.CutSuffix(path.Base(strings.ReplaceAll(p.path+in, "!", "/")), ".whl"); ok && strings.Count(name, "-") >= 4 {
		wheel.Tags = addTags(nil, name)
	} else {
		wheel.Tags = wheel.Inner
	}
	if p.at == nil {
		p.at = map[string]*Package{}
	}
	p.list, p.at[in] = append(p.list, wheel), wheel
	return lines.Err()
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

// add adds a native file to the package that it is in.
func (p *packages) add(in, name string, e Entry) {
	if wheel := p.at[in]; wheel != nil && loaded(e) {
		e.Path = name
		wheel.Files = append(wheel.Files, e)
	}
}

// emit emits the packages that have something native.
func (p *packages) emit(emit func(Entry)) {
	for _, wheel := range p.list {
		if len(wheel.Files) > 0 {
			emit(Entry{Path: wheel.Path, Container: p.path, Format: "wheel", Package: wheel})
		}
	}
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

// obstacles returns what keeps a file of the package from a target. What is
// wrong with it anywhere is no question of the target, but for private symbols:
// they are those of one glibc, and no policy promises them.
func (p *Package) obstacles(e Entry, t abi.Target) []string {
	var messages []string
	anywhere, _ := obstacles(e, abi.Target{})
	for _, f := range errorsFor(e, t) {
		switch {
		case f.Rule == "library-not-in-target" && p.brings(e.ELF, f.Subject):
		case f.Rule != "glibc-private" && slices.Contains(anywhere, f.Message):
		default:
			messages = append(messages, f.Message)
		}
	}
	return messages
}

// errorsFor returns the errors that a target raises, and the warnings that one
// in a package comes to.
func errorsFor(e Entry, t abi.Target) (all []abi.Finding) {
	if e.ELF == nil {
		return nil
	}
	findings, _ := abi.Check(choose(Options{}, elfcheck.Rules()), e.ELF, t)
	for _, f := range findings {
		if f.Severity == abi.Error || f.Rule == "library-not-in-target" {
			all = append(all, f)
		}
	}
	return all
}
