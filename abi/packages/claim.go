package packages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// A claim is what a package promises of files.
type claim struct {
	tag string // as it is written
	// platforms are those that a file has to be for, all of them; one without
	// a processor is any.
	platforms []abi.Platform
	libc      abi.Libc // the file must not be linked with another; may be empty
	// target is what the file has to find enough; of macOS, and of what
	// promises no more than a system, there is none.
	target *abi.Target
	minOS  abi.Version
}

// broken returns what of a package keeps less than the claim: "file: why".
func (c claim) broken(p *Package) (why []string) {
	names, files := p.byName()
	for _, name := range names {
		for _, reason := range c.brokenBy(p, files[name]) {
			why = append(why, name+": "+reason)
		}
	}
	return why
}

// isKept reports whether all files keep the claim. It ends with one that does
// not: a wheel may have many, and there are many tags to try.
func (c claim) isKept(p *Package, files map[string][]File) bool {
	for _, slicesOf := range files {
		if len(c.brokenBy(p, slicesOf)) > 0 {
			return false
		}
	}
	return true
}

// isFor reports whether every file is for each platform of the claim.
func (c claim) isFor(p *Package) bool {
	_, files := p.byName()
	for _, slicesOf := range files {
		for _, platform := range c.platforms {
			if !slices.ContainsFunc(slicesOf, func(e File) bool { return p.isFor(e, platform) }) {
				return false
			}
		}
	}
	return true
}

// brokenBy says why a file, given by its slices, keeps less.
func (c claim) brokenBy(p *Package, slicesOf []File) (why []string) {
	for _, platform := range c.platforms {
		i := slices.IndexFunc(slicesOf, func(e File) bool { return p.isFor(e, platform) })
		if i < 0 {
			return append(why, fmt.Sprintf("is not for %s but for %s", written(platform), platformsOf(slicesOf)))
		}
		e := slicesOf[i]
		switch {
		case e.ELF != nil && c.libc != "" && e.ELF.Libc != "" && e.ELF.Libc != c.libc:
			why = append(why, fmt.Sprintf("is linked with %s", e.ELF.Libc))
		case c.target != nil:
			why = append(why, p.obstacles(e, *c.target)...)
		case e.MachO != nil && c.minOS != "" && e.MachO.MinOS.Compare(c.floorOn(platform)) > 0:
			why = append(why, fmt.Sprintf("the slice for %s needs macOS %s", e.Platform().Arch, e.MachO.MinOS))
		}
	}
	return why
}

// platformsOf is what a file is for, of a universal one all.
func platformsOf(slicesOf []File) string {
	var all []string
	for _, e := range slicesOf {
		all = addNew(all, e.Platform().String())
	}
	return strings.Join(all, ", ")
}

// written is a platform in words, where it may lack its processor.
func written(p abi.Platform) string {
	if p.Arch == "" {
		return p.OS
	}
	return p.String()
}

// isFor reports whether a file is for a platform. Nothing in a library for
// Android has to name the system, and ppc64 is POWER of either order of bytes to
// Node.js (https://nodejs.org/api/process.html#processarch), and in the paths of
// jars for all that can be told from outside; to Python it is the big-endian one.
func (p *Package) isFor(e File, want abi.Platform) bool {
	have := e.Platform()
	if p.Kind != "wheel" && want.Arch == "ppc64" && have.Arch == "ppc64le" {
		have.Arch = want.Arch
	}
	if have.Arch != want.Arch && want.Arch != "" {
		return false
	}
	if want.OS == "ios" && have.OS == "ios-simulator" {
		return true // prebuilds/ios-arm64-simulator
	}
	return have.OS == want.OS || want.OS == "" || want.OS == "android" && have.OS == "linux" && e.ELF.Libc == ""
}

// floorOn is the oldest macOS of a claim on a processor: for arm64 there is
// none before 11.
func (c claim) floorOn(p abi.Platform) abi.Version {
	if p.Arch == "arm64" && c.minOS.Compare("11.0") < 0 {
		return "11.0"
	}
	return c.minOS
}

// claims returns what is promised of every file of a package, of which one is
// enough, and the words that are not understood.
func (p *Package) claims() (all []claim, unknown []string) {
	for _, tag := range p.Tags {
		if p.saysAny(tag) {
			continue
		}
		parse := parseWords
		if p.Kind == "wheel" {
			parse = parseTag
		}
		c, ok := parse(tag)
		if !ok {
			unknown = append(unknown, tag)
			continue
		}
		all = append(all, c)
	}
	return all, unknown
}

// saysAny reports whether a tag is of what runs everywhere.
func (p *Package) saysAny(tag string) bool {
	switch p.Kind {
	case "wheel", "pacman":
		return tag == "any"
	case "deb":
		return tag == "all"
	case "conda", "apk", "rpm":
		return tag == "noarch"
	case "gem":
		return tag == "ruby" || tag == "java" || tag == "jruby"
	}
	return false
}
