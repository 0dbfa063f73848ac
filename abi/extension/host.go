package extension

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// An Offer is what a program, or a library that it has brought, offers to the
// extensions of one host.
type Offer struct {
	Host Host
	// Built is the same as an extension's: the release of CPython, Lua, Ruby and
	// PostgreSQL, the mark of PHP and Perl, NODE_MODULE_VERSION, the runtime of
	// Erlang. It is empty where it could not be told.
	Built string
	Floor abi.Version // the newest version of Node-API, or of Erlang's NIF interface
	Flags string      // of a build of CPython: d, t, or both
	// Lacks are the names among an extension's Raise that the host does not
	// have, whatever its release.
	Lacks []string
	// Differ are packages of Go that a program and its plugin have from
	// different builds.
	Differ []string
}

// provides has names that each host exports, one of them at least, and no
// extension does, and how to tell which one it is.
var provides = map[Host]struct {
	names []string
	tell  func(*Offer, Image) error
}{
	CPython:    {[]string{"Py_InitializeEx"}, tellPython},
	Ruby:       {[]string{"ruby_setup"}, tellMark(rubyHostMark)},
	Perl:       {[]string{"perl_alloc"}, tellPerl},
	PHP:        {phpNames, tellPHP},
	Node:       {[]string{"napi_create_function"}, tellNode},
	Lua:        {[]string{"lua_newstate"}, tellLua},
	R:          {[]string{"Rf_initEmbeddedR"}, func(*Offer, Image) error { return nil }}, // of any release
	Erlang:     {[]string{"enif_alloc"}, tellErlang},
	PostgreSQL: {[]string{"errstart"}, tellPostgreSQL},
}

// phpNames are of the engine: a php whose hidden names are local, as Debian's,
// does not export zend_startup.
var phpNames = []string{"zend_startup", "zend_startup_modules", "php_module_startup", "zend_load_extension"}

var (
	rubyHostMark   = compiled(`\x00ruby (\d+\.\d+)\.\d+`)
	erlangHostMark = compiled(`\[(erts-\d+(?:\.\d+)+)\]`)
	// postgresHostMark is PG_BACKEND_VERSIONSTR, which postgres --version prints.
	postgresHostMark = compiled(`postgres \(PostgreSQL\) (9\.\d|\d\d)`)
	nodeHostMark     = compiled(`/node-v(\d+\.\d+\.\d+)-headers\.tar\.gz\x00`)
)

// Provides tells what an object of a process offers to the extensions of a host,
// if it is that host.
func Provides(host Host, img Image) (Offer, bool, error) {
	p, ok := provides[host]
	if !ok || !holds(img.Defined, p.names) {
		return Offer{}, false, nil
	}
	offer := Offer{Host: host}
	err := p.tell(&offer, img)
	return offer, err == nil, err
}

func tellMark(pattern func() *regexp.Regexp) func(*Offer, Image) error {
	return func(offer *Offer, img Image) error {
		info := Info{}
		err := info.mark(img, pattern())
		offer.Built = info.Built
		return err
	}
}

// tellPerl takes the version of the interface, which is what xs_handshake
// compares: a perl of a later patch level has its own version too, and within a
// stable series the interface stays that of .0 (PERL_API_SUBVERSION in patchlevel.h).
func tellPerl(offer *Offer, img Image) error {
	found, err := img.marks(perlMark())
	if len(found) == 1 {
		offer.Built = found[0]
	}
	if len(found) == 2 {
		for i, mark := range found {
			if series, ok := strings.CutSuffix(mark, ".0"); ok && strings.HasPrefix(found[1-i], series+".") {
				offer.Built = mark
			}
		}
	}
	return err
}

func tellPHP(offer *Offer, img Image) error {
	var info Info
	err := lookPHP(&info, img)
	offer.Built = info.Built
	return err
}

// tellPostgreSQL takes the server's own magic block. From 18 on that is without
// its length (Pg_abi_values in fmgr.h), too little to be known by.
func tellPostgreSQL(offer *Offer, img Image) error {
	var info Info
	err := lookPostgreSQL(&info, img)
	if err == nil && info.Built == "" {
		err = info.mark(img, postgresHostMark())
	}
	offer.Built = info.Built
	return err
}

// tellPython takes the release whose names come nearest to what is exported. A
// patch of a release may have a few more.
func tellPython(offer *Offer, img Image) error {
	offer.Built = nearest(allPythons(), pythonNames(), img.Defined, func(release, spans string) bool { return inSpans(spans, abi.Version(release)) })
	if slices.Contains(img.Defined, "_Py_MergeZeroLocalRefcount") {
		offer.Flags = "t"
	}
	if slices.Contains(img.Defined, "_Py_NegativeRefcount") {
		offer.Flags += "d"
	}
	return nil
}

func tellLua(offer *Offer, img Image) error {
	offer.Built = nearest([]string{"5.1", "5.2", "5.3", "5.4", "5.5", "jit"}, luaNames(), img.Defined, func(release, releases string) bool {
		return slices.Contains(strings.Fields(releases), release)
	})
	return nil
}

// nearest returns the release with the fewest differences between the names that
// it has and those that are exported.
func nearest(releases []string, table map[string]string, exported []string, has func(release, known string) bool) string {
	there := make(map[string]bool, len(exported))
	for _, name := range exported {
		there[name] = true
	}
	best, fewest := "", len(table)
	for _, release := range releases {
		differences := 0
		for name, known := range table {
			if has(release, known) != there[name] {
				differences++
			}
		}
		if differences < fewest {
			best, fewest = release, differences
		}
	}
	return best
}

// tellNode goes by the release in the address of its headers, of which the major
// number stands for NODE_MODULE_VERSION; without one by the functions of
// Node-API, some of which are there before they are of a version.
func tellNode(offer *Offer, img Image) error {
	offer.Floor, _, _ = inNodeAPI(img.Defined)
	var info Info
	err := info.mark(img, nodeHostMark())
	if info.Built != "" {
		offer.Floor = nodeAPIOf(abi.Version(info.Built))
	}
	major, _, _ := strings.Cut(info.Built, ".")
	for number, releases := range nodeModules() {
		if slices.Contains(strings.Fields(releases), "node-"+major+".0.0") {
			offer.Built = number
		}
	}
	return err
}

// nodeAPIOf is the newest version of Node-API that a release of Node.js has: each
// came with some release of a few majors, and is in all later ones.
func nodeAPIOf(release abi.Version) (newest abi.Version) {
	major, _, _ := strings.Cut(string(release), ".")
	for version, releases := range nodeReleases() {
		list := strings.Fields(releases)
		has := !release.Less(abi.Version(list[len(list)-1]))
		for _, since := range list {
			has = has || strings.HasPrefix(since, major+".") && !release.Less(abi.Version(since))
		}
		if v := abi.Version(version); has && newest.Less(v) {
			newest = v
		}
	}
	return newest
}

// CheckOffer holds an extension against what the host that loads it offers.
func CheckOffer(f File, offer Offer, host string) []abi.Finding {
	why := ""
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

// UndecidedOffer says why an extension cannot be held against a host that is
// there, or "".
func (f File) UndecidedOffer(offer Offer) string {
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
