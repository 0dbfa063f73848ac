package audit

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestOrdered(t *testing.T) {
	in := make([]int, 500)
	for i := range in {
		in[i] = i
	}
	slowFirst := func(i int) int {
		if i%100 == 0 {
			time.Sleep(20 * time.Millisecond)
		}
		return i
	}
	for _, workers := range []int{1, 2, 16} {
		got := slices.Collect(ordered(context.Background(), workers, slices.Values(in), slowFirst))
		assert.Equal(t, in, got)
	}
}

// However large the input, only a window of it is under way.
func TestOrderedDoesNotRunAhead(t *testing.T) {
	const workers = 2
	var done atomic.Int64
	endless := func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}
	taken := 0
	for range ordered(context.Background(), workers, endless, func(i int) int { done.Add(1); return i }) {
		if taken++; taken == 10 {
			time.Sleep(50 * time.Millisecond) // it would be far ahead by now
			assert.LessOrEqual(t, done.Load(), int64(10+64*workers+2*workers+1))
			break
		}
	}
}
