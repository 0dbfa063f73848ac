package userspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/abivet/abivet/abi"
)

// The types of manifests are go-containerregistry's. Its readers are not taken:
// they give a layer as a stream that begins anew for every file, read JSON of
// any size, and bring package net.

// dockerImages reads what `docker save` writes.
func dockerImages(b *blobs) ([]image, error) {
	var manifest []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	if err := b.decode("manifest.json", v1.Hash{}, &manifest); err != nil {
		return nil, err
	}
	var images []image
	for _, m := range manifest {
		i := image{names: m.RepoTags}
		var config v1.ConfigFile
		if err := b.decode(m.Config, v1.Hash{}, &config); err != nil {
			return nil, err
		}
		i.setPlatform(config.Platform())
		if n := len(config.RootFS.DiffIDs); n != len(m.Layers) {
			return nil, fmt.Errorf("%q names %d layers: want the %d of the manifest", m.Config, n, len(m.Layers))
		}
		for n, l := range m.Layers {
			i.layers = append(i.layers, layer{name: l, size: -1, diffID: config.RootFS.DiffIDs[n]})
		}
		images = append(images, i)
	}
	return images, nil
}

// decode reads JSON, and holds it against a digest where there is one.
func (b *blobs) decode(name string, digest v1.Hash, v any) error {
	data, err := b.read(name)
	if err != nil {
		return err
	}
	if digest != (v1.Hash{}) {
		h, err := v1.Hasher(digest.Algorithm)
		if err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
		h.Write(data)
		if err := checkDigest(h, digest); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}

func (i *image) setPlatform(p *v1.Platform) {
	if p != nil {
		i.platform = abi.Platform{OS: p.OS, Arch: p.Architecture}
		i.variant = p.Variant
	}
}

// The bounds of an index. Docker's have one level below index.json.
const (
	maxIndexDepth = 4
	maxManifests  = 1000
)

// An ociReader collects the images of an OCI layout.
type ociReader struct {
	*blobs
	images []image
	byHash map[v1.Hash]int // in images; one image may have many names
	read   int
	absent []string // images of the index that are not in the layout
}

func ociImages(b *blobs) ([]image, error) {
	r := &ociReader{blobs: b, byHash: map[v1.Hash]int{}}
	if err := r.index("index.json", v1.Hash{}, nil, 0); err != nil {
		return nil, err
	}
	if len(r.images) == 0 && len(r.absent) > 0 {
		return nil, fmt.Errorf("the index names images that are not there: %s", strings.Join(r.absent, ", "))
	}
	return r.images, nil
}

func (r *ociReader) index(name string, digest v1.Hash, names []string, depth int) error {
	if depth > maxIndexDepth {
		return fmt.Errorf("%q: indices are nested deeper than %d", name, maxIndexDepth)
	}
	var index v1.IndexManifest
	if err := r.decode(name, digest, &index); err != nil {
		return err
	}
	for _, d := range index.Manifests {
		if r.read++; r.read > maxManifests {
			return fmt.Errorf("%q: more than %d manifests", name, maxManifests)
		}
		if isAttestation(d) {
			continue
		}
		if err := r.descriptor(d, slices.Concat(names, namesOf(d)), depth); err != nil {
			return err
		}
	}
	return nil
}

func (r *ociReader) descriptor(d v1.Descriptor, names []string, depth int) error {
	at := blobName(d.Digest)
	if _, _, err := r.files.Resolve("/" + at); errors.Is(err, fs.ErrNotExist) {
		// docker save writes the whole index of an image and the one
		// platform that it has.
		r.absent = append(r.absent, image{names: append(names, d.Digest.String())}.String())
		return nil
	}
	switch {
	case d.MediaType.IsIndex():
		return r.index(at, d.Digest, names, depth+1)
	case d.MediaType.IsImage():
		return r.manifest(d, at, names)
	}
	return nil // a signature, a list of materials, a chart
}

func (r *ociReader) manifest(d v1.Descriptor, at string, names []string) error {
	if n, again := r.byHash[d.Digest]; again {
		r.images[n].names = append(r.images[n].names, names...)
		return nil
	}
	var m v1.Manifest
	if err := r.decode(at, d.Digest, &m); err != nil {
		return err
	}
	if !m.Config.MediaType.IsConfig() {
		return nil // the manifest of something else
	}
	i := image{names: names}
	i.setPlatform(d.Platform)
	if d.Platform == nil {
		var config v1.ConfigFile
		if err := r.decode(blobName(m.Config.Digest), m.Config.Digest, &config); err != nil {
			return err
		}
		i.setPlatform(config.Platform())
	}
	for _, l := range m.Layers {
		if strings.Contains(string(l.MediaType), "encrypted") {
			return fmt.Errorf("%q: layer %s is encrypted", at, l.Digest)
		}
		i.layers = append(i.layers, layer{name: blobName(l.Digest), size: l.Size, digest: l.Digest, diffID: l.Digest})
	}
	r.byHash[d.Digest] = len(r.images)
	r.images = append(r.images, i)
	return nil
}

// blobName is where a layout has a blob. The digits of a [v1.Hash] are held to
// be digits when it is read, so that no path comes of them.
func blobName(h v1.Hash) string { return "blobs/" + h.Algorithm + "/" + h.Hex }

// isAttestation tells what BuildKit says of an image from the image.
func isAttestation(d v1.Descriptor) bool {
	_, ok := d.Annotations["vnd.docker.reference.type"]
	return ok || d.Platform != nil && d.Platform.OS == "unknown" && d.Platform.Architecture == "unknown"
}

func namesOf(d v1.Descriptor) []string {
	var names []string
	for _, key := range []string{"io.containerd.image.name", "org.opencontainers.image.ref.name"} {
		if name := d.Annotations[key]; name != "" {
			names = append(names, name)
		}
	}
	return names
}
