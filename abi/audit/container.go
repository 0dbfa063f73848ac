package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/packages"
	"github.com/abivet/abivet/internal/ar"
)

// readContainer reads the native files in a container, and what the packages
// among them say of themselves. Where there is nothing native, as in most zip
// archives of a tree, there is no entry.
func (r reader) readContainer(ctx context.Context, path string, k Containers) func(io.ReaderAt, int64, func(Entry)) error {
	return func(at io.ReaderAt, size int64, emit func(Entry)) error {
		p := packages.Reader{Path: path}
		wanted := func(name string, start []byte) bool {
			return isNative(start) || packages.IsManifest(name) || r.want.Bytecode && isBytecode(start)
		}
		err := k.Walk(ctx, at, size, wanted, func(in, name string, at io.ReaderAt, size int64, err error) {
			place := in
			if name != "" {
				place += "!" + name
			}
			put := func(e Entry) {
				e.Path, e.Container = place, path+in
				p.Add(in, packages.File{Path: name, Place: path + place, Stored: stored(at), ELF: e.ELF, MachO: e.MachO})
				emit(e)
			}
			if err == nil {
				err = r.readNative(at, size, put) // whatever it is called
				if errors.Is(err, abi.ErrFormat) && r.want.Packages && packages.IsManifest(name) {
					err = p.Manifest(in, name, at, size)
				}
			}
			if err != nil && !errors.Is(err, abi.ErrFormat) {
				put(Entry{Format: formatOf(err), Err: err})
			}
		})
		for pkg, err := range p.Packages() {
			e := Entry{Path: pkg.Path, Container: path, Format: pkg.Kind, Err: err}
			if err == nil {
				e.Package = pkg
			}
			emit(e)
		}
		if err == abi.ErrFormat {
			return nil // a text that is compressed, say
		}
		return err
	}
}

// stored is where a file begins in its container, where it is a part of it.
func stored(at io.ReaderAt) int64 {
	if part, ok := at.(*io.SectionReader); ok {
		_, offset, _ := part.Outer()
		return offset
	}
	return 0
}

func (r reader) readNative(at io.ReaderAt, size int64, emit func(Entry)) error {
	var start [ar.MagicSize]byte
	n, err := at.ReadAt(start[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if read := r.readerFor(start[:n]); read != nil {
		return read(at, size, emit)
	}
	return abi.ErrFormat
}

// IsNative reports whether a file that begins with these bytes, the first 8 of
// it, may be a native file or a static archive.
func IsNative(start []byte) bool { return isNative(start) }

// isNative is readerFor for the start of a member, which costs something to
// read: it leaves out Java's classes, of which a .jar has thousands.
func isNative(start []byte) bool {
	switch {
	case ar.IsArchive(start), isELF(start):
		return true
	case !isMachO(start):
		return false
	}
	const universal, leastClass = 0xcafebabe, 45
	return binary.BigEndian.Uint32(start) != universal || len(start) < 8 || binary.BigEndian.Uint32(start[4:]) < leastClass
}
