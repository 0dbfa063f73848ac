package dyld

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/internal/rootpath"
	"github.com/abivet/abivet/machocheck"
)

// A Space is a directory that files are loaded in: a bundle, a package, or the
// root of a system. It remembers what it has read, so that a second program
// costs only what is new. It is safe for use by several goroutines.
type Space struct {
	root, outside tree
	// SDK has the libraries of the system. It is to be set before the first
	// file is loaded.
	SDK           *SDK
	librariesOnce sync.Once
	libraries     map[string][]string // by file name in lower case; see elsewhere
}

// A tree is a file system with its links resolved below its root.
type tree struct {
	fs    fs.FS
	paths *rootpath.Resolver
	mu    *sync.Mutex
	files map[string]*file // by their place without links
}

func newTree(fsys fs.FS) tree {
	return tree{fs: fsys, paths: rootpath.New(fsys), mu: new(sync.Mutex), files: map[string]*file{}}
}

// New returns the space of a file system.
func New(fsys fs.FS) *Space { return &Space{root: newTree(fsys)} }

// Beside makes files outside the space reachable: a file that is checked there,
// and what it brings along by @loader_path.
func (s *Space) Beside(fsys fs.FS) { s.outside = newTree(fsys) }

// outsideMark begins the path of a file that lies outside the space.
const outsideMark = ":"

func (s *Space) tree(name string) (*tree, string) {
	if rest, ok := strings.CutPrefix(name, outsideMark); ok {
		return &s.outside, rest
	}
	return &s.root, name
}

// A file is what stands at a place, universal or not.
type file struct {
	real   string
	info   fs.FileInfo
	fs     fs.FS
	slices []machocheck.Slice
	err    error // of reading its header

	mu     sync.Mutex
	images []*image // by slice; nil until it is asked for
}

// An image is one slice as dyld maps it.
type image struct {
	*file
	slice   machocheck.Slice
	macho   *machocheck.File
	err     error
	exports map[string]struct{}
	once    sync.Once
	hashed  func() (machocheck.CodeDirectory, error) // once

	offersMu sync.Mutex
	offers   map[extension.Host]*extension.Offer // that were asked for; nil where it is no such host
}

// open returns the file at a path. The error tells with errors.Is whether
// nothing is there.
func (s *Space) open(name string) (*file, error) {
	t, rest := s.tree(name)
	if t.fs == nil {
		return nil, fs.ErrNotExist
	}
	real, info, err := t.paths.Resolve(rest)
	if err != nil {
		return nil, err
	}
	if t != &s.root {
		real = outsideMark + real
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.files[real]; f != nil {
		return f, nil
	}
	f := &file{real: real, info: info, fs: t.fs}
	if info.Mode().IsRegular() {
		f.err = f.with(func(r io.ReaderAt) (err error) {
			f.slices, err = machocheck.Slices(r, info.Size())
			return err
		})
		f.images = make([]*image, len(f.slices))
	}
	t.files[real] = f
	return f, nil
}

// with opens the file for as long as do runs.
func (f *file) with(do func(io.ReaderAt) error) error {
	opened, err := f.fs.Open(rootpath.FSName(shown(f.real)))
	if err != nil {
		return err
	}
	defer opened.Close()
	r, ok := opened.(io.ReaderAt)
	if !ok {
		return fmt.Errorf("%s: the file system has no random access", shown(f.real))
	}
	return do(r)
}

// wants is what loading asks of a file.
const wants = machocheck.WantSymbols | machocheck.WantLuaJIT | machocheck.WantGo | machocheck.WantSignature

var errStaticLibrary = errors.New("a static library")

// image reads a slice. That of another processor may be damaged without anybody
// noticing, so it is not read.
func (f *file) image(i int) *image {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.images[i] != nil {
		return f.images[i]
	}
	img := &image{file: f, slice: f.slices[i]}
	img.hashed = sync.OnceValues(img.hash)
	f.images[i] = img
	if img.slice.Archive {
		img.err = errStaticLibrary
		return img
	}
	img.err = f.with(func(r io.ReaderAt) error {
		part := io.NewSectionReader(r, img.slice.Offset, img.slice.Size)
		read, err := machocheck.Read(part, img.slice.Size, wants)
		if err == nil {
			img.macho = read[0]
			img.macho.Slice = img.slice
		}
		return err
	})
	return img
}

// has reports whether the image itself exports a symbol.
func (img *image) has(symbol string) bool {
	img.once.Do(func() {
		img.exports = make(map[string]struct{}, len(img.macho.Exports))
		for _, name := range img.macho.Exports {
			img.exports[name] = struct{}{}
		}
	})
	_, ok := img.exports[symbol]
	return ok
}

// An identity tells files apart whatever names they have.
type identity struct {
	rootpath.FileID
	outside bool
}

func (f *file) identity() (identity, bool) {
	id, ok := rootpath.Identity(f.info)
	return identity{id, strings.HasPrefix(f.real, outsideMark)}, ok
}

func dirOf(name string) string {
	if rest, ok := strings.CutPrefix(name, outsideMark); ok {
		return outsideMark + path.Dir(rest)
	}
	return path.Dir(name)
}
