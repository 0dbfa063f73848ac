package userspace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/ar"
	"github.com/abivet/abivet/internal/zipdir"
)

// Options say which of several images is meant and how much is read. The zero
// value opens whatever leaves no doubt.
type Options struct {
	// Platform is that of the image. Where there are images for several,
	// it must be set.
	Platform abi.Platform
	// Variant is that of the processor, such as v7 of arm, where there are
	// images for several.
	Variant string
	// Image is a name of the image, such as debian:12, where an archive
	// has several.
	Image string

	Limits Limits
}

// Open opens a user space. What it is comes from what is there and not from the
// name:
//
//   - a directory with a root file system
//   - a directory or a tar with an OCI layout
//   - a tar as `docker save` writes it
//   - a tar of a root file system, as `docker export` writes it
//   - a Debian package
//   - a zip archive, such as a wheel or a zipped .app, or a tar such as an npm
//     package: the root is what it is when it is unpacked
//
// Tars may be packed by gzip, zstd or xz. Anything else is [abi.ErrFormat].
//
// Manifests and compressed layers are held against their digests. Layers that
// are not compressed are read where they stand, and never as a whole.
func Open(name string, o Options) (*Space, error) {
	s, err := openAny(name, o)
	if err != nil {
		return nil, fmt.Errorf("user space %q: %w", name, err)
	}
	return s, nil
}

func openAny(name string, o Options) (*Space, error) {
	// A pipe would be waited for, and cannot be read at an offset.
	info, err := os.Stat(name)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	switch {
	case info.IsDir():
		return openDir(name, o)
	case !info.Mode().IsRegular():
		return nil, errNotRegular(info.Mode())
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	in := source{r: f, size: info.Size()}
	var space *Space
	if packed, err := isDeb(in); err != nil {
		f.Close()
		return nil, err
	} else if packed {
		f.Close()
		return openDebs(name, []string{name}, o)
	}
	if space, err = openPacked(name, in, o); err != nil {
		f.Close()
		return nil, err
	}
	space.close = append(closers{f}, space.close...)
	return space, nil
}

// OpenPacked opens a zip archive or a tar as [Open] does, where it is no file of this
// machine. It is read for as long as the space is open. A Debian package is
// [abi.ErrFormat]: what is in it belongs below /.
func OpenPacked(name string, r io.ReaderAt, size int64, o Options) (*Space, error) {
	in := source{r: r, size: size}
	packed, err := isDeb(in)
	if err == nil && packed {
		err = abi.ErrFormat
	}
	var s *Space
	if err == nil {
		s, err = openPacked(name, in, o)
	}
	if err != nil {
		return nil, fmt.Errorf("user space %q: %w", name, err)
	}
	return s, nil
}

func isDeb(in source) (bool, error) {
	var start [ar.MagicSize]byte
	n, err := in.r.ReadAt(start[:], 0)
	if err != nil && err != io.EOF {
		return false, err
	}
	return ar.IsArchive(start[:n]), nil
}

func openPacked(name string, in source, o Options) (*Space, error) {
	var start [ar.MagicSize]byte
	n, err := in.r.ReadAt(start[:], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if zipdir.IsArchive(start[:n]) {
		return openZip(name, in, o)
	}
	return openTar(name, in, o)
}

func openDir(name string, o Options) (*Space, error) {
	d, err := openDirectory(name)
	if err != nil {
		return nil, err
	}
	s := newSpace(name, Directory, d, closers{d})
	return orImage(s, newBudget(o.Limits), o)
}

func openTar(name string, in source, o Options) (*Space, error) {
	b := newBudget(o.Limits)
	sp := &spooler{budget: b}
	s, err := readRoot(name, in, sp)
	if err != nil {
		sp.Close()
		return nil, err
	}
	return orImage(s, b, o)
}

// readRoot reads a tar as the root file system that it may be. An archive of
// images is one too: of manifests and layers.
func readRoot(name string, in source, sp *spooler) (*Space, error) {
	in, err := sp.expand(in, v1.Hash{})
	if err != nil {
		return nil, err
	}
	t := newTree()
	a := &applier{tree: t, budget: sp.budget, layer: 1}
	ended, err := readTar(in, sp, a.apply)
	if err != nil {
		return nil, err
	}
	if len(t.root.entries) == 0 {
		return nil, errors.New("tar without an entry")
	}
	if !ended {
		// Nothing else says that a tar was cut at the end of a file.
		return nil, tarError(in.size, cutShort(io.ErrUnexpectedEOF))
	}
	return newSpace(name, Tar, t, closers{sp}), nil
}

// orImage returns the image that stands in a space, or the space where there is
// none. It closes the space if there is an error.
func orImage(s *Space, b *budget, o Options) (*Space, error) {
	kind := imageKind(s)
	if kind == "" {
		return s, nil
	}
	image, err := openImage(s, kind, b, o)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return image, nil
}

// imageKind tells archives of images by the files that they must have, and by
// what no root file system is without. An image whose manifest is damaged must
// not be taken for an empty root.
func imageKind(fsys fs.FS) Kind {
	has := func(name string) bool {
		_, err := fs.Lstat(fsys, name)
		return err == nil
	}
	for _, name := range []string{"usr", "lib", "bin", "etc"} {
		if has(name) {
			return ""
		}
	}
	switch {
	case has("index.json") && (has("oci-layout") || has("blobs")):
		return OCILayout
	case has("manifest.json"):
		return DockerArchive
	}
	return ""
}
