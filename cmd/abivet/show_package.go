package main

import (
	"strings"

	"github.com/abivet/abivet/abi/packages"
)

// packageFacts is what a package says that it runs on, and what its files keep.
type packageFacts struct {
	Tags    []string      `json:"tags"`     // that it claims; of a wheel, those of its name
	Inner   []string      `json:"inner"`    // written in a wheel
	Floors  []string      `json:"floors"`   // what it wants of the system
	TrueTag string        `json:"true_tag"` // of a wheel; empty where there is none
	Native  []string      `json:"native"`   // files
	Kept    []keptFacts   `json:"kept"`
	Stable  []stableFacts `json:"stable"`
}

// keptFacts is what the files for one platform keep, and what stands in the way
// of a little more.
type keptFacts struct {
	Platform string `json:"platform"`
	Libc     string `json:"libc"`
	Tag      string `json:"tag"` // empty where there is none
	// Libraries are those that the tag does not promise.
	Libraries []string `json:"libraries"`
	// Grafted is the tag of a wheel once it brings Libraries along.
	Grafted string   `json:"grafted"`
	Next    string   `json:"next"`
	Because []string `json:"because"`
}

// stableFacts is the oldest version of a host's stable interface that has what
// the extensions ask for.
type stableFacts struct {
	Host    string   `json:"host"`
	Version string   `json:"version"` // empty where there is none
	File    string   `json:"file"`
	Because []string `json:"because"`
}

func newPackageFacts(p *packages.Package) packageFacts {
	f := packageFacts{Tags: notNull(p.Tags), Inner: notNull(p.Inner), Floors: notNull(p.Floors), Native: notNull(p.Names()), Kept: []keptFacts{}}
	if p.Kind == "wheel" {
		f.TrueTag = p.TrueTag()
	}
	for _, k := range p.Kept() {
		platform := k.Platform.String()
		if k.Platform.Arch == "" {
			platform = k.Platform.OS
		}
		f.Kept = append(f.Kept, keptFacts{platform, string(k.Libc), k.Tag, notNull(k.Libraries), k.Grafted, k.Next, notNull(k.Because)})
	}
	f.Stable = []stableFacts{}
	for _, s := range p.StableFloors() {
		f.Stable = append(f.Stable, stableFacts{string(s.Host), string(s.Version), s.File, notNull(s.Because)})
	}
	return f
}

func (t *facts) pkg(f packageFacts, wheel bool, findings []string) {
	t.all("claims", f.Tags)
	if inner := strings.Join(f.Inner, ", "); wheel && inner != strings.Join(f.Tags, ", ") {
		t.say("says inside", inner)
	}
	t.all("wants", f.Floors)
	if wheel {
		t.say("files keep", orNoTag(f.TrueTag))
	}
	for _, k := range f.Kept {
		if !wheel || len(f.Kept) > 1 {
			t.say("files keep", orNoTag(k.Tag)+" ("+strings.TrimSpace(k.Platform+" "+k.Libc)+")")
		}
		if k.Grafted != "" {
			t.say("repaired", k.Grafted+", once it brings "+strings.Join(k.Libraries, ", ")+" along")
			continue
		}
		t.say("and need", strings.Join(k.Libraries, ", "))
		if k.Next != "" {
			t.say("next lower", k.Next+", but for:")
			t.few(k.Because)
		}
	}
	for _, s := range f.Stable {
		t.say("interface", s.words())
	}
	t.all("but", findings)
}

// words says which stable interface is enough, and why.
func (s stableFacts) words() string {
	const few = 3
	names := strings.Join(s.Because[:min(few, len(s.Because))], ", ")
	name := map[string]string{"CPython": "abi3 of CPython", "Node.js": "Node-API"}[s.Host]
	if s.Version == "" {
		return "not " + name + " alone: " + s.File + " asks for " + names
	}
	return name + " " + s.Version + ": " + s.File + " asks for " + names
}

// few writes the first of many lines.
func (t *facts) few(lines []string) {
	const few = 5
	t.all("", lines[:min(few, len(lines))])
	if more := len(lines) - few; more > 0 {
		t.say("", "and "+numbered(more, "more reason"))
	}
}

func orNoTag(tag string) string {
	if tag == "" {
		return "no tag"
	}
	return tag
}
