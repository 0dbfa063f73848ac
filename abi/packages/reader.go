package packages

import (
	"bytes"
	"fmt"
	"io"
	"iter"
)

// A Reader collects the packages in a container, itself among them. Places in it
// are given as its walk has them: that of the container which a file is in, "" for
// the outermost and "!inner.zip" below it, and the name there.
type Reader struct {
	// Path is that of the container: a wheel says what it is for in its name.
	Path string
	list []*Package
	at   map[string]*Package // by their place
	// early has files of what may become a package: its manifest may stand
	// behind them.
	early map[string][]File
	// owned has the files of wheels in a directory, and gems reads the
	// specifications of the gems in one.
	owned map[string]*Package
	gems  func(name string) ([]byte, error)
}

// Manifest takes what may be the manifest of a package, for which see
// [IsManifest]. The first counts, but that one that is of no other kind counts
// more. One that cannot be understood is no error here: it matters where there is
// a native file.
func (r *Reader) Manifest(in, name string, at io.ReaderAt, size int64) error {
	m := manifestOf(in, name)
	before := r.at[owner(in)]
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
	p := &Package{Path: owner(in), Kind: m.kind, shared: m.shared}
	ok, err := m.read(p, bytes.NewReader(b))
	if p.err = err; !ok && err == nil {
		return nil
	}
	if m.kind == "wheel" {
		p.nameTags(r.Path + in)
	}
	if before != nil {
		p.Files = before.Files
		*before = *p
		return nil
	}
	if r.at == nil {
		r.at = map[string]*Package{}
	}
	p.Files = r.early[p.Path]
	r.list, r.at[p.Path] = append(r.list, p), p
	return nil
}

// Add adds a file to the package that it is in, if there is one. What no loader
// takes, packages say nothing of.
func (r *Reader) Add(in string, f File) {
	if !f.Loaded() {
		return
	}
	p := r.at[owner(in)]
	switch {
	case p != nil:
		p.Files = append(p.Files, f)
	case mayBeEarly(in, f.Path):
		if r.early == nil {
			r.early = map[string][]File{}
		}
		r.early[owner(in)] = append(r.early[owner(in)], f)
	}
}

// Packages yields the packages that have a native file, with the error that kept
// a manifest from being understood. All files have been added.
func (r *Reader) Packages() iter.Seq2[*Package, error] {
	return func(yield func(*Package, error) bool) {
		for _, p := range r.list {
			p.libraries = librariesOf(p.Files)
			if len(p.Files) > 0 && !yield(p, p.err) {
				return
			}
		}
	}
}
