package extension

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// A File is what is judged: what a file is as an extension of one host, what it
// is called and what it needs.
type File struct {
	Info
	Name      string
	Libraries []string
	MachO     bool
	// Embeds says that the file is an extension of another host too: one that
	// brings this host to the other, as PostgreSQL's plpython does.
	Embeds bool
}

// Undecided says what of an extension cannot be judged by itself, and why, or "".
func (f File) Undecided() string {
	if library := f.helper(); library != "" && f.stable() && len(f.Outside) > 0 {
		return fmt.Sprintf("%s may have what is not of the stable ABI: %s", wording.Plain(library), wording.List(f.Outside))
	}
	return ""
}

// stable reports whether the name says that the file keeps to the stable ABI.
func (f File) stable() bool {
	return f.Host == CPython && strings.HasPrefix(ReadPythonTag(f.Name).Implementation, "abi3")
}

// helper is a library that is built to the stable ABI itself, as PySide6's
// libshiboken6.abi3.so is: such ones offer names of CPython's that the stable ABI
// lacks.
func (f File) helper() string {
	for _, name := range f.Libraries {
		if strings.Contains(base(name), ".abi3") {
			return name
		}
	}
	return ""
}

// withEvidence adds what the file is known by.
func (f File) withEvidence(found []abi.Finding) []abi.Finding {
	for i := range found {
		found[i].Evidence = append(found[i].Evidence, fmt.Sprintf("it is an extension of %s: it has %s", f.Host, wording.List(f.Entries)))
	}
	return found
}

// checkHostABI holds an extension against what it says it is for, and against
// what the target promises of hosts.
func (f File) checkHostABI(t abi.Target) []abi.Finding {
	switch f.Host {
	case CPython:
		return checkPython(f, t)
	case Node:
		return checkNode(f, t)
	case Lua:
		if len(f.Releases) == 0 {
			finding := abi.Finding{Message: "asks for functions of Lua that no release has together: build it with the headers of one", Subject: string(Lua)}
			for _, name := range f.Raise {
				finding.Evidence = append(finding.Evidence, name+": Lua "+luaNames()[name])
			}
			return []abi.Finding{finding}
		}
	}
	return nil
}

func checkPython(f File, t abi.Target) []abi.Finding {
	tag := ReadPythonTag(f.Name)
	found := checkNamed(f, tag)
	if !f.stable() {
		return found
	}
	if len(f.Outside) > 0 && f.helper() == "" {
		finding := abi.Finding{
			Message: fmt.Sprintf("is named for the stable ABI (%s) and asks CPython for %s, which the stable ABI does not have; build with Py_LIMITED_API or name it for one release",
				tag.Implementation, wording.List(f.Outside)),
			Subject: f.Outside[0],
		}
		for _, name := range few(slices.Clone(f.Outside)) {
			finding.Evidence = append(finding.Evidence, name+": CPython "+pythonNames()[name])
		}
		found = append(found, finding)
	}
	if floor := t.Symbols["PYTHON"]; floor != "" && floor.Less(f.Floor) {
		found = append(found, abi.Finding{
			Message: fmt.Sprintf("needs CPython %s for %s; %s has %s: build with Py_LIMITED_API of that release", f.Floor, wording.List(f.Raise), wording.Called(t), floor),
			Subject: f.Raise[0],
		})
	}
	return found
}

// checkNamed holds the release that a file is named for against the library that
// it needs and the names that it asks for. Builds for debugging and without the
// lock have names of their own, and are not held against others.
func checkNamed(f File, tag PythonTag) []abi.Finding {
	if tag.Implementation != "cpython" {
		return nil
	}
	if has := libraryVersion(f.Library); has != "" && has != tag.Version {
		return []abi.Finding{{
			Message: fmt.Sprintf("is named for CPython %s and needs %s: build it with the headers and the library of one release", tag.Version, wording.Plain(f.Library)),
			Subject: f.Library,
		}}
	}
	if tag.Flags != "" && tag.Flags != "m" || !slices.Contains(allPythons(), string(tag.Version)) || slices.Contains(f.Releases, string(tag.Version)) {
		return nil
	}
	finding := abi.Finding{
		Message: fmt.Sprintf("is named for CPython %s, which does not have all that it asks for; %s", tag.Version, haveAll(f.Releases)),
		Subject: string(tag.Version),
	}
	for _, name := range f.Raise {
		if !pythonHas(string(tag.Version), name) {
			finding.Evidence = append(finding.Evidence, name+": CPython "+pythonNames()[name])
		}
	}
	return []abi.Finding{finding}
}

func haveAll(releases []string) string {
	if len(releases) == 0 {
		return "no release from 3.6 to 3.15 does"
	}
	return "these do: " + strings.Join(releases, ", ")
}

func checkNode(f File, t abi.Target) []abi.Finding {
	has := t.Symbols["NAPI"]
	if has != "" && f.declaresMore(has) {
		return []abi.Finding{{
			Message: fmt.Sprintf("is built for Node-API %s; %s has %s and refuses it: build with NAPI_VERSION of that version", f.Declared, wording.Called(t), has),
			Subject: nodeDeclares,
		}}
	}
	if has != "" && has.Less(f.Floor) {
		return []abi.Finding{{
			Message: fmt.Sprintf("needs Node-API %s for %s; %s has %s: build with NAPI_VERSION of that version", f.Floor, wording.List(f.Raise), wording.Called(t), has),
			Subject: f.Raise[0],
		}}
	}
	return nil
}

// checkLinksHost tells whether an extension brings a host of its own.
func (f File) checkLinksHost() []abi.Finding {
	if f.Library == "" || f.Embeds {
		return nil
	}
	what := ""
	switch {
	case f.Host == CPython && f.stable() && libraryVersion(f.Library) != "":
		what = fmt.Sprintf("is named for the stable ABI, which every release of CPython has, and needs the library of one, %s", wording.Plain(f.Library))
	case f.Host == CPython && f.MachO:
		what = fmt.Sprintf("needs %s: the program that imports it has its own interpreter, and this loads a second", wording.Plain(f.Library))
	case f.Host == Lua:
		what = fmt.Sprintf("needs %s: the program that loads it has its own Lua, and this may be a second", wording.Plain(f.Library))
	case f.Host == PHP:
		what = fmt.Sprintf("needs %s: the php that loads it has its own engine, and this is a second", wording.Plain(f.Library))
	default:
		return nil
	}
	return []abi.Finding{{Message: what + "; leave it out of the link", Subject: f.Library}}
}

// checkExports tells which libraries the extension leaves to those of its host.
func (f File) checkExports() (found []abi.Finding) {
	for _, b := range f.Brings {
		finding := abi.Finding{
			Message: fmt.Sprintf("exports the %s that it has in it and calls it through the loader (%s): where its host has one, that is called; hide it, or link with -Wl,--exclude-libs,ALL",
				b.Library, wording.List(b.Calls)),
			Subject: b.Library,
		}
		if slices.Contains(bundles()[b.Library].hosts, string(f.Host)) {
			finding.Severity = abi.Warning
			finding.Message = fmt.Sprintf("exports the %s that it has in it and calls it through the loader (%s), which takes that of %s; hide it, or link with -Wl,--exclude-libs,ALL",
				b.Library, wording.List(b.Calls), f.Host)
		}
		found = append(found, finding)
	}
	return found
}
