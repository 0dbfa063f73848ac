package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/packages"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/ar"
	"github.com/abivet/abivet/internal/zipdir"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

// An Entry is what was read of one file, one slice of a universal file or one
// member of an archive, or what a package says of its files. Exactly one of ELF,
// MachO, Bytecode, Package and Err is set.
type Entry struct {
	Path   string // as given, joined with / below a directory; in a container a.whl!x.so
	Member string // of an archive
	Format string // elf, macho, the kind of a package; empty where it could not be told
	ELF    *elfcheck.File
	MachO  *machocheck.File
	// Bytecode is the file, where that is a dump of LuaJIT's. Want.Bytecode.
	Bytecode *luajit.Bytecode
	// Slices are all slices of the file that MachO is one of, in their order.
	Slices    []*machocheck.File
	Container string            // that the file is in, or nothing
	Package   *packages.Package // after all its files
	Err       error

	from io.ReaderAt // where ELF can be read again, until emit returns
	size int64
}

// Platform returns what the entry runs on.
func (e Entry) Platform() abi.Platform {
	return e.file().Platform()
}

// file is the entry as a package has it.
func (e Entry) file() packages.File { return packages.File{ELF: e.ELF, MachO: e.MachO} }

// recycle lets go of what was read, once all slices of a file are through.
func (e Entry) recycle() {
	if e.ELF != nil {
		e.ELF.Recycle()
	}
	if n := len(e.Slices); n > 0 && e.Slices[n-1] == e.MachO {
		for _, f := range e.Slices {
			f.Recycle()
		}
	}
}

// name tells a file what it is called, in whatever container it is.
func (e Entry) name() {
	name := filepath.ToSlash(e.Path)
	name = name[strings.LastIndexAny(name, "/!")+1:]
	switch {
	case e.Member != "":
	case e.ELF != nil:
		e.ELF.Name = name
	case e.MachO != nil:
		e.MachO.Name = name
	}
}

// Want names the costlier facts that are to be read.
type Want struct {
	ELF   elfcheck.Want
	MachO machocheck.Want
	// Packages asks for what packages say of their files. These have to be
	// held until the package ends.
	Packages bool
	Bytecode bool // files of LuaJIT's bytecode too
	Workers  int  // files read at the same time; 0 is as many as processors
}

// defaultMemory bounds a file that has to be held in memory. The largest
// library that we have met has 0.5 GB.
const defaultMemory = 1 << 30

// errEmpty is of a file that by its name is a library: a build or a copy that
// failed leaves such ones behind.
var errEmpty = errors.New("the file is empty, and by its name a library")

// isLibraryName knows the names of shared libraries and of extensions.
func isLibraryName(name string) bool {
	base := path.Base(filepath.ToSlash(name))
	for _, end := range []string{".so", ".dylib", ".node"} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	return strings.Contains(base, ".so.") && strings.HasPrefix(base, "lib")
}

// errNotNative is of a named file alone; a walk passes over such files.
var errNotNative = errors.New("not an ELF or Mach-O file, nor a container that is looked into")

// errNothingInside is of a container that is named and was looked through. A
// walk passes over it.
var errNothingInside = errors.New("it was looked through to its end, and holds no ELF or Mach-O file")

type reader struct {
	want   Want
	memory int64
	given  map[string]bool // Options.Supplied
	lean   *lean           // where not all of a file has to be read at first
}

// read emits what is in a candidate: nothing where it is not native and was not
// named. Entries are not collected, since an archive may have thousands.
func (r reader) read(ctx context.Context, c candidate, emit func(Entry)) {
	found := false
	put := func(e Entry) {
		found = true
		if e.ELF != nil && e.Path == "" && e.Member == "" {
			e.ELF.Beside = c.beside(e.ELF)
		}
		e.Path = c.path + e.Path // which is the place in a container
		e.name()
		emit(e)
	}
	// The readers and rules are bounded and fuzzed. Should a file still defeat
	// one, it could not be checked, and the others can.
	defer func() {
		if p := recover(); p != nil {
			put(Entry{Err: fmt.Errorf("this is a fault of abivet, please report it: panic: %v\n%s", p, debug.Stack())})
		}
	}()
	container, err := r.open(ctx, c, put)
	if e, ok := errors.AsType[*fs.PathError](err); ok && e.Path == c.path && e == err {
		err = e.Err // the result names the file
	}
	switch {
	case errors.Is(err, abi.ErrFormat) && !c.named:
	case err != nil:
		put(Entry{Format: formatOf(err), Err: err})
	case c.named && !found && container:
		put(Entry{Err: errNothingInside})
	case c.named && !found:
		put(Entry{Err: errNotNative})
	}
}

func formatOf(err error) string {
	var damaged *abi.FormatError
	if errors.As(err, &damaged) && (damaged.Format == "elf" || damaged.Format == "macho" || damaged.Format == bytecodeFormat) {
		return damaged.Format
	}
	return ""
}

// open looks at the magic first: most files of a tree are not native, and of
// those nothing else is read.
func (r reader) open(ctx context.Context, c candidate, emit func(Entry)) (container bool, err error) {
	if c.err != nil {
		return false, c.err
	}
	file, err := c.source.open(c.path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	at, _ := file.(io.ReaderAt)
	start := starts.Get().(*[startSize]byte)
	defer starts.Put(start)
	var n int
	if at != nil {
		n, err = at.ReadAt(start[:], 0)
	} else {
		n, err = io.ReadFull(file, start[:])
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	read := r.readerFor(start[:n])
	if k := c.source.Containers; k != nil && (k.Knows(start[:min(n, tellSize)]) || isApplication(start[:n], at, file)) {
		read, container = r.readContainer(ctx, c.path, k), true
	}
	if read == nil {
		if n == 0 && isLibraryName(c.path) {
			return false, errEmpty
		}
		if c.named {
			return false, errPacked(start[:n])
		}
		return false, nil
	}
	if !container && c.in == nil && isELF(start[:n]) && r.lean.pays() {
		read = r.readLean
	}
	if at == nil {
		held, err := r.hold(start[:n], file)
		if err != nil {
			return false, err
		}
		return container, read(held, held.Size(), emit)
	}
	size, err := sizeOf(file)
	if err != nil {
		return false, err
	}
	return container, read(started{at, start[:n]}, size, emit)
}

// isApplication reports whether a script has a zip archive behind it.
func isApplication(start []byte, at io.ReaderAt, file io.ReadCloser) bool {
	if at == nil || !zipdir.IsScript(start) {
		return false
	}
	size, err := sizeOf(file)
	return err == nil && zipdir.IsApplication(start, at, size)
}

const (
	startSize = 8 << 10 // read first: the tables of small files, and where those of others are
	tellSize  = 1024    // what a container is known by: tells a tar
)

// A started file has had its start read, which readers ask for first.
type started struct {
	io.ReaderAt
	start []byte
}

func (s started) ReadAt(b []byte, off int64) (int, error) {
	if off >= 0 && off <= int64(len(s.start)-len(b)) {
		return copy(b, s.start[off:]), nil
	}
	return s.ReaderAt.ReadAt(b, off)
}

var starts = sync.Pool{New: func() any { return new([startSize]byte) }}

// readerFor chooses by magic, or returns nil.
func (r reader) readerFor(start []byte) func(io.ReaderAt, int64, func(Entry)) error {
	switch {
	case ar.IsArchive(start):
		return r.readArchive
	case isELF(start):
		return r.readELF
	case isMachO(start):
		return r.readMachO
	case r.want.Bytecode && isBytecode(start):
		return readBytecode
	}
	return nil
}

func isELF(start []byte) bool {
	return len(start) >= 4 && string(start[:4]) == "\x7fELF"
}

// isMachO knows the magics of thin files in both byte orders and of universal
// ones. A Java class file has the latter, too: machocheck tells them apart.
func isMachO(start []byte) bool {
	if len(start) < 4 {
		return false
	}
	switch binary.BigEndian.Uint32(start) {
	case 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe, 0xcafebabf:
		return true
	}
	return false
}

func (r reader) readELF(at io.ReaderAt, size int64, emit func(Entry)) error {
	f, err := elfcheck.Read(at, size, r.want.ELF)
	if err == nil {
		f.Supplied = r.given
		emit(Entry{Format: "elf", ELF: f})
	}
	return err
}

func (r reader) readMachO(at io.ReaderAt, size int64, emit func(Entry)) error {
	slices, err := machocheck.Read(at, size, r.want.MachO)
	if errors.Is(err, machocheck.ErrArchive) {
		return r.readUniversalArchive(at, size, emit)
	}
	for _, f := range slices {
		emit(Entry{Format: "macho", MachO: f, Slices: slices})
	}
	return err
}

// hold reads a file of which parts cannot be read at will, such as one in a
// zip archive.
func (r reader) hold(start []byte, rest io.Reader) (*bytes.Reader, error) {
	limit := cmp.Or(r.memory, defaultMemory)
	all := io.MultiReader(bytes.NewReader(start), rest)
	b, err := io.ReadAll(io.LimitReader(all, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("more than %d bytes, the limit for a file that must be held in memory", limit)
	}
	return bytes.NewReader(b), err
}
