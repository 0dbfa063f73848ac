package extension

import (
	"slices"

	"github.com/abivet/abivet/abi"
)

// An Opened is a file that the program of --host has opened: what it is as an
// extension, of several hosts maybe, and what was there before it offers to it.
// Where no program was named it has no Files.
type Opened struct {
	Files  []File
	Offers []Offer
}

// OpenedABI is the rule over a process, of a format of which opened tells what
// was opened in it.
func OpenedABI[P any](opened func(P) Opened) abi.Rule[P] {
	return abi.Rule[P]{
		Doc:   HostABIDoc,
		Check: func(p P, _ abi.Target) []abi.Finding { return opened(p).check() },
		Skip:  func(p P, _ abi.Target) string { return opened(p).undecided() },
	}
}

func (o Opened) check() (found []abi.Finding) {
	for _, x := range o.Files {
		if offer := o.offer(x.Host); offer != nil {
			found = append(found, x.checkOffer(*offer)...)
		}
	}
	return found
}

func (o Opened) undecided() string {
	for _, x := range o.Files {
		offer := o.offer(x.Host)
		if offer == nil {
			return "the program of --host has no " + string(x.Host) + " that can be seen"
		}
		if why := x.undecidedOffer(*offer); why != "" {
			return why
		}
	}
	return ""
}

// Refused is what the host holds against the extension, which no loader asks
// about, and why that could not be told, or "".
func (o Opened) Refused() (findings []abi.Finding, undecided string) {
	for _, f := range o.check() {
		if f.Severity != abi.Note { // the host has what is asked for all the same
			findings = append(findings, f)
		}
	}
	return findings, o.undecided()
}

// Serves reports whether the program is the host of the extension.
func (o Opened) Serves() bool {
	return slices.ContainsFunc(o.Files, func(x File) bool { return o.offer(x.Host) != nil })
}

func (o Opened) offer(host Host) *Offer {
	if i := slices.IndexFunc(o.Offers, func(offer Offer) bool { return offer.Host == host }); i >= 0 {
		return &o.Offers[i]
	}
	return nil
}
