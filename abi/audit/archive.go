package audit

import (
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/ar"
	"github.com/abivet/abivet/machocheck"
)

// readArchive reads the native members of a static archive. Where there is
// none, as in a Debian package, which is an archive of the same form, there is
// no entry.
func (r reader) readArchive(at io.ReaderAt, size int64, emit func(Entry)) error {
	supplied, err := r.supplied(at, size)
	if err != nil {
		return err
	}
	thin, firstThin, damaged := 0, "", 0
	for m, err := range ar.Members(at, size) {
		if err != nil {
			return err
		}
		put := func(e Entry) {
			e.Member = m.Name
			if e.ELF != nil {
				e.ELF.Supplied = supplied
			}
			emit(e)
		}
		if m.Thin {
			// To read it would be to check a file that nobody gave us, and
			// that a walk of its directory meets again.
			if thin++; thin == 1 {
				firstThin = m.Name
			}
			continue
		}
		err := r.readMember(io.NewSectionReader(at, m.Offset, m.Size), m.Size, put)
		if err != nil && !errors.Is(err, abi.ErrFormat) {
			// One damaged member does not hide the others. Offsets in its
			// error are its own, so say where it stands.
			put(Entry{Format: formatOf(err), Err: fmt.Errorf("member at offset %#x: %w", m.Offset, err)})
			if damaged++; damaged == maxDamaged {
				return fmt.Errorf("%d members are damaged: those behind offset %#x are not looked at", damaged, m.Offset)
			}
		}
	}
	if thin > 0 {
		return fmt.Errorf("thin archive: members are in files of their own: check these, which are %d, %q the first", thin, firstThin)
	}
	return nil
}

// maxDamaged bounds the members of an archive that an error is kept of: each is
// many times as long as a member may be.
const maxDamaged = 1000

// supplied collects what the members define of what they could ask the system
// for: a linker takes the archive's own. What is damaged is met again.
func (r reader) supplied(at io.ReaderAt, size int64) (map[string]bool, error) {
	if r.want.ELF&elfcheck.WantSupplies == 0 {
		return nil, nil
	}
	names := maps.Clone(r.given)
	if names == nil {
		names = map[string]bool{}
	}
	for m, err := range ar.Members(at, size) {
		if isDamage(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		if m.Thin {
			continue
		}
		f, err := elfcheck.Read(io.NewSectionReader(at, m.Offset, m.Size), m.Size, elfcheck.WantSupplies)
		if isDamage(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("member at offset %#x: %w", m.Offset, err)
		}
		for _, name := range f.Supplies {
			names[name] = true
		}
	}
	return names, nil
}

// isDamage reports whether an error comes of the bytes, and comes again, and is
// not one of reading them.
func isDamage(err error) bool {
	var damaged *abi.FormatError
	return errors.Is(err, abi.ErrFormat) || errors.As(err, &damaged) && damaged.Err == nil
}

func (r reader) readMember(at io.ReaderAt, size int64, emit func(Entry)) error {
	var start [ar.MagicSize]byte
	n, err := at.ReadAt(start[:], 0)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case isELF(start[:n]):
		return r.readELF(at, size, emit)
	case isMachO(start[:n]):
		return r.readMachO(at, size, emit)
	}
	return nil // an archive in an archive is one no linker takes
}

// readUniversalArchive reads a universal file of static archives: the members
// of all its slices.
func (r reader) readUniversalArchive(at io.ReaderAt, size int64, emit func(Entry)) error {
	slices, err := machocheck.Slices(at, size)
	if err != nil {
		return err
	}
	for _, s := range slices {
		section := io.NewSectionReader(at, s.Offset, s.Size)
		read := r.readMachO
		if s.Archive {
			read = r.readArchive
		}
		err := read(section, s.Size, emit)
		if errors.Is(err, abi.ErrFormat) {
			// The file has its magic: a slice that has none is damage.
			err = &abi.FormatError{Format: "macho", Offset: s.Offset, What: "a slice that is neither Mach-O nor a static archive"}
		}
		if err != nil {
			return fmt.Errorf("slice %s at offset %#x: %w", s.Arch(), s.Offset, err)
		}
	}
	return nil
}
