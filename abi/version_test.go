package abi

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCompare(t *testing.T) {
	tests := map[string]struct {
		a, b Version
		want int
	}{
		"numbers, not letters":     {"2.10", "2.9", 1},
		"a part more":              {"3.4.19", "3.4", 1},
		"a part of zero":           {"2.0", "2", 0},
		"zeros before":             {"2.05", "2.5", 0},
		"nothing is below zero":    {"", "0", -1},
		"the largest part":         {"999999999", "999999998.9", 1},
		"no version counts as 0":   {"x.2", "0.2", 0},
		"a part too large as well": {"1000000000.2", "0.2", 0},
		"nothing between dots too": {"1..2", "1.0.2", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, test.a.Compare(test.b))
			assert.Equal(t, -test.want, test.b.Compare(test.a))
		})
	}
}

func TestSplitSymbolVersion(t *testing.T) {
	tests := map[string]struct {
		namespace string
		version   Version
		numbered  bool
	}{
		"GLIBC_2.34":        {"GLIBC", "2.34", true},
		"OPENSSL_1_1_0":     {"OPENSSL", "1.1.0", true},
		"LIBFOO_2_BAR_1.0":  {"LIBFOO_2_BAR", "1.0", true},
		"GLIBC_ABI_DT_RELR": {"GLIBC_ABI_DT_RELR", "", false},
		"GLIBC_2.34x":       {"GLIBC_2.34x", "", false},
		"GLIBC_":            {"GLIBC_", "", false},
		"":                  {"", "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			namespace, version, numbered := SplitSymbolVersion(name)
			assert.Equal(t, test.namespace, namespace)
			assert.Equal(t, test.version, version)
			assert.Equal(t, test.numbered, numbered)
		})
	}
}
