package extension

import (
	"regexp"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// An Offer is what a program, or a library that it has brought, offers to the
// extensions of one host.
type Offer struct {
	Host Host
	Path string // of the object, where a process has it
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
