package audit

import (
	"io"
	"sync/atomic"

	"github.com/abivet/abivet/elfcheck"
)

// lean says whether it pays to read files without the names of their imports at
// first, and those in which something is found again. A nil one says no.
type lean struct{ files, again atomic.Int64 }

// pays goes by how many files had to be read again: the second time costs as much
// as is saved on two or three others.
func (l *lean) pays() bool {
	const some = 16 // to begin with
	return l != nil && 4*l.again.Load() <= l.files.Load()+some
}

// readLean reads a file that stands for itself: in a package or an archive it may be
// asked for all that it has.
func (r reader) readLean(at io.ReaderAt, size int64, emit func(Entry)) error {
	r.lean.files.Add(1)
	f, err := elfcheck.Read(at, size, r.want.ELF&^elfcheck.WantImports|elfcheck.WantRules)
	if err == nil {
		f.Supplied = r.given
		emit(Entry{Format: "elf", ELF: f, from: at, size: size})
	}
	return err
}

// whole has an entry in which something was found read again, with the names that
// the findings speak of, and reports whether it was.
func (r reader) whole(e *Entry) bool {
	if e.from == nil || e.ELF.ImportCount <= len(e.ELF.Imports) {
		return false
	}
	r.lean.again.Add(1)
	f, err := elfcheck.Read(e.from, e.size, r.want.ELF)
	if err != nil {
		*e = Entry{Path: e.Path, Format: formatOf(err), Err: err}
		return true
	}
	f.Name, f.Beside, f.Supplied = e.ELF.Name, e.ELF.Beside, e.ELF.Supplied
	e.ELF.Recycle()
	e.ELF = f
	return true
}
