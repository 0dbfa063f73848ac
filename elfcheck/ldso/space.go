package ldso

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/rootpath"
)

// A Space is a user space that files are loaded in. It remembers what it has
// read, so that a second program costs only what is new. It is safe for use by
// several goroutines.
type Space struct {
	root, outside tree
	*known
}

// known is what was found out about a user space, whatever lies beside it.
type known struct {
	mu            sync.Mutex
	loaders       map[string]*loader
	arch          func() string
	preload       []string // nil where it was not read yet
	librariesOnce sync.Once
	libraries     map[string][]string // by file name; see elsewhere
}

// A tree is a file system with its links resolved below its root.
type tree struct {
	fs    fs.FS
	paths *rootpath.Resolver
	shelf *shelf
}

func newTree(fsys fs.FS, paths *rootpath.Resolver) tree { return tree{fsys, paths, newShelf()} }

// New returns the user space in a file system.
func New(fsys fs.FS) *Space {
	s := &Space{root: newTree(fsys, rootpath.NewUnprivileged(fsys)), known: &known{loaders: map[string]*loader{}}}
	s.arch = sync.OnceValue(s.findArch)
	return s
}

// Beside makes files outside the user space reachable, by paths that begin
// with outsideMark: a file that is checked there, and what it brings along by
// $ORIGIN.
func (s *Space) Beside(fsys fs.FS) { s.outside = newTree(fsys, rootpath.New(fsys)) }

// With returns the same user space with other files beside it: those of a
// package, for as long as that is looked at. It shares all that has been read of the user
// space.
func (s *Space) With(fsys fs.FS) *Space {
	other := &Space{root: s.root, known: s.known}
	other.Beside(fsys)
	return other
}

// outsideMark begins the path of a file that lies outside the user space.
const outsideMark = ":"

func (s *Space) tree(name string) (*tree, string) {
	if rest, ok := strings.CutPrefix(name, outsideMark); ok {
		return &s.outside, rest
	}
	return &s.root, name
}

// An image is a file as a loader sees it.
type image struct {
	once   sync.Once
	fs     fs.FS
	real   string
	info   fs.FileInfo
	header [64]byte
	size   int64
	file   *elfcheck.File // without symbols: what libraries are found by
	err    error          // of reading it, after its header
	bare   *elfcheck.File // where err is: as much as its program headers say, or nil

	// examined says that the hash table was held against the symbols, and damaged
	// that it does not find them all: see sound.
	examined, damaged bool

	bound    *elfcheck.File // file, with its relocations; nil where boundErr is
	boundErr error
	symbols  table // of bound

	wholeOnce sync.Once
	whole     *elfcheck.File // with everything but most symbols; nil where wholeErr is
	wholeErr  error

	soundOnce sync.Once
	unsound   *image // the file again, where its hash table is damaged; see sound

	listOnce sync.Once
	list     *elfcheck.File // see listed

	namesMu sync.Mutex
	named   map[uint64]string // see names

	used   uint64 // when; its shelf's
	weight int    // likewise
}

// wants is what rules ask of a file beside what it is bound by.
const wants = elfcheck.WantImports | elfcheck.WantGo | elfcheck.WantExtensions | elfcheck.WantLoading

// open returns the image at a path, and its place without links, and keeps it
// for the next that asks. The error tells with errors.Is whether nothing is
// there.
func (s *Space) open(name string) (*image, error) { return s.image(name, true) }

// image reads a file. One that is not kept is read for this once: of a tree of
// programs no other asks for them.
func (s *Space) image(name string, keep bool) (*image, error) {
	t, rest := s.tree(name)
	if t.fs == nil {
		return nil, fs.ErrNotExist
	}
	real, info, err := t.paths.Resolve(rest)
	if err != nil {
		return nil, err
	}
	img := t.shelf.take(real, keep, func() *image {
		img := &image{fs: t.fs, real: real, info: info, size: info.Size()}
		if t != &s.root {
			img.real = outsideMark + real
		}
		return img
	})
	img.once.Do(func() {
		if info.Mode().IsRegular() {
			want := elfcheck.WantFindable
			if keep {
				want = 0
			}
			img.err = img.read(want)
			t.shelf.weigh(real, img)
		}
	})
	return img, nil
}

// forget has the name of a file that was read for this once remembered no longer.
func (s *Space) forget(name string, img *image) {
	if t, rest := s.tree(name); !t.shelf.has(strings.TrimPrefix(img.real, outsideMark)) {
		t.paths.Forget(rest)
	}
}

// read reads what libraries are found by, and what they are bound by: nearly
// all that are found are bound, and to open a file twice costs more than that.
func (img *image) read(want elfcheck.Want) error {
	return img.with(func(r io.ReaderAt) (err error) {
		r = started{r, img.header[:]}
		img.examined = want != 0
		if img.bound, img.symbols, img.boundErr = readTable(r, img.size, want, false); img.boundErr == nil {
			img.file = img.bound
			return nil
		}
		if img.file, err = elfcheck.Read(r, img.size, elfcheck.WantLoading); err != nil {
			img.bare, _ = elfcheck.ReadHeader(r, img.size)
		}
		return err
	})
}

// started keeps a copy of the first bytes of a file, once they are read.
type started struct {
	io.ReaderAt
	start []byte
}

func (s started) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.ReaderAt.ReadAt(b, off)
	if off == 0 {
		copy(s.start, b[:n])
	}
	return n, err
}

// with opens the file for as long as a function runs.
func (img *image) with(do func(io.ReaderAt) error) error {
	f, err := img.fs.Open(rootpath.FSName(strings.TrimPrefix(img.real, outsideMark)))
	if err != nil {
		return err
	}
	defer f.Close()
	r, ok := f.(io.ReaderAt)
	if !ok {
		return fmt.Errorf("%s: the file system has no random access", img.real)
	}
	return do(r)
}

// findArch tells the processor of a user space by the loaders that it has.
func (s *Space) findArch() string {
	for _, name := range modelled() {
		if img, err := s.open(name); err == nil && img.file != nil {
			return img.file.Platform.Arch
		}
	}
	for _, name := range []string{"/bin/sh", "/bin/busybox", "/init"} {
		if img, err := s.open(name); err == nil && img.file != nil {
			return img.file.Platform.Arch
		}
	}
	return ""
}

// Arch is the processor of the user space in the words of GOARCH, by the
// loaders that it has, or "".
func (s *Space) Arch() string { return s.arch() }

// runs lists the processors that a kernel runs beside its own.
//
// The kernel of a 386 user space is a 64-bit one nearly everywhere.
var runs = map[string][]string{"amd64": {"386"}, "386": {"amd64"}, "s390x": {"s390"}, "ppc64": {"ppc"}}

func dirOf(name string) string {
	dir := name[:max(strings.LastIndexByte(name, '/'), 0)]
	if dir == "" || dir == outsideMark {
		dir += "/"
	}
	return dir
}

// shown is a path as messages have it.
func shown(name string) string { return strings.TrimPrefix(name, outsideMark) }
