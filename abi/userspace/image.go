package userspace

import (
	"errors"
	"fmt"
	"io"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/rootpath"
)

// An image is one of those in an archive.
type image struct {
	names    []string
	platform abi.Platform
	variant  string
	layers   []layer // the lowest first
}

// A layer is a blob in the archive.
type layer struct {
	name   string  // in the archive
	size   int64   // as the manifest has it, or -1
	digest v1.Hash // of the blob, where the manifest has it
	diffID v1.Hash // of the tar, the same where it is not compressed
}

func (i image) String() string {
	s := i.platform.String()
	if i.variant != "" {
		s += "/" + i.variant
	}
	for _, name := range i.names {
		s += fmt.Sprintf(" %q", name)
	}
	return s
}

// openImage reads the layers of an image into a tree. The space is that of the
// archive, and is closed with it.
func openImage(archive *Space, kind Kind, b *budget, o Options) (*Space, error) {
	blobs := &blobs{files: rootpath.New(archive)}
	images, err := readImages(blobs, kind)
	if err != nil {
		return nil, err
	}
	chosen, err := choose(images, o)
	if err != nil {
		return nil, err
	}
	if len(chosen.layers) > b.limits.Layers {
		return nil, fmt.Errorf("%d layers: limit max-root-layers is %d", len(chosen.layers), b.limits.Layers)
	}
	sp := &spooler{budget: b}
	t, err := readLayers(blobs, chosen.layers, sp)
	if err != nil {
		return nil, errors.Join(err, blobs.opened.Close(), sp.Close())
	}
	s := newSpace(archive.name, kind, t, closers{archive, &blobs.opened, sp})
	s.platform = chosen.platform
	return s, nil
}

func readImages(b *blobs, kind Kind) ([]image, error) {
	if kind == DockerArchive {
		return dockerImages(b)
	}
	return ociImages(b)
}

// choose returns the one image that the options leave.
func choose(images []image, o Options) (image, error) {
	var left []image
	for _, i := range images {
		if o.Image != "" && !i.isNamed(o.Image) ||
			o.Platform.OS != "" && o.Platform.OS != i.platform.OS ||
			o.Platform.Arch != "" && o.Platform.Arch != i.platform.Arch ||
			o.Variant != "" && o.Variant != i.variant {
			continue
		}
		left = append(left, i)
	}
	switch {
	case len(images) == 0:
		return image{}, errors.New("no image in it")
	case len(left) == 0:
		return image{}, fmt.Errorf("no image is the one asked for%s: there is %s", o.asked(), list(images))
	case len(left) > 1:
		return image{}, fmt.Errorf("several images: want the name or the platform of one: there is %s", list(left))
	}
	return left[0], nil
}

func (o Options) asked() string {
	var s string
	if o.Image != "" {
		s += fmt.Sprintf(" %q", o.Image)
	}
	if o.Platform != (abi.Platform{}) {
		s += " " + o.Platform.String()
	}
	if o.Variant != "" {
		s += " " + o.Variant
	}
	return s
}

// isNamed takes a whole name, or the part after the last slash.
func (i image) isNamed(name string) bool {
	for _, n := range i.names {
		if n == name || strings.HasSuffix(n, "/"+name) {
			return true
		}
	}
	return false
}

func list(images []image) string {
	var s []string
	for n, i := range images {
		if n == 20 {
			s = append(s, "...")
			break
		}
		s = append(s, i.String())
	}
	return strings.Join(s, ", ")
}

// blobs are the files of an archive of images.
type blobs struct {
	files  *rootpath.Resolver
	opened closers
}

// open finds a blob. Old archives have links between layers.
func (b *blobs) open(name string) (source, error) {
	f, err := b.files.Open("/" + strings.TrimPrefix(name, "/"))
	if err != nil {
		return source{}, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return source{}, err
	}
	r, ok := f.(io.ReaderAt)
	if !ok {
		f.Close()
		return source{}, fmt.Errorf("%q: %w", name, errNotRegular(info.Mode()))
	}
	b.opened = append(b.opened, f)
	return source{r: r, size: info.Size()}, nil
}

// maxJSON is what registries allow a manifest. Indices and configurations are
// smaller, but for the history in a configuration.
const maxJSON = 8 << 20

func (b *blobs) read(name string) ([]byte, error) {
	in, err := b.open(name)
	if err != nil {
		return nil, err
	}
	if in.size > maxJSON {
		return nil, fmt.Errorf("%q has %d bytes: want at most %d", name, in.size, maxJSON)
	}
	data := make([]byte, in.size)
	if _, err := io.ReadFull(io.NewSectionReader(in.r, 0, in.size), data); err != nil {
		return nil, fmt.Errorf("%q: %w", name, cutShort(err))
	}
	return data, nil
}
