package main

import (
	"strings"

	"github.com/abivet/abivet/abi/audit"
)

// packageFacts is what a package says that it runs on, and what its files keep.
type packageFacts struct {
	Tags    []string `json:"tags"`     // of its name
	Inner   []string `json:"inner"`    // written in it
	TrueTag string   `json:"true_tag"` // empty where there is none
	Native  []string `json:"native"`   // files
}

func newPackageFacts(p *audit.Package) packageFacts {
	return packageFacts{Tags: notNull(p.Tags), Inner: notNull(p.Inner), TrueTag: p.TrueTag(), Native: notNull(p.Names())}
}

func (t *facts) pkg(f packageFacts, findings []string) {
	t.all("claims", f.Tags)
	if inner := strings.Join(f.Inner, ", "); inner != strings.Join(f.Tags, ", ") {
		t.say("says inside", inner)
	}
	truth := f.TrueTag
	if truth == "" {
		truth = "no tag"
	}
	t.say("files keep", truth)
	t.all("but", findings)
}
