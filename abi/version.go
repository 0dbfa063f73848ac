package abi

import (
	"fmt"
	"strings"
)

// A Version is numbers between dots, to any depth: 2.34, 3.4.19, 1.2.5.2. The
// empty version is not known, or not promised, and is below every other.
//
// It is a string so that it can be written as a literal and printed as the
// file has it; compare with [Version.Compare], since 2.10 is above 2.9.
type Version string

// ParseVersion holds s against the form of a Version.
func ParseVersion(s string) (Version, error) {
	if !isVersion(s) {
		return "", fmt.Errorf("version %q: want numbers between dots, such as 2.34", s)
	}
	return Version(s), nil
}

// maxDigits of a number fit an int of 32 bits. No version has more.
const maxDigits = 9

func isVersion(s string) bool {
	digits := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			if digits > maxDigits {
				return false
			}
		case c == '.' && digits > 0:
			digits = 0
		default:
			return false
		}
	}
	return digits > 0
}

// Compare returns -1, 0 or +1. A part that one side lacks counts as zero, so
// 2.0 equals 2.
func (v Version) Compare(w Version) int {
	a, b := string(v), string(w)
	if a == b {
		return 0
	}
	if a == "" {
		return -1
	}
	if b == "" {
		return 1
	}
	for a != "" || b != "" {
		var x, y int
		x, a = leadingPart(a)
		y, b = leadingPart(b)
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return 0
}

// Less reports whether v is an older version than w.
func (v Version) Less(w Version) bool { return v.Compare(w) < 0 }

// leadingPart takes the number before the first dot. What is not one counts as
// zero: it is no Version, and ParseVersion has refused it already.
func leadingPart(s string) (n int, rest string) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '.' {
			return n, s[i+1:]
		}
		if c < '0' || c > '9' || i >= maxDigits {
			_, rest, _ = strings.Cut(s, ".")
			return 0, rest
		}
		n = n*10 + int(c-'0')
	}
	return n, ""
}

// SplitSymbolVersion takes a symbol version of ELF apart: GLIBC_2.34 is
// version 2.34 of the namespace GLIBC, OPENSSL_1_1_0 is 1.1.0 of OPENSSL.
//
// A name without a number at its end is a marker, not a version: it is there
// or it is not (GLIBC_ABI_DT_RELR, GLIBC_PRIVATE, CXXABI_FLOAT128). For those
// numbered is false and namespace is the whole name.
func SplitSymbolVersion(name string) (namespace string, v Version, numbered bool) {
	for i := 0; i+1 < len(name); i++ {
		if name[i] != '_' || name[i+1] < '0' || name[i+1] > '9' {
			continue
		}
		number := name[i+1:]
		if strings.IndexByte(number, '_') >= 0 {
			number = strings.ReplaceAll(number, "_", ".")
		}
		if isVersion(number) {
			return name[:i], Version(number), true
		}
	}
	return name, "", false
}
