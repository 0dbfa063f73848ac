package userspace

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// readLayers applies layers to an empty tree. They are decompressed side by
// side, since that is what takes the time, and applied one on the other.
func readLayers(b *blobs, layers []layer, sp *spooler) (*tree, error) {
	var ins []source
	var digests []v1.Hash
	index := map[string]int{} // a layer may be there twice; it is spooled once
	for i, l := range layers {
		if _, again := index[l.name]; again {
			continue
		}
		in, err := b.open(l.name)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i+1, err)
		}
		if l.size >= 0 && in.size != l.size {
			return nil, fmt.Errorf("layer %d: %q has %d bytes: want the %d of the manifest", i+1, l.name, in.size, l.size)
		}
		index[l.name] = len(ins)
		ins = append(ins, in)
		digests = append(digests, l.digest)
	}
	blob := slices.Clone(ins)
	errs := sp.expandAll(ins, digests)
	t := newTree()
	a := &applier{tree: t, budget: sp.budget, whiteouts: true}
	for i, l := range layers {
		a.layer = i + 1
		n := index[l.name]
		err := errs[n]
		ended := false
		if err == nil {
			ended, err = readTar(ins[n], sp, a.apply)
		}
		if err == nil && !ended && ins[n] == blob[n] {
			err = checkWhole(ins[n], l.diffID)
		}
		if err != nil {
			return nil, fmt.Errorf("layer %d, %q: %w", i+1, l.name, err)
		}
	}
	return t, nil
}

// checkWhole holds a tar without an end, which some tools write and Docker
// takes, against its digest: it may have been cut at the end of a file. What was
// compressed had an end of its own.
func checkWhole(in source, want v1.Hash) error {
	h, err := v1.Hasher(want.Algorithm)
	if err != nil {
		return err
	}
	if _, err := io.Copy(h, io.NewSectionReader(in.r, 0, in.size)); err != nil {
		return err
	}
	if err := checkDigest(h, want); err != nil {
		return fmt.Errorf("without an end: %w", err)
	}
	return nil
}

// expandAll decompresses archives where they stand in the slice, as many at
// once as there are processors.
func (s *spooler) expandAll(ins []source, digests []v1.Hash) []error {
	var wg sync.WaitGroup
	errs := make([]error, len(ins))
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range ins {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			ins[i], errs[i] = s.expand(ins[i], digests[i])
		})
	}
	wg.Wait()
	return errs
}
