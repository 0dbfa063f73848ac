package audit

import (
	"context"
	"iter"
	"slices"
	"sync"
)

// ordered maps in parallel and yields in the order of the input. No more than
// a few inputs for each worker are under way, however slow the first is; when
// ctx ends, so does it.
func ordered[In, Out any](ctx context.Context, workers int, in iter.Seq[In], do func(In) Out) iter.Seq[Out] {
	if workers == 1 {
		return inline(ctx, in, do)
	}
	return func(yield func(Out) bool) {
		const ahead = 64 // for each worker: hides a large file behind small ones
		next, end := iter.Pull(in)
		defer end()
		var start []In
		for len(start) < 2 {
			i, ok := next()
			if !ok {
				inline(ctx, slices.Values(start), do)(yield) // for one alone nobody is to be woken
				return
			}
			start = append(start, i)
		}
		l := line[In, Out]{do: do, places: make([]place[Out], ahead*workers)}
		l.room.L, l.head.L = &l.mu, &l.mu
		l.next = func() (i In, ok bool) {
			if len(start) == 0 {
				return next()
			}
			i, start = start[0], start[1:]
			return i, true
		}
		var running sync.WaitGroup
		defer running.Wait() // before the caller may close what is read from
		defer l.stop()
		defer context.AfterFunc(ctx, l.stop)()
		// Who takes the results is a worker where none is ready: with a goroutine for each
		// of the tasks, that wake one another for every file, two workers took a quarter
		// more time of the processors than one.
		for range workers - 1 {
			running.Go(func() {
				for l.work(false) {
				}
			})
		}
		for {
			out, ok := l.first()
			if !ok || !yield(out) {
				return
			}
		}
	}
}

// A line has the inputs that are under way.
type line[In, Out any] struct {
	do func(In) Out

	mu          sync.Mutex
	room, head  sync.Cond // there is room for another input; the first is done
	next        func() (In, bool)
	places      []place[Out] // a ring
	taken, left int          // inputs so far, and those of them whose result was given away
	waiting     bool         // for the first
	ended       bool         // there are no more inputs
	stopped     bool
}

type place[Out any] struct {
	out  Out
	done bool
}

func (l *line[In, Out]) at(i int) *place[Out] { return &l.places[i%len(l.places)] }

// work does the next input, and reports whether there was one. It waits for room, unless
// it is called by who makes it.
func (l *line[In, Out]) work(mine bool) bool {
	in, i, ok := l.take(mine)
	if !ok {
		return false
	}
	out := l.do(in)
	l.mu.Lock()
	defer l.mu.Unlock()
	*l.at(i) = place[Out]{out, true}
	if i == l.left && l.waiting {
		l.head.Signal()
	}
	return true
}

// take takes the next input, and its number.
func (l *line[In, Out]) take(mine bool) (in In, i int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !mine && !l.stopped && !l.ended && l.taken-l.left == len(l.places) {
		l.room.Wait()
	}
	if l.stopped || l.ended || l.taken-l.left == len(l.places) {
		return in, 0, false
	}
	if in, ok = l.next(); !ok {
		l.ended = true
		l.wake()
		return in, 0, false
	}
	l.taken++
	return in, l.taken - 1, true
}

// first returns the first result once it is there, and does what there is to do until
// then. It is false behind the last.
func (l *line[In, Out]) first() (out Out, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.stopped {
		if p := l.at(l.left); l.left < l.taken && p.done {
			out = p.out
			*p = place[Out]{}
			l.left++
			if 2*(l.taken-l.left) == len(l.places) { // not for each one: to wake takes longer than a file
				l.room.Broadcast()
			}
			return out, true
		}
		if l.ended && l.left == l.taken {
			break
		}
		worked := l.help()
		if p := l.at(l.left); !worked && !l.stopped && l.left < l.taken && !p.done {
			l.waiting = true
			l.head.Wait()
			l.waiting = false
		}
	}
	return out, false
}

// help does the next input of a line that is locked, and is locked again then: if
// do panics, too.
func (l *line[In, Out]) help() bool {
	l.mu.Unlock()
	defer l.mu.Lock()
	return l.work(true)
}

func (l *line[In, Out]) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	l.wake()
}

// wake wakes all.
func (l *line[In, Out]) wake() {
	l.room.Broadcast()
	l.head.Broadcast()
}

func inline[In, Out any](ctx context.Context, in iter.Seq[In], do func(In) Out) iter.Seq[Out] {
	return func(yield func(Out) bool) {
		for i := range in {
			if ctx.Err() != nil || !yield(do(i)) {
				return
			}
		}
	}
}
