package audit

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/packages"
)

// A directory is one with marks of packages that are unpacked in it. Nothing of
// these is read before a native file is met below.
type directory struct {
	source Source
	path   string
	above  *directory // the next one outside
	marks  []string

	reader *packages.Reader // where it was asked for
	files  int              // that its packages have
	first  int              // result that is of its first file
}

// directory returns the directory of packages that an entry of a directory is
// in. Most have no marks.
func (s Source) directory(name string, entries []fs.DirEntry, above *directory) *directory {
	var marks []string
	for _, e := range entries {
		if packages.Marks(e.Name()) {
			marks = append(marks, e.Name())
		}
	}
	if marks == nil {
		return above
	}
	return &directory{source: s, path: name, above: above, marks: marks}
}

// below reports whether a directory is another, or in it.
func (d *directory) below(other *directory) bool {
	for ; d != nil; d = d.above {
		if d == other {
			return true
		}
	}
	return false
}

// add adds a file to the package that it is of, and returns the directory of
// that, or nil.
func (d *directory) add(f packages.File) *directory {
	for ; d != nil; d = d.above {
		if d.reader == nil {
			d.reader = &packages.Reader{}
			d.reader.Unpacked(d.marks, d.read)
		}
		f.Path = strings.TrimLeft(strings.TrimPrefix(f.Place, d.path+"/"), "/") // of "." and "/" too
		if d.reader.AddUnpacked(f) {
			d.files++
			return d
		}
	}
	return nil
}

// read reads a manifest.
func (d *directory) read(name string) ([]byte, error) {
	const most = 16 << 20
	file, err := d.source.open(d.source.below(d.path, name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size, err := sizeOf(file)
	if err != nil {
		return nil, err
	}
	if size > most {
		return nil, fmt.Errorf("%s: want a file of at most %d bytes", name, most)
	}
	return io.ReadAll(io.LimitReader(file, most))
}

// opened are the directories whose packages have files, the outermost first.
type opened []*directory

// add adds files to the packages that they are of, and returns the directories
// that had none before.
func (o *opened) add(in *directory, files []packages.File) (first []*directory) {
	for _, f := range files {
		if d := in.add(f); d != nil && d.files == 1 {
			first = append(first, d)
			*o = append(*o, d)
			slices.SortFunc(*o, func(a, b *directory) int { return len(a.path) - len(b.path) })
		}
	}
	return first
}

// leave yields the packages of the directories that the next file is not in.
func (o *opened) leave(in *directory) iter.Seq2[*directory, Entry] {
	return func(yield func(*directory, Entry) bool) {
		for len(*o) > 0 && !in.below((*o)[len(*o)-1]) {
			d := (*o)[len(*o)-1]
			*o = (*o)[:len(*o)-1]
			for p, err := range d.reader.Packages() {
				e := Entry{Path: d.source.below(d.path, p.Path), Format: p.Kind, Err: err}
				if p.Path == "" {
					e.Path = d.path
				}
				if err == nil {
					e.Package = p
				}
				if !yield(d, e) {
					return
				}
			}
		}
	}
}

// unpacked holds results back while the packages are open that their files are
// of. Without one, they go through.
type unpacked struct {
	judge judge
	open  opened
	held  []abi.Result
}

// add takes the results of the next candidate, and returns those that are
// complete.
func (u *unpacked) add(one checked) []abi.Result {
	if len(u.open) == 0 && len(one.files) == 0 {
		return one.results
	}
	done := u.close(one.in)
	for _, d := range u.open.add(one.in, one.files) {
		d.first = len(u.held)
	}
	if len(u.open) == 0 {
		return append(done, one.results...)
	}
	u.held = append(u.held, one.results...)
	return done
}

// close ends the packages that a directory is not in, and returns what is held
// where none is left.
func (u *unpacked) close(in *directory) []abi.Result {
	for d, e := range u.open.leave(in) {
		if e.Package != nil {
			forgive(u.held[d.first:], e.Package)
			u.judge.passOver(e.Package, u.held[d.first:])
		}
		u.held = append(u.held, u.judge.result(e))
	}
	if len(u.open) > 0 {
		return nil
	}
	done := u.held
	u.held = nil
	return done
}

// inPackage is the file of an entry as the package has it that it may be
// unpacked in: no member of an archive, and no file in a container.
func (c candidate) inPackage(e Entry) (packages.File, bool) {
	f := e.file()
	f.Place = c.path
	return f, c.in != nil && e.Member == "" && e.Container == "" && f.Loaded()
}
