package packages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// broke fills a finding with what breaks a claim.
func broke(f abi.Finding, claims string, why []string) abi.Finding {
	const few = 10
	f.Message = claims + "; " + why[0]
	if more := len(why) - 1; more > 0 {
		f.Message += fmt.Sprintf(", and %d more", more)
	}
	f.Evidence = why[:min(few, len(why))]
	return f
}

// checkPlatforms judges packages of which each file is chosen by its path, or
// else by what the package says. A file beside others for what it says is one
// that nobody loads there.
func checkPlatforms(p *Package) []abi.Finding {
	claims, _ := p.claims()
	var findings []abi.Finding
	var strays, generic []string // "file: why"
	kept, musl := false, slices.ContainsFunc(p.Files, func(e File) bool { return e.ELF != nil && e.ELF.Libc == abi.Musl })
	names, files := p.byName()
	for _, name := range names {
		if c, ok := claimOfPath(name); ok {
			if why := c.brokenBy(p, files[name]); len(why) > 0 && judged(c) {
				findings = append(findings, broke(abi.Finding{Subject: name}, name+": its path says "+c.words(), why))
			}
			kept = kept || len(claims) == 0 || slices.ContainsFunc(claims, func(c claim) bool { return len(c.brokenBy(p, files[name])) == 0 })
			continue
		}
		why, ok := "", false
		for _, c := range claims {
			broken := c.brokenBy(p, files[name])
			if len(broken) == 0 {
				ok = true
				if c.libc == "" && c.platforms[0].OS == "linux" && !musl && isLinkedWith(files[name], abi.Glibc) {
					generic = append(generic, name+" is linked with glibc")
				}
				break
			}
			if why == "" && judged(c) {
				why = name + ": " + broken[0]
			}
		}
		kept = kept || ok
		if !ok && why != "" {
			strays = append(strays, why)
		}
	}
	said := "claims " + strings.Join(p.Tags, ", ")
	if len(strays) > 0 {
		f := abi.Finding{Subject: strings.Join(p.Tags, ", ")}
		if kept {
			f.Severity = abi.Warning
		}
		findings = append(findings, broke(f, said, strays))
	}
	if len(generic) > 0 {
		f := abi.Finding{Severity: abi.Note, Subject: "libc", Fix: fixLibc[p.Kind]}
		findings = append(findings, broke(f, said+" and no C library", generic))
	}
	return findings
}

// checkUnserved tells where a package of npm is installed by what it says, and has
// nothing to load: it names several platforms, and its one native file is for one.
// Scripts and optional dependencies may bring others.
func checkUnserved(p *Package) []abi.Finding {
	claims, _ := p.claims()
	names, files := p.byName()
	if p.fetches || len(claims) < 2 || len(names) != 1 {
		return nil
	}
	var served, unserved []string
	for _, c := range claims {
		switch {
		case !judged(c) || c.platforms[0].OS == "":
		case len(c.brokenBy(p, files[names[0]])) == 0:
			served = append(served, c.tag)
		default:
			unserved = append(unserved, c.tag)
		}
	}
	if len(served) == 0 || len(unserved) == 0 {
		return nil
	}
	return []abi.Finding{{
		Severity: abi.Warning,
		Subject:  "os, cpu",
		Message:  fmt.Sprintf("claims %s too, and its one native file, %s, serves %s alone", strings.Join(unserved, ", "), names[0], strings.Join(served, ", ")),
		Fix:      "name in os, cpu and libc what the file is for, and publish a package for each of the others",
	}}
}

var fixLibc = map[string]string{
	"npm": `say "libc": ["glibc"] in package.json, and publish another package for musl`,
	"gem": `give the gem the platform <cpu>-linux-gnu, and publish another with -linux-musl`,
}

func isLinkedWith(slicesOf []File, libc abi.Libc) bool {
	return slices.ContainsFunc(slicesOf, func(e File) bool { return e.ELF != nil && e.ELF.Libc == libc })
}

// judged reports whether files for a system are told by their bytes.
func judged(c claim) bool {
	switch c.platforms[0].OS {
	case "", "linux", "darwin", "android":
		return true
	}
	return false
}

// words is what a claim comes to.
func (c claim) words() string {
	var all []string
	for _, p := range c.platforms {
		all = append(all, written(p))
	}
	s := strings.Join(all, " and ")
	if c.libc != "" {
		s += " with " + string(c.libc)
	}
	return s
}

// checkFamily judges packages of distributions. They have files for other
// processors by right (firmware, compilers' libraries, emulators), so that only
// one without any for its own is wrong. A processor runs its older brother's.
func checkFamily(p *Package) []abi.Finding {
	claims, _ := p.claims()
	if len(claims) != 1 {
		return nil
	}
	c := claims[0]
	var why []string
	for _, e := range p.Files {
		have := e.Platform()
		if want := c.platforms[0]; want.OS != "" && have.OS != want.OS || have.Arch != want.Arch && brothers[want.Arch] != have.Arch {
			why = append(why, e.Path+": is for "+have.String())
			continue
		}
		return nil
	}
	return []abi.Finding{broke(abi.Finding{Severity: abi.Warning, Subject: c.tag}, "claims "+c.tag, why)}
}

var brothers = map[string]string{"amd64": "386", "arm64": "arm", "ppc64": "ppc", "s390x": "s390", "mips64le": "mipsle"}

// checkFloors holds the files against the version of the system that a package
// of Debian or conda wants.
func checkFloors(p *Package) []abi.Finding {
	var findings []abi.Finding
	for _, floor := range highest(p.Floors) {
		name, version, _ := atLeast(floor)
		var why []string
		for _, e := range p.Files {
			switch {
			case e.ELF != nil && name != "__osx":
				why = append(why, needsGlibc(e, floor, version)...)
			case e.MachO != nil && name == "__osx" && e.MachO.MinOS.Compare(claim{minOS: version}.floorOn(e.Platform())) > 0:
				why = append(why, fmt.Sprintf("%s: the slice for %s needs macOS %s", e.Path, e.Platform().Arch, e.MachO.MinOS))
			}
		}
		if len(why) > 0 {
			findings = append(findings, broke(abi.Finding{Subject: name}, "wants "+floor, why))
		}
	}
	return findings
}

// highest keeps of each name the floor that says the most: all of them hold, and
// what Debian's Pre-Depends wants may be less than what Depends does.
func highest(floors []string) (kept []string) {
	for _, floor := range floors {
		name, version, ok := atLeast(floor)
		if !ok {
			continue
		}
		i := slices.IndexFunc(kept, func(other string) bool { n, _, _ := atLeast(other); return n == name })
		if i < 0 {
			kept = append(kept, floor)
		} else if _, v, _ := atLeast(kept[i]); v.Less(version) {
			kept[i] = floor
		}
	}
	return kept
}

func needsGlibc(e File, name string, v abi.Version) (why []string) {
	t := abi.Target{Name: name, Platform: e.Platform(), Libc: abi.Glibc, Symbols: map[string]abi.Version{"GLIBC": v}}
	for _, f := range e.errorsFor(t) {
		if f.Rule == "glibc-floor" {
			why = append(why, e.Path+": "+f.Message)
		}
	}
	return why
}

// atLeast takes "libc6 (>= 2.34-1~)" or "__glibc >=2.17,<3.0.a0" apart. Of a
// Debian version, what follows the first two numbers is not of the ABI.
func atLeast(floor string) (name string, v abi.Version, ok bool) {
	name, rest, _ := strings.Cut(floor, " ")
	_, rest, ok = strings.Cut(rest, ">") // and Debian's >>
	if !ok {
		return name, "", false
	}
	rest = strings.TrimLeft(rest, ">= ")
	end := strings.IndexFunc(rest, func(c rune) bool { return c != '.' && (c < '0' || c > '9') })
	if end >= 0 {
		rest = rest[:end]
	}
	v, err := abi.ParseVersion(strings.Trim(rest, "."))
	return name, v, err == nil
}
