package extension

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// checkOffer holds an extension against what the host that loads it offers.
func (f File) checkOffer(offer Offer) []abi.Finding {
	why, host := "", offer.Path
	switch {
	case f.Host == CPython:
		why = f.checkPythonOffer(offer)
	case f.Host == Node && f.Floor != "" && offer.Floor.Less(f.Floor):
		why = fmt.Sprintf("needs Node-API %s for %s, and %s has %s", f.Floor, wording.List(f.Raise), host, offer.Floor)
	case f.Host == Erlang && f.Floor != "":
		if f.known(offer) && offer.Floor.Less(f.Floor) {
			why = fmt.Sprintf("needs NIF %s, which is of OTP %s, and %s (%s) has %s", f.Floor, nifReleases()[string(f.Floor)], host, offer.Built, offer.Floor)
		}
	case f.Host == Go && len(offer.Differ) > 0:
		why = fmt.Sprintf("has another build of %s than %s, which refuses it (\"plugin was built with a different version of package\")", wording.List(offer.Differ), host)
		if f.Built != offer.Built {
			why += fmt.Sprintf(": it is of %s, and the program of %s", f.Built, offer.Built)
		}
	case f.Host == Go:
	case f.Host == Node && f.declaresMore(offer.Floor):
		why = fmt.Sprintf("is built for Node-API %s, and %s has %s and refuses it", f.Declared, host, offer.Floor)
	case f.Built == "" && f.Host != Lua || offer.Built == "":
	case f.Host == Lua:
		if len(f.Releases) > 0 && !slices.Contains(f.Releases, offer.Built) {
			why = fmt.Sprintf("fits Lua %s, and %s is %s", strings.Join(f.Releases, ", "), host, offer.Built)
		}
	case f.Host == Erlang:
		if erts(offer.Built) < erts(f.Built) {
			why = fmt.Sprintf("is built for %s or later, and %s is %s", f.Built, host, offer.Built)
		}
	case f.Built != offer.Built:
		why = fmt.Sprintf("is built for %s %s, and %s is %s", f.Host, f.Built, host, offer.Built)
	}
	if why == "" {
		return nil
	}
	remedy := "; build it with the headers of that host"
	if f.Host == Go {
		remedy = "; build both together"
	}
	finding := abi.Finding{Message: why + remedy, Subject: string(f.Host), Fix: hostFixes[f.Host]}
	if f.hasAll(offer) {
		finding.Severity, finding.Message = abi.Note, why+"; the host exports that all the same"
	}
	return f.withEvidence([]abi.Finding{finding})
}

// hasAll reports whether the host has the names that speak against it: many are
// exported for releases before they are of the stable interface.
func (f File) hasAll(offer Offer) bool {
	switch f.Host {
	case CPython:
		return f.stable() && !strings.Contains(offer.Flags, "t") && len(offer.Lacks) == 0
	case Node:
		return offer.Floor.Less(f.Floor) && len(offer.Lacks) == 0 && !f.declaresMore(offer.Floor)
	}
	return false
}

// declaresMore reports whether a Node.js of a version of Node-API refuses what
// the file says it is built for. Those before 9 do not ask.
func (f File) declaresMore(has abi.Version) bool {
	return !has.Less("9") && has.Less(f.Declared)
}

// hostFixes are of hosts that the rule's own text does not speak of.
var hostFixes = map[Host]string{
	Ruby:       "build the gem with the ruby that loads it (gem install --platform ruby), or ship one build for each minor release",
	Perl:       "build the module with the perl that loads it: perl Makefile.PL && make; one of another series (5.38, 5.40) does not load",
	PHP:        "build the extension with phpize and php-config of the php that loads it: its API number, thread safety and debug must be the same",
	Lua:        "build the module with the headers of the Lua that loads it, of the same minor release",
	Erlang:     "build the library with erl_nif.h of the oldest OTP that must load it",
	Go:         "build the program and its plugins together: by the same go, of the same versions of all modules, with the same tags and flags (-trimpath, -race, -ldflags)",
	PostgreSQL: "build the library with pg_config of the server that loads it: PGXS, one build for each major release",
}

// undecidedOffer says why an extension cannot be held against a host that is
// there, or "".
func (f File) undecidedOffer(offer Offer) string {
	switch f.Host {
	case CPython, Lua, R, Go:
		return ""
	case Node:
		if f.byNodeAPI() || f.Floor != "" && len(f.Outside) == 0 {
			return "" // names of V8 that it asks for beside are the loader's matter
		}
	case Erlang:
		switch {
		case f.Floor != "" && f.known(offer):
			return ""
		case f.Floor != "" && offer.Built != "":
			return fmt.Sprintf("NIF %s or %s is newer than what is known", f.Floor, offer.Built)
		}
	}
	switch {
	case f.Built == "":
		return "the file does not say where it can be read for which " + string(f.Host) + " it is built"
	case offer.Built == "":
		return "the release of " + string(f.Host) + " in the program of --host could not be told"
	}
	return ""
}

// known reports whether a runtime of Erlang can be held against an entry: one
// newer than the table has what it has, and maybe more.
func (f File) known(offer Offer) bool {
	return offer.Floor != "" && (nifReleases()[string(f.Floor)] != "" || !offer.Floor.Less(f.Floor))
}

func erts(mark string) int {
	major, _, _ := strings.Cut(strings.TrimPrefix(mark, "erts-"), ".")
	n, _ := strconv.Atoi(major)
	return n
}

// checkPythonOffer goes by the name first: importlib looks for no other.
func (f File) checkPythonOffer(offer Offer) string {
	tag, release := ReadPythonTag(f.Name), abi.Version(offer.Built)
	flags := strings.Trim(tag.Flags, "m")
	switch {
	case tag.Version != "" && outsideTable(tag.Version, release):
		return ""
	case tag.Implementation == "cpython" && (tag.Version != release || flags != offer.Flags):
		return fmt.Sprintf("is named for CPython %s%s, and the host is %s%s, which does not look for such a name", tag.Version, tag.Flags, release, offer.Flags)
	case tag.Implementation == "abi3" && strings.Contains(offer.Flags, "t"):
		return "is named for the stable ABI, which the host, a CPython without the lock, does not load"
	case f.stable() && release.Less(f.Floor):
		return fmt.Sprintf("needs CPython %s for %s, and the host is %s", f.Floor, wording.List(f.Raise), release)
	case tag.Implementation == "" && len(f.Releases) > 0 && !slices.Contains(f.Releases, offer.Built) && slices.Contains(allPythons(), offer.Built):
		return fmt.Sprintf("asks for what CPython %s does not have; %s", release, haveAll(f.Releases))
	}
	return ""
}

// outsideTable reports whether a release that was not looked at may be what the
// host is: one newer than all comes nearest to the newest.
func outsideTable(named, nearest abi.Version) bool {
	all := allPythons()
	first, last := abi.Version(all[0]), abi.Version(all[len(all)-1])
	return named.Less(first) && nearest == first || last.Less(named) && nearest == last
}
