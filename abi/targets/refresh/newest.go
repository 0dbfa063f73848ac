package main

import (
	"slices"

	"github.com/abivet/abivet/abi"
)

// newest has for each namespace of symbol versions the name of the newest one,
// and every marker.
type newest map[string]string

func (n newest) add(name string) {
	namespace, v, _ := abi.SplitSymbolVersion(name)
	old, seen := n[namespace]
	_, have, _ := abi.SplitSymbolVersion(old)
	// arm64 has both GCC_14.0 and GCC_14.0.0; always take the longer, so that
	// the table does not depend on the order.
	if order := v.Compare(have); !seen || order > 0 || order == 0 && len(name) > len(old) {
		n[namespace] = name
	}
}

func (n newest) names() []string {
	var names []string
	for _, name := range n {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
