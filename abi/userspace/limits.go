package userspace

import (
	"cmp"
	"fmt"
	"sync/atomic"
)

// Limits bound what a hostile image or package can make of itself. A zero field
// takes the default; the error of a limit that was met names it, as the flags
// of the command do.
type Limits struct {
	// Entries is how many files, links and directories all layers together
	// may have. An entry costs about 200 bytes of memory. 4 million.
	Entries int
	// Expanded is how many bytes all layers together may have once they are
	// decompressed; as many are written to temporary files. 64 GiB.
	Expanded int64
	// Ratio is how many times its size a compressed layer may expand to, from
	// 64 MiB on: below that everything may. 200; code compresses 3 to 5
	// times, and a layer that holds nothing but an empty log 1000.
	Ratio int64
	// Layers is how many layers an image may have. 1000; the overlay of
	// Linux has room for 500.
	Layers int
}

const ratioFloor = 64 << 20

// Defaults returns the limits that zero fields stand for.
func Defaults() Limits {
	return Limits{Entries: 4_000_000, Expanded: 64 << 30, Ratio: 200, Layers: 1000}
}

func (l Limits) withDefaults() Limits {
	d := Defaults()
	return Limits{
		Entries:  cmp.Or(l.Entries, d.Entries),
		Expanded: cmp.Or(l.Expanded, d.Expanded),
		Ratio:    cmp.Or(l.Ratio, d.Ratio),
		Layers:   cmp.Or(l.Layers, d.Layers),
	}
}

// A budget is what is left of the limits. Layers are decompressed side by side.
type budget struct {
	limits   Limits
	expanded atomic.Int64
	entries  int
}

func newBudget(l Limits) *budget { return &budget{limits: l.withDefaults()} }

// entry takes one entry.
func (b *budget) entry() error {
	b.entries++
	if b.entries > b.limits.Entries {
		return fmt.Errorf("more than %d entries: limit max-root-entries", b.limits.Entries)
	}
	return nil
}

// expand takes n more bytes of what has expanded to total bytes from size.
func (b *budget) expand(n, total, size int64) error {
	if b.expanded.Add(n) > b.limits.Expanded {
		return fmt.Errorf("more than %d bytes decompressed: limit max-root-expanded", b.limits.Expanded)
	}
	if total > ratioFloor && total/b.limits.Ratio > size {
		return fmt.Errorf("%d bytes expand to more than %d times that: limit max-root-ratio", size, b.limits.Ratio)
	}
	return nil
}
