package audit

import (
	"context"
	"iter"
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
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait() // before the caller may close what is read from
		defer cancel()

		type job struct {
			in  In
			out chan Out
		}
		const ahead = 64 // for each worker: hides a large file behind small ones
		jobs, queue := make(chan job), make(chan job, ahead*workers)
		running.Go(func() {
			defer close(queue)
			defer close(jobs)
			for i := range in {
				j := job{i, make(chan Out, 1)}
				for _, to := range []chan job{queue, jobs} {
					select {
					case to <- j:
					case <-ctx.Done():
						return
					}
				}
			}
		})
		for range workers {
			running.Go(func() {
				for j := range jobs {
					j.out <- do(j.in)
				}
			})
		}
		for j := range queue {
			select {
			case out := <-j.out:
				if !yield(out) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
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
