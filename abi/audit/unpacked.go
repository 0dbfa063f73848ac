package audit

import (
	"cmp"
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
	weight int              // of these
	over   bool             // they were more than are held
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
	for ; d != nil && !d.over; d = d.above {
		if d.reader == nil {
			d.reader = &packages.Reader{}
			d.reader.Unpacked(d.marks, d.read)
		}
		f.Path = strings.TrimLeft(strings.TrimPrefix(f.Place, d.path+"/"), "/") // of "." and "/" too
		if d.reader.AddUnpacked(f) {
			d.files++
			d.weight += weigh(f)
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

// add adds the files of a candidate to the package that they are of, and returns
// the directory of that, or nil.
func (o *opened) add(in *directory, files []packages.File) (of *directory) {
	for _, f := range files {
		d := in.add(f)
		if d != nil && d.files == 1 {
			*o = append(*o, d)
			slices.SortFunc(*o, func(a, b *directory) int { return len(a.path) - len(b.path) })
		}
		if d != nil {
			of = d
		}
	}
	return of
}

// leave yields the packages of the directories that the next file is not in.
func (o *opened) leave(in *directory) iter.Seq2[*directory, Entry] {
	return func(yield func(*directory, Entry) bool) {
		for len(*o) > 0 && !in.below((*o)[len(*o)-1]) {
			d := (*o)[len(*o)-1]
			*o = (*o)[:len(*o)-1]
			for e := range d.packages {
				if !yield(d, e) {
					return
				}
			}
		}
	}
}

// packages yields what stands in a directory and has files.
func (d *directory) packages(yield func(Entry) bool) {
	for p, err := range d.reader.Packages() {
		e := Entry{Path: d.source.below(d.path, p.Path), Format: p.Kind, Err: err}
		if p.Path == "" {
			e.Path = d.path
		}
		if err == nil {
			e.Package = p
		}
		if !yield(e) {
			return
		}
	}
}

// unpacked holds back the results that a package may still change, with those
// behind them, and the files of packages, until these end. All others go through.
type unpacked struct {
	judge *judge
	open  opened
	held  []abi.Result
	of    []*directory // for each: whose package may change it, or nil
}

// A tree may be one package, with any number of native files.
const (
	defaultHeld = 64 << 20
	symbolHeld  = 128 // bytes, about, that a symbol takes
	bare        = 64  // symbols that a file without any takes as much as, or a result
)

// maxWeight is how many symbols may be held.
func (u *unpacked) maxWeight() int {
	return int(cmp.Or(max(u.judge.options.MaxHeld, 0), defaultHeld) / symbolHeld)
}

// weigh is about how many symbols a file is as large as.
func weigh(f packages.File) int {
	if f.ELF != nil {
		return bare + len(f.ELF.Imports) + len(f.ELF.Exports)
	}
	return bare + len(f.MachO.Imports) + len(f.MachO.Exports)
}

// add takes the results of the next candidate, and returns those that are
// complete.
func (u *unpacked) add(one checked) []abi.Result {
	if len(u.open) == 0 && len(one.files) == 0 {
		return one.results
	}
	u.leave(one.in)
	of := u.open.add(one.in, one.files)
	for _, r := range one.results {
		u.hold(r, nil)
		if of != nil && u.changes(r, one.files) {
			u.of[len(u.of)-1] = of
		}
	}
	u.bound()
	return u.complete()
}

func (u *unpacked) hold(r abi.Result, of *directory) {
	u.held, u.of = append(u.held, r), append(u.of, of)
}

// changes reports whether a package may change a result: forgive takes out that a
// library is missing, and passOver all that is said of a file that no target loads.
func (u *unpacked) changes(r abi.Result, files []packages.File) bool {
	if len(u.judge.targets) == 0 {
		return slices.ContainsFunc(r.Findings, func(f abi.Finding) bool { return f.Rule == "library-not-in-target" })
	}
	return len(r.Findings) > 0 || r.Err != nil || !slices.ContainsFunc(files, u.judge.serves)
}

// serves reports whether a target loads a file.
func (j *judge) serves(f packages.File) bool {
	return slices.ContainsFunc(j.targets, func(set abi.TargetSet) bool {
		return slices.ContainsFunc(set, func(t abi.Target) bool {
			return t.Serves(f.Platform()) && (f.ELF == nil || f.ELF.Libc == "" || t.Libc == "" || f.ELF.Libc == t.Libc)
		})
	})
}

// leave ends the packages that a directory is not in.
func (u *unpacked) leave(in *directory) {
	for d, e := range u.open.leave(in) {
		u.settle(d, e)
		u.hold(u.judge.result(e), nil)
	}
}

// settle changes what is held to what is known with a package.
func (u *unpacked) settle(d *directory, e Entry) {
	if e.Package != nil {
		forgive(u.held, e.Package)
		u.judge.passOver(e.Package, u.held, d.path != d.source.root())
	}
}

// bound gives up the packages that have more than is held, the one that the oldest
// result waits for or the heaviest.
func (u *unpacked) bound() {
	weight := 0
	for _, d := range u.open {
		weight += d.weight
	}
	for len(u.open) > 0 && weight > u.maxWeight() {
		d := slices.MaxFunc(u.open, func(a, b *directory) int { return a.weight - b.weight })
		weight -= d.weight
		u.giveUp(d)
	}
	for u.release(); bare*(len(u.held)-u.done()) > u.maxWeight(); u.release() {
		u.giveUp(u.of[u.done()])
	}
}

// giveUp says of the packages in a directory that they are not judged.
func (u *unpacked) giveUp(d *directory) {
	u.open = slices.DeleteFunc(u.open, func(o *directory) bool { return o == d })
	for e := range d.packages {
		u.settle(d, e)
		r := abi.Result{Path: e.Path, Format: e.Format, Err: e.Err}
		if e.Err == nil {
			unasked(&r, u.judge.rules.packages, fmt.Sprintf("what is held of the native files in its directory until that ends, %d of them, is more than %d bytes: limit max-held", d.files, u.maxWeight()*symbolHeld))
		}
		u.hold(r, nil)
	}
	d.over, d.reader, d.weight = true, nil, 0
}

// release has what waits for a package that has ended wait no more.
func (u *unpacked) release() {
	for i, d := range u.of {
		if d != nil && !slices.Contains(u.open, d) {
			u.of[i] = nil
		}
	}
}

// done is how many of the held results wait for nothing, and for none before them.
func (u *unpacked) done() int {
	n := slices.IndexFunc(u.of, func(d *directory) bool { return d != nil })
	if n < 0 {
		return len(u.of)
	}
	return n
}

// complete returns the results that wait no more.
func (u *unpacked) complete() []abi.Result {
	n := u.done()
	if n == 0 {
		return nil
	}
	done := slices.Clone(u.held[:n])
	u.held, u.of = slices.Delete(u.held, 0, n), slices.Delete(u.of, 0, n)
	return done
}

// close ends all packages.
func (u *unpacked) close() []abi.Result {
	u.leave(nil)
	return u.held
}

// inPackage is the file of an entry as the package has it that it may be
// unpacked in: no member of an archive, and no file in a container.
func (c candidate) inPackage(e Entry) (packages.File, bool) {
	f := e.file()
	f.Place = c.path
	return f, c.in != nil && e.Member == "" && e.Container == "" && f.Loaded()
}
