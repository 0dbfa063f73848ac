package abi

import (
	"fmt"
	"strings"
)

// A Platform is an operating system and a processor, in the words of GOOS and
// GOARCH: linux/amd64, darwin/arm64. Processors that Go has no word for keep
// the word of their specification (sparcv9, m68k).
//
// An empty field is not known, or not asked for.
type Platform struct {
	OS   string `json:"os"`
	Arch string `json:"arch"`
}

// ParsePlatform reads the form os/arch.
func ParsePlatform(s string) (Platform, error) {
	os, arch, ok := strings.Cut(s, "/")
	if !ok || os == "" || arch == "" || strings.Contains(arch, "/") {
		return Platform{}, fmt.Errorf("platform %q: want os/arch, such as linux/amd64", s)
	}
	return Platform{OS: os, Arch: arch}, nil
}

func (p Platform) String() string {
	switch {
	case p == Platform{}:
		return "unknown platform"
	case p.Arch == "":
		return p.OS
	}
	return p.OS + "/" + p.Arch
}

// A Libc is a family of C libraries. Code that is linked against one does not
// load with another.
type Libc string

// The families that are told apart. The zero value is not known, or none: a
// static program has no need of one.
const (
	Glibc  Libc = "glibc"
	Musl   Libc = "musl"
	Bionic Libc = "bionic"
)
