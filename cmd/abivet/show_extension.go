package main

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi/extension"
)

// extensionFacts is what a file is as an extension of one host.
type extensionFacts struct {
	Host     string   `json:"host"`
	For      string   `json:"for"`               // the kind of it, and what it says it is built for
	Entries  []string `json:"entries"`           // the functions that the host enters it by, a few of many
	Stable   string   `json:"stable,omitempty"`  // lowest version of the stable interface
	Because  []string `json:"because,omitempty"` // the names that make it so
	Outside  []string `json:"outside,omitempty"` // names that no stable interface has
	Releases []string `json:"releases,omitempty"`
	Library  string   `json:"library,omitempty"` // the host's own
	Brings   []string `json:"brings,omitempty"`  // libraries in it that it exports and calls through the loader
	Evidence []string `json:"evidence,omitempty"`
}

func newExtensionFacts(infos []extension.Info, name string) []extensionFacts {
	var all []extensionFacts
	for _, x := range infos {
		var brings []string
		for _, b := range x.Brings {
			brings = append(brings, b.Library)
		}
		all = append(all, extensionFacts{
			Host: string(x.Host), For: x.For(name), Entries: notNull(x.Entries), Stable: string(x.Floor), Because: x.Raise,
			Outside: x.Outside, Releases: x.Releases, Library: x.Library, Brings: brings, Evidence: x.Evidence,
		})
	}
	return all
}

// extensions writes for what a file is made, a host after another.
func (t *facts) extensions(all []extensionFacts) {
	const few = 3
	for _, x := range all {
		t.say("extension", x.For)
		if entries := x.Entries; len(entries) > 0 {
			s := "entered by " + strings.Join(entries[:min(few, len(entries))], ", ")
			if len(entries) > few {
				s += " and others"
			}
			t.say("", s)
		}
		if len(x.Outside) > 0 {
			s := strings.Join(x.Outside[:min(few, len(x.Outside))], ", ")
			if more := len(x.Outside) - few; more > 0 {
				s += fmt.Sprintf(" and %d more", more)
			}
			t.say("", "asks for what is not of a stable interface: "+s)
		}
		if len(x.Brings) > 0 {
			t.say("", "exports what is linked into it: "+strings.Join(x.Brings, ", "))
		}
		t.all("", x.Evidence)
	}
}
