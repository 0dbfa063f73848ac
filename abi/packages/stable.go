package packages

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
)

// A StableFloor is the oldest version of a host's stable interface (Node-API,
// CPython's abi3) that has all that the extensions of a package ask for.
type StableFloor struct {
	Host    extension.Host
	Version abi.Version // empty where a file asks for more than the interface has
	File    string      // that asks for it
	Because []string    // names: that make Version what it is, or that are outside
}

// StableFloors returns those of the hosts that have such an interface. What only
// one release loads, and what cannot be judged by itself, does not count.
func (p *Package) StableFloors() (all []StableFloor) {
	for _, host := range []extension.Host{extension.CPython, extension.Node} {
		var floor *StableFloor
		for _, e := range p.Files {
			for _, x := range extensionsOf(e) {
				if x.Host != host || exempt(x, e) || x.Floor == "" && len(x.Outside) == 0 { // it looks up by itself what it asks for
					continue
				}
				if next := stableFloor(x, e.Path); floor == nil || floor.Version != "" && (next.Version == "" || floor.Version.Less(next.Version)) {
					floor = &next
				}
			}
		}
		if floor != nil {
			all = append(all, *floor)
		}
	}
	return all
}

func stableFloor(x extension.Info, file string) StableFloor {
	if len(x.Outside) > 0 {
		return StableFloor{Host: x.Host, File: file, Because: x.Outside}
	}
	return StableFloor{x.Host, x.Floor, file, x.Raise}
}

// exempt reports whether only one release of CPython looks for the file, or
// whether it cannot be judged without a library that it needs.
func exempt(x extension.Info, e File) bool {
	f := extension.File{Info: x, Name: path.Base(e.Path)}
	if e.ELF != nil {
		f.Libraries = e.ELF.Needed
	} else {
		for _, d := range e.MachO.Dylibs {
			f.Libraries = append(f.Libraries, d.Name)
		}
	}
	return extension.ReadPythonTag(f.Name).Version != "" || f.Undecided() != ""
}

func extensionsOf(e File) []extension.Info {
	switch {
	case e.ELF != nil:
		return e.ELF.Extensions
	case e.MachO != nil:
		return e.MachO.Extensions
	}
	return nil
}

var stableTag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^cp3(\d+)$`) })

// checkStable holds the extensions of a wheel against cp37-abi3 in its name: an
// installer gives it to every CPython from 3.7 on.
func checkStable(p *Package) []abi.Finding {
	tag := stableTag().FindStringSubmatch(p.Python)
	if tag == nil || p.ABI != "abi3" {
		return nil
	}
	claimed := abi.Version("3." + tag[1])
	for _, floor := range p.StableFloors() {
		if floor.Host != extension.CPython || floor.Version != "" && floor.Version.Compare(claimed) <= 0 {
			continue
		}
		const few = 5
		names := strings.Join(floor.Because[:min(few, len(floor.Because))], ", ")
		f := abi.Finding{Subject: "abi3", Evidence: []string{floor.File + ": " + names}}
		f.Message = fmt.Sprintf("claims the stable ABI of CPython %s; %s needs that of %s (%s)", claimed, floor.File, floor.Version, names)
		f.Fix = fmt.Sprintf("name it cp%s-abi3, or define Py_LIMITED_API as the oldest CPython that it is for", strings.ReplaceAll(string(floor.Version), ".", ""))
		if floor.Version == "" {
			f.Message = fmt.Sprintf("claims the stable ABI of CPython %s; %s asks for what is not in it (%s)", claimed, floor.File, names)
			f.Fix = "build with Py_LIMITED_API, or name the wheel after the one CPython that it is for"
		}
		return []abi.Finding{f}
	}
	return nil
}

// checkRelease holds the names of a wheel's extensions against cp310-cp310 in its
// own. CPython looks for a module by the names that its release has
// (importlib.machinery.EXTENSION_SUFFIXES), so that where no file has one of
// these, none is imported. One that fits is enough: the others may be for more
// releases.
func checkRelease(p *Package) []abi.Finding {
	if !releaseABI().MatchString(p.ABI) {
		return nil
	}
	var releases []abi.Version
	for tag := range strings.SplitSeq(p.Python, ".") {
		m := stableTag().FindStringSubmatch(tag)
		if m == nil {
			return nil
		}
		releases = append(releases, abi.Version("3."+m[1]))
	}
	var why []string
	for _, e := range p.Files {
		tag := extension.ReadPythonTag(path.Base(e.Path))
		isPlain := tag.Implementation == "" && len(extensionsOf(e)) > 0 // x.so, for whoever imports it
		if isPlain || strings.HasPrefix(tag.Implementation, "abi3") || tag.Implementation == "cpython" && slices.Contains(releases, tag.Version) {
			return nil
		}
		if tag.Implementation != "" {
			why = addNew(why, fmt.Sprintf("%s: its name is for %s %s", e.Path, tag.Implementation, tag.Version))
		}
	}
	if len(why) == 0 {
		return nil
	}
	f := abi.Finding{Subject: p.Python, Fix: "build it with the CPython that the wheel is named for, or name the wheel after the one that its files are for"}
	return []abi.Finding{broke(f, "claims "+p.Python+"-"+p.ABI, why)}
}

// releaseABI is the second tag of a wheel for one release: cp310, cp37m, cp313t.
var releaseABI = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^cp3\d+[a-z]*$`) })
