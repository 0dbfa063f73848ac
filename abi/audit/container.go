package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/ar"
)

// readContainer reads the native files in a container. Where there is none, as
// in most zip archives of a tree, there is no entry.
func (r reader) readContainer(ctx context.Context, k Containers) func(io.ReaderAt, int64, func(Entry)) error {
	return func(at io.ReaderAt, size int64, emit func(Entry)) error {
		err := k.Walk(ctx, at, size, isNative, func(place string, at io.ReaderAt, size int64, err error) {
			put := func(e Entry) {
				e.Path = place
				emit(e)
			}
			if err == nil {
				err = r.readNative(at, size, put)
			}
			if err != nil && !errors.Is(err, abi.ErrFormat) {
				put(Entry{Format: formatOf(err), Err: err})
			}
		})
		if err == abi.ErrFormat {
			return nil // a text that is compressed, say
		}
		return err
	}
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
