package dyld

import (
	_ "embed"
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/abivet/abivet/abi"
)

//go:generate go run ./refresh

//go:embed system.txt
var systemTable string

//go:embed system_gone.txt
var goneTable string

// A departure is how a library of the system ended.
type departure struct {
	from   abi.Version
	aborts string // what it says before it ends the process; empty where it is gone
}

// since is the first release that is known to have a library.
var since = sync.OnceValue(func() map[string]abi.Version {
	table := map[string]abi.Version{}
	for line := range strings.Lines(systemTable) {
		if release, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok && release != "#" {
			table[name] = abi.Version(release)
		}
	}
	return table
})

var departures = sync.OnceValue(func() map[string]departure {
	table := map[string]departure{}
	for line := range strings.Lines(goneTable) {
		part := strings.SplitN(strings.TrimSpace(line), " ", 4)
		switch {
		case part[0] == "gone" && len(part) == 3:
			table[part[2]] = departure{from: abi.Version(part[1])}
		case part[0] == "aborts" && len(part) == 4:
			table[part[2]] = departure{from: abi.Version(part[1]), aborts: part[3]}
		}
	}
	return table
})

// A system is what is known of a path in the directories of the system.
type system struct {
	there   bool
	name    string // its install name
	unknown string // why it is not known whether it is there
}

// system tells whether the system has a library at a path. One that is known
// to be gone is neither there nor unknown.
func (s *state) system(name string) system {
	if !isSystem(name) {
		return system{}
	}
	if s.process.Platform.OS != "darwin" && s.process.Platform.OS != "maccatalyst" || strings.HasPrefix(name, "/System/iOSSupport/") {
		return system{unknown: "which libraries " + platformName(s.process.Platform.OS) + " has is not known"}
	}
	if strings.HasPrefix(name, cryptex) {
		return system{} // what it has is in the cache under its plain name
	}
	for _, spelling := range spellings(name) {
		if d, ok := departures()[spelling]; ok && !s.process.Release.Less(d.from) {
			return system{there: d.aborts != "", name: spelling}
		}
		if first, ok := since()[spelling]; ok && !s.process.Release.Less(first) {
			return system{there: true, name: spelling}
		}
		if s.space.SDK != nil && s.space.SDK.library(spelling) != nil {
			return system{there: true, name: spelling}
		}
	}
	if first, ok := since()[name]; ok {
		return system{unknown: fmt.Sprintf("whether macOS %s has it is not known; macOS %s does", s.process.Release, first)}
	}
	if s.space.SDK != nil {
		return system{unknown: "neither the SDK nor the table of macOS libraries has it"}
	}
	return system{unknown: "the table of macOS libraries does not have it (an SDK may tell: --sdk)"}
}

// spellings are the names that a library of the system may have in the tables:
// a framework may be named without its version.
func spellings(name string) []string {
	dir, base := path.Split(name)
	if !strings.HasSuffix(dir, "/"+base+".framework/") {
		return []string{name}
	}
	return []string{name, dir + "Versions/A/" + base, dir + "Versions/C/" + base, dir + "Versions/B/" + base}
}

// poisoned notes a library that ends the process.
func (s *state) poisoned(o *Object, name string) {
	d, ok := departures()[name]
	if !ok || d.aborts == "" || s.process.Release.Less(d.from) {
		return
	}
	s.process.fail(Failure{
		Category: Poisoned, Object: shown(o.Path), Subject: name, Provider: name, Message: d.aborts,
		Why: fmt.Sprintf("%s calls abort() when it is loaded, from macOS %s on", name, d.from),
	})
}
