package targets

import (
	"fmt"
	"maps"

	"github.com/abivet/abivet/abi"
)

// glibcFacts is glibc.json.
type glibcFacts struct {
	Newest  abi.Version            // release that exists
	First   map[string]abi.Version // release that brought an architecture
	Markers []glibcMarker
}

// glibcMarker is a symbol version without a number. Between Absent and Present
// nothing is known, since distributions carry such patches back.
type glibcMarker struct {
	Name    string
	Absent  abi.Version // releases below have it nowhere
	Present abi.Version // releases from here on have it everywhere; may be empty
}

// gccFacts is gcc.json.
type gccFacts struct {
	Markers  []string
	Releases []gccRelease // the oldest first
}

// gccRelease is what the runtimes of a release of GCC define that older ones
// do not.
type gccRelease struct {
	GCC abi.Version
	All []string            // on every architecture
	On  map[string][]string // by GOARCH
}

func (k *knowledge) addGlibc(t *abi.Target, release abi.Version) {
	t.Symbols["GLIBC"] = release
	for _, m := range k.glibc.Markers {
		switch {
		case release.Less(m.Absent):
			t.Markers[m.Name] = false
		case m.Present != "" && !release.Less(m.Present):
			t.Markers[m.Name] = true
		}
	}
}

func (k *knowledge) addGCC(t *abi.Target, release abi.Version, arch string) {
	for _, name := range k.gcc.Markers {
		t.Markers[name] = false
	}
	for _, r := range k.gcc.Releases {
		if release.Less(r.GCC) {
			return
		}
		promise(t, r.All)
		promise(t, r.On[arch])
	}
}

// GCC returns what the runtimes of a release of GCC promise on an
// architecture: the newest GLIBCXX, CXXABI, GCC and so on, and the markers. It
// is for targets that are written in pieces; a distribution's runtimes are
// often from a newer GCC than its compiler.
func GCC(release abi.Version, arch string) (symbols map[string]abi.Version, markers map[string]bool, err error) {
	k := known()
	oldest := k.gcc.Releases[0].GCC
	if _, err := abi.ParseVersion(string(release)); err != nil || release.Less(oldest) {
		return nil, nil, fmt.Errorf("GCC %q: want a version from %s", release, oldest)
	}
	if k.glibc.First[arch] == "" {
		return nil, nil, fmt.Errorf("architecture %q: want one of %s", arch, list(maps.Keys(k.glibc.First)))
	}
	t := abi.Target{Symbols: map[string]abi.Version{}, Markers: map[string]bool{}}
	k.addGCC(&t, release, arch)
	return t.Symbols, t.Markers, nil
}
