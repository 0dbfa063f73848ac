package ldso

import (
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/luajit"
)

// twoObjects is a process of a program with one library.
func twoObjects(change func(program, library *Object)) *Process {
	program := &Object{Path: "/opt/app", File: &elfcheck.File{Kind: elfcheck.PIE, Libc: abi.Glibc}}
	library := &Object{Path: "/lib/libx.so.1", File: &elfcheck.File{Kind: elfcheck.Shared, SOName: "libx.so.1", Libc: abi.Glibc}, Loader: program}
	program.Needs = []Need{{Name: "libx.so.1", Object: library, Looked: []Place{{Path: "/lib/libx.so.1", By: "default directory"}}}}
	change(program, library)
	return &Process{File: "/opt/app", Libc: abi.Glibc, Version: "2.36", Objects: []*Object{program, library}, Opened: 2}
}

func failed(c Category, message string) *Process {
	return &Process{File: "/opt/app", Libc: abi.Glibc, Version: "2.36", Failures: []Failure{{Category: c, Object: "/opt/app", Subject: "x", Message: message}}}
}

func plugin(p *Process) *Process { p.Plugin = true; return p }

// The fix is one for the loader that looked.
func TestFixOfMissingLibrary(t *testing.T) {
	for want, change := range map[string]func(*Process){
		"where the loader looks and run ldconfig":                   func(*Process) {},
		"put it in a directory of /etc/ld-musl-*.path":              func(p *Process) { p.Libc = abi.Musl },
		"the RUNPATH /opt/x, if the library there is the one":       func(p *Process) { p.Failures[0].Elsewhere = []string{"/opt/x/x.so of package x"} },
		"is meant; or add that to /etc/ld-musl-*.path":              func(p *Process) { p.Libc, p.Failures[0].Elsewhere = abi.Musl, []string{"/opt/x/x.so"} },
		"is meant; or add that to /etc/ld.so.conf.d and run ldconf": func(p *Process) { p.Failures[0].Elsewhere = []string{"/opt/x/x.so"} },
	} {
		p := failed(MissingLibrary, "x.so: cannot open")
		change(p)
		findings := checkLibraryNotFound(p, abi.Target{})
		require.Len(t, findings, 1, want)
		require.Contains(t, findings[0].Fix, want)
	}
}

func TestRules(t *testing.T) {
	tested := map[string]int{} // bit 0 silent, bit 1 not
	fine := twoObjects(func(_, _ *Object) {})
	debian := abi.Target{Name: "debian:11", Symbols: map[string]abi.Version{"GLIBC": "2.31", "GLIBCXX": "3.4.28", "GCC": "7.0.0"}, Markers: map[string]bool{"GLIBC_ABI_DT_RELR": false}, Kernel: "5.10"}
	brings := func(version string) *Process {
		p := twoObjects(func(program, library *Object) {
			library.File.VersionNeeds = []elfcheck.VersionNeed{{File: "libc.so.6", Version: version, Strong: 1, Symbols: []string{"f"}}}
			program.Needs[0].Looked[0].By = "RUNPATH of /opt/app"
		})
		return p
	}
	found := func(version string) *Process {
		p := brings(version)
		p.Objects[0].Needs[0].Looked[0].By = "ld.so.cache"
		return p
	}
	share := func(symbols ...elfcheck.Symbol) *Process {
		p := twoObjects(func(program, library *Object) {
			for _, o := range []*Object{program, library} {
				o.File.Exports = symbols
				o.image = &image{file: o.File, symbols: newTable(o.File)}
			}
		})
		p.share()
		return p
	}
	exports := func(bind elf.SymBind, version string) *Process {
		return share(elfcheck.Symbol{Name: "deflate", Bind: bind, Type: elf.STT_FUNC, Version: version, Value: 1})
	}
	no, yes := luajit.No, luajit.Yes
	onMusl := func(version abi.Version) *Process {
		p := withMusl(twoObjects(func(_, l *Object) { l.File.RELR = true }))
		p.Version = version
		return p
	}
	for name, test := range map[string]struct {
		rule    string
		process *Process
		target  abi.Target
		want    []string // severity and a piece of the message
	}{
		"bytecode for the other mode":                   {"luajit-bytecode-mode", luaProcess(yes, 100, bytecode(0)), abi.Target{}, []string{"error does not load into the LuaJIT in /lib/libx.so.1"}},
		"bytecode for this mode":                        {"luajit-bytecode-mode", luaProcess(yes, 100, bytecode(luajit.FlagFR2)), abi.Target{}, nil},
		"a runtime that is not to be called":            {"luajit-bytecode-mode", luaProcess(yes, 0, bytecode(0)), abi.Target{}, nil},
		"the library brings a LuaJIT without GC64":      {"luajit-low-memory", luaProcess(no, 100), abi.Target{}, []string{"note /lib/libx.so.1 brings a LuaJIT without GC64"}},
		"the library brings one with GC64":              {"luajit-low-memory", luaProcess(yes, 100), abi.Target{}, nil},
		"lua_newstate of one without GC64":              {"luajit-newstate", luaProcess(no, 100, imports("lua_newstate")), abi.Target{}, []string{"error /opt/app imports lua_newstate"}},
		"luaL_newstate as well":                         {"luajit-newstate", luaProcess(no, 100, imports("lua_newstate", "luaL_newstate")), abi.Target{}, nil},
		"lua_newstate of one with GC64":                 {"luajit-newstate", luaProcess(yes, 100, imports("lua_newstate")), abi.Target{}, nil},
		"a hidden copy and another":                     {"luajit-two-runtimes", luaProcess(yes, 100, embeds(0)), abi.Target{}, []string{"error /opt/app has a LuaJIT of its own and does not export it, and /lib/libx.so.1"}},
		"a copy that is exported and another":           {"luajit-two-runtimes", luaProcess(yes, 100, embeds(100)), abi.Target{}, []string{"warning /opt/app and /lib/libx.so.1 are both a Lua"}},
		"PUC's in the program":                          {"luajit-two-runtimes", luaProcess(yes, 100, func(f *elfcheck.File) { f.Exports = []elfcheck.Symbol{{Name: "lua_newstate"}} }), abi.Target{}, []string{"warning both a Lua"}},
		"one runtime":                                   {"luajit-two-runtimes", luaProcess(yes, 100), abi.Target{}, nil},
		"nothing is there":                              {"interpreter-missing", failed(InterpMissing, "/opt/app: No such file or directory"), abi.Target{}, []string{"error No such file"}},
		"the loader is of another machine":              {"interpreter-missing", failed(InterpBad, "corrupted"), abi.Target{}, []string{"error corrupted"}},
		"the loader is there":                           {"interpreter-missing", fine, abi.Target{}, nil},
		"a library is nowhere":                          {"library-not-found", failed(MissingLibrary, "libx.so.1: cannot open"), abi.Target{}, []string{"error libx.so.1: cannot open"}},
		"a plugin's library is nowhere":                 {"library-not-found", plugin(failed(MissingLibrary, "libx.so.1: cannot open")), abi.Target{}, []string{"error libx.so.1: cannot open"}},
		"a plugin's library stands elsewhere":           {"library-not-found", elsewhere("/opt/x/libx.so"), abi.Target{}, []string{"note brings it or looks in /opt/x"}},
		"every library is found":                        {"library-not-found", fine, abi.Target{}, nil},
		"a library is too old":                          {"version-not-found", failed(MissingVersion, "version `V' not found"), abi.Target{}, []string{"error version `V'"}},
		"every version is found":                        {"version-not-found", fine, abi.Target{}, nil},
		"a symbol is nowhere":                           {"symbol-not-found", failed(MissingSymbol, "undefined symbol: x"), abi.Target{}, []string{"error undefined symbol: x"}},
		"a symbol is nowhere until it is called":        {"symbol-not-found", &Process{Deferred: []Failure{{Category: MissingSymbol, Subject: "x", Message: "undefined symbol: x"}}}, abi.Target{}, []string{"warning undefined symbol: x (at the first call)"}},
		"a plugin's symbol may be its host's":           {"symbol-not-found", plugin(failed(MissingSymbol, "undefined symbol: x")), abi.Target{}, []string{"note leaves x to the program"}},
		"every symbol is found":                         {"symbol-not-found", fine, abi.Target{}, nil},
		"another machine":                               {"wrong-architecture", failed(WrongArch, "Exec format error"), abi.Target{}, []string{"error Exec format error"}},
		"the same machine":                              {"wrong-architecture", fine, abi.Target{}, nil},
		"no ELF file":                                   {"loader-refuses", failed(BadELF, "invalid ELF header"), abi.Target{}, []string{"error invalid ELF header"}},
		"a program for a library":                       {"loader-refuses", failed(NotDlopenable, "cannot dynamically load executable"), abi.Target{}, []string{"error cannot dynamically load"}},
		"nothing is refused":                            {"loader-refuses", fine, abi.Target{}, nil},
		"a module of another perl":                      {"extension-host-abi", hosted("v5.36.0"), abi.Target{}, []string{"error is built for Perl v5.42.0, and /opt/app is v5.36.0"}},
		"a module of this perl":                         {"extension-host-abi", hosted("v5.42.0"), abi.Target{}, nil},
		"dlopen refuses the stack":                      {"execstack", failed(ExecStack, "cannot enable executable stack"), abi.Target{}, []string{"error cannot enable"}},
		"a plain stack":                                 {"execstack", fine, abi.Target{}, nil},
		"no room for a plugin of the program's":         {"static-tls", failed(StaticTLS, "static TLS block"), abi.Target{}, []string{"error static TLS block"}},
		"no room, but it may be there from the start":   {"static-tls", plugin(failed(StaticTLS, "static TLS block")), abi.Target{}, []string{"warning static TLS block"}},
		"room enough":                                   {"static-tls", fine, abi.Target{}, nil},
		"a lesser processor":                            {"isa-declared", failed(ISA, "CPU ISA level"), abi.Target{}, []string{"error CPU ISA level"}},
		"a processor that will do":                      {"isa-declared", fine, abi.Target{}, nil},
		"a kernel of before":                            {"kernel-too-old", twoObjects(func(_, l *Object) { l.File.Notes.Kernel = "5.11.0" }), debian, []string{"error asks for Linux 5.11.0; debian:11 has 5.10"}},
		"a kernel of then":                              {"kernel-too-old", twoObjects(func(_, l *Object) { l.File.Notes.Kernel = "3.2.0" }), debian, nil},
		"musl in a process with glibc":                  {"libc-mismatch", twoObjects(func(_, l *Object) { l.File.Libc = abi.Musl }), abi.Target{}, []string{"error is built for musl; the process has glibc 2.36"}},
		"one C library":                                 {"libc-mismatch", fine, abi.Target{}, nil},
		"two releases of OpenSSL":                       {"library-twice", sonames("libcrypto.so.1.1", "libcrypto.so.3"), abi.Target{}, []string{"warning brings the library libcrypto twice"}},
		"two OpenMP runtimes":                           {"library-twice", sonames("libgomp.so.1", "libomp.so.5"), abi.Target{}, []string{"warning twice"}},
		"the shell around libpython":                    {"library-twice", sonames("libpython3.so", "libpython3.12.so.1.0"), abi.Target{}, nil},
		"two Go runtimes":                               {"library-twice", twoObjects(func(p, l *Object) { p.File.Go, l.File.Go = &elfcheck.GoBuild{}, &elfcheck.GoBuild{} }), abi.Target{}, []string{"warning a Go runtime twice"}},
		"two libraries":                                 {"library-twice", sonames("libcrypto.so.3", "libssl.so.3"), abi.Target{}, nil},
		"Go's shared library with musl":                 {"go-cshared-musl", withMusl(twoObjects(func(_, l *Object) { l.File.Go = &elfcheck.GoBuild{Version: "go1.26"} })), abi.Target{}, []string{"error is a Go shared library"}},
		"Go's shared library with glibc":                {"go-cshared-musl", twoObjects(func(_, l *Object) { l.File.Go = &elfcheck.GoBuild{} }), abi.Target{}, nil},
		"a Go program with musl":                        {"go-cshared-musl", withMusl(twoObjects(func(p, _ *Object) { p.File.Go = &elfcheck.GoBuild{} })), abi.Target{}, nil},
		"packed relocations without the marker":         {"relr-unsupported", failed(RelrMarker, "DT_RELR without"), abi.Target{}, []string{"error DT_RELR without"}},
		"packed relocations before 2.36":                {"relr-unsupported", old(twoObjects(func(_, l *Object) { l.File.RELR = true })), abi.Target{}, []string{"error glibc 2.31, which knows them from 2.36 on"}},
		"packed relocations before musl's 1.2.3":        {"relr-unsupported", onMusl("1.2.2"), abi.Target{}, []string{"error musl 1.2.2"}},
		"packed relocations in Alpine's musl 1.2.3":     {"relr-unsupported", onMusl("1.2.3"), abi.Target{}, nil},
		"packed relocations in 2.36":                    {"relr-unsupported", twoObjects(func(_, l *Object) { l.File.RELR = true }), abi.Target{}, nil},
		"it brings a library of a newer glibc":          {"glibc-floor", brings("GLIBC_2.34"), debian, []string{"error /lib/libx.so.1, which it brings along, needs GLIBC_2.34"}},
		"the user space has a library of a newer glibc": {"glibc-floor", found("GLIBC_2.34"), debian, nil},
		"it brings a library with a marker":             {"glibc-marker", brings("GLIBC_ABI_DT_RELR"), debian, []string{"error needs GLIBC_ABI_DT_RELR"}},
		"it brings a library with no marker":            {"glibc-marker", brings("GLIBC_2.2.5"), debian, nil},
		"it brings a library of a newer libstdc++":      {"libstdcxx-floor", brings("GLIBCXX_3.4.30"), debian, []string{"error needs GLIBCXX_3.4.30"}},
		"it brings a library of this libstdc++":         {"libstdcxx-floor", brings("GLIBCXX_3.4.28"), debian, nil},
		"it brings a library of a newer GCC":            {"runtime-floor", brings("GCC_12.0.0"), debian, []string{"error needs GCC_12.0.0"}},
		"it brings a library of this GCC":               {"runtime-floor", brings("GCC_7.0.0"), debian, nil},
		"two copies of zlib":                            {"symbol-interposed", exports(elf.STB_GLOBAL, ""), abi.Target{}, []string{"note /opt/app and /lib/libx.so.1 both define deflate"}},
		"what every library has":                        {"symbol-interposed", share(elfcheck.Symbol{Name: "_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}), abi.Target{}, nil},
		"a copy of much":                                {"symbol-interposed", share(symbolsOf(1000)...), abi.Target{}, []string{"note /opt/app and /lib/libx.so.1 both define 1000 symbols, such as _ZN7example6symbolE00000000"}},
		"two inline functions":                          {"symbol-interposed", exports(elf.STB_WEAK, ""), abi.Target{}, nil},
		"two versioned functions":                       {"symbol-interposed", exports(elf.STB_GLOBAL, "Z_1"), abi.Target{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			rule := Rules()[slices.IndexFunc(Rules(), func(r abi.Rule[*Process]) bool { return r.ID == test.rule })]
			findings, _ := abi.Check([]abi.Rule[*Process]{rule}, test.process, test.target)
			require.Len(t, findings, len(test.want))
			for i, want := range test.want {
				severity, piece, _ := strings.Cut(want, " ")
				require.Equal(t, severity, findings[i].Severity.String())
				require.Contains(t, findings[i].Message, piece)
				require.NotEmpty(t, findings[i].Evidence)
				require.NotEmpty(t, findings[i].Subject)
			}
			tested[test.rule] |= 1 << min(len(test.want), 1)
		})
	}
	require.NoError(t, abi.Validate(Rules()))
	require.True(t, slices.IsSortedFunc(Rules(), func(a, b abi.Rule[*Process]) int { return strings.Compare(a.ID, b.ID) }))
	for _, r := range Rules() {
		require.Equal(t, 3, tested[r.ID], "%s: want a case that shows it and one that does not", r.ID)
	}
}

// hosted is a module of Perl in a perl.
func hosted(perl string) *Process {
	p := twoObjects(func(_, library *Object) {
		library.File.Extensions = []extension.Info{{Host: extension.Perl, Entries: []string{"boot_X"}, Built: "v5.42.0"}}
	})
	p.Opened, p.Hosted = 1, true
	p.Offers = []extension.Offer{{Host: extension.Perl, Path: "/opt/app", Built: perl}}
	return p
}

func TestNoHostToHoldAgainst(t *testing.T) {
	p := hosted("v5.36.0")
	p.Offers = nil
	require.Contains(t, extensionHostABI.Skip(p, abi.Target{}), "no Perl that can be seen")
	require.Empty(t, extensionHostABI.Check(p, abi.Target{}))
	p.Hosted = false
	require.Empty(t, extensionHostABI.Skip(p, abi.Target{}), "no program was named")
}

func elsewhere(place string) *Process {
	p := plugin(failed(MissingLibrary, "libx.so: cannot open"))
	p.Failures[0].Elsewhere = []string{place}
	return p
}

func sonames(a, b string) *Process {
	return twoObjects(func(program, library *Object) { program.File.SOName, library.File.SOName = a, b })
}

func withMusl(p *Process) *Process {
	p.Libc, p.Version = abi.Musl, "1.2.5"
	return p
}

func old(p *Process) *Process { p.Version = "2.31"; return p }

func TestWithin(t *testing.T) {
	p := twoObjects(func(_, library *Object) { library.Real = "/lib/libx.so.1.2" })
	require.Len(t, Within("/opt").Check(p, abi.Target{}), 1, "a library of the user space")
	require.Contains(t, Within("/opt").Check(p, abi.Target{})[0].Message, "by default directory")
	require.Empty(t, Within("/opt", "/lib").Check(p, abi.Target{}))
	require.Len(t, Within("/li").Check(p, abi.Target{}), 1, "a directory, not how its name begins")
}
