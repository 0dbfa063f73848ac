package closure

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const pwned = "x\x1b[2J\n::error::pwned"

func TestClean(t *testing.T) {
	tests := map[string]string{
		"libé.so.1 (a\\b'c\"d)": "libé.so.1 (a\\b'c\"d)",
		pwned:                   `x\x1b[2J\n::error::pwned`,
		"a\r\t\x00\x7fb":        `a\r\t\x00\x7fb`,
		"a\u009b31mb":           `a\u009b31mb`,
		"a\x9b31mb\xff":         `a\x9b31mb\xff`,
		"a\u2028b\u2029":        `a\u2028b\u2029`,
		"a\ufffdb":              "a\ufffdb", // said in the file itself
	}
	for text, want := range tests {
		assert.Equal(t, want, Clean(text))
	}
}

func TestDrawClean(t *testing.T) {
	for _, drawn := range []string{DOT([]Edge{{From: "a", To: pwned}}), Mermaid([]Edge{{From: "a", To: pwned}})} {
		assert.NotContains(t, drawn, "\x1b")
		for line := range strings.Lines(drawn) {
			assert.False(t, strings.HasPrefix(line, "::"), drawn)
		}
	}
}
