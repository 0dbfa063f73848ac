package main

import (
	"io"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCollectorIsTheUsers(t *testing.T) {
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	check := func() int {
		run([]string{"check", "--root", t.TempDir(), "check_memory_test.go"}, io.Discard, io.Discard)
		return debug.SetGCPercent(77)
	}
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "77")
			assert.Equal(t, 77, check())
		})
	}
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	assert.NotEqual(t, 77, check(), "nobody has said anything")
}
