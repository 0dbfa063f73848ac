package luajit

import (
	"bufio"
	"fmt"
	"io"
)

// A Bytecode is a compiled Lua chunk in the form that luajit -b and string.dump
// write. It loads only into a LuaJIT of its own branch and mode.
type Bytecode struct {
	Offset     int64 // in the file
	Size       int64
	Version    int    // 1 is of LuaJIT 2.0, 2 of 2.1
	Flags      uint32 // BCDUMP_F_*, see src/lj_bcdump.h
	Name       string // of the chunk; empty where it was stripped
	Prototypes int    // functions, the chunk itself included
}

// The flags of a dump. DETERMINISTIC, BCDUMP_F_DETERMINISTIC, is one of the
// writer's and not stored.
const (
	FlagBigEndian = 1 << iota // its instructions and numbers
	FlagStripped              // has no names and lines
	FlagFFI                   // needs a build with FFI
	FlagFR2                   // frames of two slots: a build with GC64
	FlagBitOp                 // since a2ce8114 of 2026-07
	knownFlags    = 1<<iota - 1
)

// GC64 tells the mode of the LuaJIT that the dump loads into.
func (b Bytecode) GC64() Answer {
	if b.Flags&FlagFR2 != 0 {
		return Yes
	}
	return No
}

func (b Bytecode) String() string {
	mode, chunk := "without GC64", "stripped"
	if b.GC64() == Yes {
		mode = "with GC64"
	}
	if b.Flags&FlagStripped == 0 {
		chunk = fmt.Sprintf("%q", b.Name)
	}
	return fmt.Sprintf("bytecode of LuaJIT 2.%d %s, flags %#x, chunk %s, %d functions in %d bytes at offset %#x",
		b.Version-1, mode, b.Flags, chunk, b.Prototypes, b.Size, b.Offset)
}

// BytecodeMagic begins every dump. Three bytes are no find: LuaJIT itself has
// them in its writer.
const BytecodeMagic = "\x1bLJ"

// maxDump bounds what is read in search of a dump's end.
const maxDump = 64 << 20

// ReadBytecode reads a dump at an offset of a file, no further than end. It is
// read whole: every constant of every function, up to the zero behind the last
// function. ok is false where it is none, or a damaged one. An error is one of
// reading the file.
func ReadBytecode(r io.ReaderAt, offset, end int64) (b Bytecode, ok bool, err error) {
	section := io.NewSectionReader(r, offset, min(end-offset, maxDump))
	d := dump{r: bufio.NewReaderSize(section, 512)} // most candidates end within the header
	b = d.read()
	if d.failed != nil && d.failed != errDump && d.failed != io.EOF && d.failed != io.ErrUnexpectedEOF {
		return Bytecode{}, false, d.failed
	}
	if d.failed != nil {
		return Bytecode{}, false, nil
	}
	b.Offset, b.Size = offset, d.at
	return b, true, nil
}
