package packages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// A Kept is what the files of a package for one platform keep, in the words of
// Python's tags, which other packages have no like of.
type Kept struct {
	Platform abi.Platform // of a wheel for macOS without a processor: its files have several
	Libc     abi.Libc     // that files are linked with; empty where they are static
	Tag      string       // empty where there is none
	// Libraries are those beyond what the tag promises that files need; a
	// wheel has to bring them, other packages may ask others for them.
	Libraries []string
	// Grafted is the tag that a wheel has once it brings Libraries along, where
	// these alone keep it from a better one: what auditwheel repair makes of it.
	Grafted string
	Next    string   // the tag that promises a little more, or the least where there is no Tag
	Because []string // "file: why" that is not kept
}

// Kept returns what the files keep, by platform and C library. Static files
// count with the others of their platform.
func (p *Package) Kept() (all []Kept) {
	for _, e := range p.Files {
		k := Kept{Platform: e.Platform()}
		if e.ELF != nil {
			k.Libc = e.ELF.Libc
		} else if p.Kind == "wheel" {
			k.Platform.Arch = ""
		}
		if !slices.ContainsFunc(all, func(o Kept) bool { return o.Platform == k.Platform && o.Libc == k.Libc }) {
			all = append(all, k)
		}
	}
	dynamic := func(k Kept) bool {
		return slices.ContainsFunc(all, func(o Kept) bool { return o.Platform == k.Platform && o.Libc != "" })
	}
	all = slices.DeleteFunc(slices.Clone(all), func(k Kept) bool { return k.Libc == "" && k.Platform.OS == "linux" && dynamic(k) })
	for i := range all {
		all[i].fill(p)
	}
	return all
}

func (k *Kept) fill(p *Package) {
	part := &Package{Kind: p.Kind, Path: p.Path, Tags: []string{string(k.Libc)}}
	for _, e := range p.Files {
		same := e.Platform() == k.Platform || k.Platform.Arch == "" && e.Platform().OS == k.Platform.OS
		if same && (e.ELF == nil || e.ELF.Libc == k.Libc || e.ELF.Libc == "") {
			part.Files = append(part.Files, e)
		}
	}
	if k.Libc == abi.Musl {
		part.Tags = []string{"musllinux"}
	}
	k.Tag = part.TrueTag()
	if c, ok := parseTag(k.Tag); ok && c.target != nil && p.Kind != "wheel" {
		k.Libraries = part.foreign(*c.target)
	}
	if p.Kind == "wheel" && strings.HasPrefix(k.Tag, "linux_") {
		k.graft(*part)
	}
	if next, ok := part.nextTag(k.Tag); ok {
		k.Next, k.Because = next.tag, next.broken(part)
	}
}

// graft tells what a wheel comes to when it brings the libraries that it needs.
func (k *Kept) graft(part Package) {
	part.grafts = true
	tag := part.TrueTag()
	if c, ok := parseTag(tag); ok && tag != k.Tag && c.target != nil {
		k.Grafted, k.Libraries = tag, part.foreign(*c.target)
	}
}

// foreign returns the needed libraries that a target does not promise.
func (p *Package) foreign(t abi.Target) (libraries []string) {
	for _, e := range p.Files {
		for _, f := range e.errorsFor(t) {
			if f.Rule == notInTarget && (e.ELF == nil || !p.Brings(e.ELF, f.Subject)) {
				libraries = addNew(libraries, f.Subject)
			}
		}
	}
	return libraries
}

// nextTag returns the claim that promises a little more than a tag.
func (p *Package) nextTag(tag string) (next claim, ok bool) {
	first := p.Files[0].Platform()
	if first.OS == "darwin" {
		return nextMac(tag)
	}
	family, machine := "manylinux", machineOf(first.Arch)
	if strings.HasPrefix(tag, "musllinux") || len(p.Tags) > 0 && strings.HasPrefix(p.Tags[0], "musllinux") {
		family = "musllinux"
	}
	if first.OS != "linux" || machine == "" {
		return claim{}, false
	}
	for _, r := range oldestFirst([]string{family}) {
		c, known := parseTag(r.Name + "_" + machine)
		if known && c.tag == tag {
			return next, ok
		}
		if known {
			next, ok = c, true
		}
	}
	return next, ok // of a tag that is none of the family: its newest
}

// nextMac is the release of macOS before that of a tag.
func nextMac(tag string) (claim, bool) {
	parts := strings.SplitN(tag, "_", 4)
	if len(parts) != 4 {
		return claim{}, false
	}
	var major, minor int
	if _, err := fmt.Sscan(parts[1], &major); err != nil {
		return claim{}, false
	}
	if _, err := fmt.Sscan(parts[2], &minor); err != nil {
		return claim{}, false
	}
	switch {
	case major > 11:
		major, minor = major-1, 0
		if major == 25 {
			major = 15 // Apple went from 15 to 26
		}
	case major == 11 && parts[3] != "arm64":
		major, minor = 10, 15
	case major == 10 && minor > 4:
		minor--
	default:
		return claim{}, false // nothing is older
	}
	return parseTag(fmt.Sprintf("macosx_%d_%d_%s", major, minor, parts[3]))
}
