package audit

import (
	"context"
	"runtime/debug"
	"slices"
	"strings"
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

// What panics where the results are taken can be recovered there, and the workers have ended.
func TestOrderedPanics(t *testing.T) {
	taker := func() string { // the first line of a stack has the goroutine's number
		line, _, _ := strings.Cut(string(debug.Stack()), "\n")
		return line
	}
	here := taker()
	var running atomic.Int64
	do := func(i int) int {
		if taker() == here {
			panic("of the taker")
		}
		running.Add(1)
		defer running.Add(-1)
		time.Sleep(time.Millisecond)
		return i
	}
	assert.PanicsWithValue(t, "of the taker", func() {
		for range ordered(context.Background(), 4, slices.Values(make([]int, 1000)), do) {
		}
	})
	assert.Zero(t, running.Load())
}
