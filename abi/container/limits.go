package container

import (
	"context"
	"errors"
	"fmt"
)

// Limits bound what one file, with all containers in it, can make of itself. A
// zero field takes the default; the error of a limit that was met names it.
type Limits struct {
	// Depth is how many containers may stand around a file. 8: a Debian
	// package is two, a wheel in it three.
	Depth int
	// Members is how many members all containers together may have. A million.
	Members int
	// Expanded is how many bytes may be decompressed. 32 GiB.
	Expanded int64
	// Ratio is how many times its size something compressed may expand to, and all
	// that is in the file how many times the file's, from 64 MiB on: below that
	// everything may. 200; code compresses 3 to 5 times.
	Ratio int64
	// Memory is how many bytes of members may be held at a time. 1 GiB. Each
	// file that is walked at the same time may hold as many. Of a member the first
	// 16 MiB are in memory, and the others where there is room for a temporary file.
	Memory int64
}

const ratioFloor = 64 << 20

// Defaults returns the limits that zero fields stand for.
func Defaults() Limits {
	return Limits{Depth: 8, Members: 1_000_000, Expanded: 32 << 30, Ratio: 200, Memory: 1 << 30}
}

func (l Limits) withDefaults() Limits {
	d := Defaults()
	set := func(field *int64, value int64) {
		if *field == 0 {
			*field = value
		}
	}
	set(&l.Expanded, d.Expanded)
	set(&l.Ratio, d.Ratio)
	set(&l.Memory, d.Memory)
	if l.Depth == 0 {
		l.Depth = d.Depth
	}
	if l.Members == 0 {
		l.Members = d.Members
	}
	return l
}

// A stop ends the whole walk, not only that of one container.
type stop struct{ error }

func (s stop) Unwrap() error { return s.error }

func isStop(err error) bool {
	var s stop
	return errors.As(err, &s)
}

// A budget is what has been used of the limits.
type budget struct {
	ctx      context.Context
	limits   Limits
	size     int64 // of the file that all is in
	members  int
	expanded int64
	held     int64
}

func (b *budget) depth(d int) error {
	if d >= b.limits.Depth {
		return fmt.Errorf("a container in %d others: limit max-depth", d)
	}
	return nil
}

func (b *budget) member() error {
	if b.members++; b.members > b.limits.Members {
		return stop{fmt.Errorf("more than %d members: limit max-members", b.limits.Members)}
	}
	if b.members%1024 == 0 && b.ctx.Err() != nil {
		return stop{context.Cause(b.ctx)}
	}
	return nil
}

// expand takes n more bytes of what has expanded to total bytes from size.
func (b *budget) expand(n int, total, size int64) error {
	if b.expanded += int64(n); b.expanded > b.limits.Expanded {
		return stop{fmt.Errorf("more than %d bytes decompressed: limit max-expanded", b.limits.Expanded)}
	}
	if total > ratioFloor && total/b.limits.Ratio > size {
		return fmt.Errorf("%d bytes expand to more than %d times that: limit max-ratio", size, b.limits.Ratio)
	}
	// Archives in archives multiply, of which each alone is modest.
	if b.expanded > ratioFloor && b.expanded/b.limits.Ratio > b.size {
		return stop{fmt.Errorf("what is in its %d bytes expands to more than %d times that: limit max-ratio", b.size, b.limits.Ratio)}
	}
	if b.ctx.Err() != nil {
		return stop{context.Cause(b.ctx)}
	}
	return nil
}

// errHeld is of what is more than may be held.
var errHeld = errors.New("limit max-memory")

// hold takes n more bytes, of memory or of a temporary file.
func (b *budget) hold(n int64) error {
	if n > b.limits.Memory-b.held {
		return fmt.Errorf("more than %d bytes would have to be held: %w", b.limits.Memory, errHeld)
	}
	b.held += n
	return nil
}
