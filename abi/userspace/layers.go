package userspace

import (
	"fmt"
	"runtime"
	"sync"
)

// readLayers applies layers to an empty tree. They are decompressed side by
// side, since that is what takes the time, and applied one on the other.
func readLayers(b *blobs, layers []layer, sp *spooler) (*tree, error) {
	ins := make([]source, len(layers))
	for i, l := range layers {
		var err error
		if ins[i], err = b.open(l.name); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i+1, err)
		}
		if l.size >= 0 && ins[i].size != l.size {
			return nil, fmt.Errorf("layer %d: %q has %d bytes: want the %d of the manifest", i+1, l.name, ins[i].size, l.size)
		}
	}
	if err := expandAll(ins, layers, sp); err != nil {
		return nil, err
	}
	t := newTree()
	a := &applier{tree: t, budget: sp.budget, whiteouts: true}
	for i, in := range ins {
		a.layer = i + 1
		if _, err := readTar(in, sp, a.apply); err != nil {
			return nil, fmt.Errorf("layer %d, %q: %w", i+1, layers[i].name, err)
		}
	}
	return t, nil
}

// expandAll decompresses the layers in place. The error is that of the lowest.
func expandAll(ins []source, layers []layer, sp *spooler) error {
	var wg sync.WaitGroup
	errs := make([]error, len(ins))
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	done := map[string]int{} // a layer may be there twice; it is spooled once
	for i, l := range layers {
		if _, again := done[l.name]; again {
			continue
		}
		done[l.name] = i
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			ins[i], errs[i] = sp.expand(ins[i], l.digest)
		})
	}
	wg.Wait()
	for i, l := range layers {
		if err := errs[done[l.name]]; err != nil {
			return fmt.Errorf("layer %d, %q: %w", i+1, l.name, err)
		}
		ins[i] = ins[done[l.name]]
	}
	return nil
}
