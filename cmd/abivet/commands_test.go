package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A command is made by its name, and all are where the first argument is none.
func TestCommandsAreMadeByName(t *testing.T) {
	for _, m := range makers {
		c := newRoot([]string{m.name, "--help"}).Commands()
		require.Len(t, c, 1, m.name)
		assert.Equal(t, m.name, c[0].Name())
		assert.Empty(t, c[0].Aliases, "%s would not be found by them", m.name)
	}
	for _, args := range [][]string{nil, {"help", "check"}, {"--version"}, {"chekc"}, {"__complete", "check", ""}} {
		assert.Len(t, newRoot(args).Commands(), len(makers), "%q", args)
	}
}
