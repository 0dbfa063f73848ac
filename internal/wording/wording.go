// Package wording has the words that messages of several packages are made of.
package wording

import (
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
)

// Plain returns a name that comes out of a file as it is, or quoted where it
// holds anything that could be taken for something else in a sentence.
func Plain(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c <= ' ' || c >= 0x7f || c == '"' || c == ';' || c == '(' || c == ')' || c == ',' {
			return strconv.Quote(name)
		}
	}
	if name == "" {
		return `""`
	}
	return name
}

// List names the first few and counts the others.
func List(names []string) string {
	const few = 4
	shown := make([]string, 0, few)
	for _, name := range names[:min(few, len(names))] {
		shown = append(shown, Plain(name))
	}
	s := strings.Join(shown, ", ")
	if more := len(names) - few; more > 0 {
		s += " and " + strconv.Itoa(more) + " more"
	}
	return s
}

// Called is what messages call a target.
func Called(t abi.Target) string {
	if t.Name == "" {
		return "the target"
	}
	return t.Name
}
