package elfcheck

import (
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// A judged is a file, a target, and what is to be said: for each finding its
// severity and parts of its message, as "error: part | part".
type judged struct {
	file   File
	target abi.Target
	want   []string
}

// judgements has a table for each rule; the key is the reason.
var judgements = map[string]map[string]judged{
	"accidental-cgo":        accidentalCgoCases,
	"android-level":         androidLevelCases,
	"archive-floor":         archiveFloorCases,
	"build-path-leak":       buildPathLeakCases,
	"execstack":             execStackCases,
	"extension-host-abi":    extensionHostABICases,
	"extension-exports":     extensionExportsCases,
	"extension-links-host":  extensionLinksHostCases,
	"forbidden-symbol":      forbiddenSymbolCases,
	"glibc-floor":           glibcFloorCases,
	"glibc-marker":          glibcMarkerCases,
	"glibc-private":         glibcPrivateCases,
	"goamd64":               goAMD64Cases,
	"go-cshared-musl":       goCSharedMuslCases,
	"interpreter":           interpreterCases,
	"isa-declared":          isaDeclaredCases,
	"isa-used":              isaUsedCases,
	"libc-mismatch":         libcMismatchCases,
	"library-not-in-target": libraryNotInTargetCases,
	"libstdcxx-floor":       libstdcxxFloorCases,
	"luajit-bytecode-mode":  luajitBytecodeModeCases,
	"luajit-fixed-defect":   luajitFixedDefectCases,
	"luajit-low-memory":     luajitLowMemoryCases,
	"luajit-newstate":       luajitNewStateCases,
	"luajit-symbols-hidden": luajitSymbolsHiddenCases,
	"luajit-two-runtimes":   luajitTwoRuntimesCases,
	"luajit-unwind":         luajitUnwindCases,
	"page-alignment":        pageAlignmentCases,
	"relr-unsupported":      relrUnsupportedCases,
	"runpath-insecure":      runpathInsecureCases,
	"runtime-floor":         runtimeFloorCases,
	"soname-missing":        sonameMissingCases,
	"static-glibc-nss":      staticGlibcNSSCases,
	"text-relocations":      textRelocationsCases,
	"weak-version":          weakVersionCases,
	"wrong-architecture":    wrongArchitectureCases,
}

// What the tables are about.
var (
	amd64 = abi.Platform{OS: "linux", Arch: "amd64"}
	arm64 = abi.Platform{OS: "linux", Arch: "arm64"}

	debian12 = abi.Target{
		Name: "debian:12", Platform: amd64, Libc: abi.Glibc, ISA: "v2", PageSize: 4096,
		Symbols: map[string]abi.Version{"GLIBC": "2.36", "GLIBCXX": "3.4.30", "CXXABI": "1.3.13", "GCC": "12.0.0", "OPENSSL": "3.0.0"},
		Markers: map[string]bool{"GLIBC_ABI_DT_RELR": true, "GLIBC_ABI_GNU2_TLS": false, "CXXABI_FLOAT128": true, "CXXABI_LDBL": false, "FOO_MARK": false},
	}
	alpine = abi.Target{Name: "alpine:3.22", Platform: amd64, Libc: abi.Musl, LibcVersion: "1.2.5"}
)

func need(version string, symbols ...string) VersionNeed {
	return VersionNeed{File: "libc.so.6", Version: version, Symbols: symbols, Strong: len(symbols)}
}

func needs(list ...VersionNeed) File {
	return File{Platform: amd64, Kind: Shared, Dynamic: true, VersionNeeds: list}
}

func TestRulesAreSound(t *testing.T) {
	rules := Rules()
	if err := abi.Validate(rules); err != nil {
		t.Error(err)
	}
	if !slices.IsSortedFunc(rules, func(a, b abi.Rule[*File]) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the rules are not in the order of their IDs")
	}
	for _, r := range rules {
		if len(r.Refs) == 0 {
			t.Errorf("%s: no source is named", r.ID)
		}
		if judgements[r.ID] == nil && !strings.HasPrefix(r.ID, "luajit-") { // those have tests of their own
			t.Errorf("%s: no table", r.ID)
		}
	}
	for id := range judgements {
		if !slices.ContainsFunc(rules, func(r abi.Rule[*File]) bool { return r.ID == id }) {
			t.Errorf("%s: a table, and no rule", id)
		}
	}
}

func TestRules(t *testing.T) {
	for _, rule := range Rules() {
		cases, ok := judgements[rule.ID]
		if !ok {
			continue // TestRulesAreSound says so
		}
		hit, silent := false, false
		for reason, test := range cases {
			hit, silent = hit || len(test.want) > 0, silent || len(test.want) == 0
			t.Run(rule.ID+"/"+reason, func(t *testing.T) {
				findings, _ := abi.Check([]abi.Rule[*File]{rule}, &test.file, test.target)
				compareFindings(t, findings, test.want)
				if len(test.want) > 0 && rule.Skip != nil && rule.ID != extensionHostABI.ID { // which judges without one too
					blind(t, rule, test.file)
				}
			})
		}
		if !hit || !silent {
			t.Errorf("%s: its table has a hit %v, a silent one %v", rule.ID, hit, silent)
		}
	}
}

// blind asks a rule that needs a promise without any target: it must say that
// it did not judge, and nothing else.
func blind(t *testing.T, rule abi.Rule[*File], f File) {
	t.Helper()
	findings, skipped := abi.Check([]abi.Rule[*File]{rule}, &f, abi.Target{})
	if len(findings) > 0 || len(skipped) != 1 || skipped[0].Why == "" {
		t.Errorf("without a target: %+v, skipped %+v", findings, skipped)
	}
}

func compareFindings(t *testing.T, findings []abi.Finding, want []string) {
	t.Helper()
	var got []string
	for _, f := range findings {
		got = append(got, f.Severity.String()+": "+f.Message)
		if f.Rule == "" || f.Subject == "" || f.Fix == "" || len(f.Evidence) == 0 {
			t.Errorf("without rule, subject, fix or evidence: %+v", f)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("got %q\nwant %q", got, want)
	}
	for i := range want {
		severity, parts, _ := strings.Cut(want[i], ": ")
		for part := range strings.SplitSeq(parts, " | ") {
			if !strings.HasPrefix(got[i], severity+": ") || !strings.Contains(got[i], part) {
				t.Errorf("got %q\nwant %q", got[i], want[i])
			}
		}
	}
}

// What a rule cannot judge is said, with the reason.
func TestSkipped(t *testing.T) {
	tests := map[string]struct {
		rule   string
		file   File
		target abi.Target
		want   string
	}{
		"other, no target":           {"runtime-floor", needs(need("OPENSSL_3.0.0")), abi.Target{}, "no target was named that says which version it has of OPENSSL"},
		"no target":                  {"glibc-floor", File{}, abi.Target{}, "no target was named"},
		"the target is silent":       {"glibc-floor", File{}, abi.Target{Name: "x", Platform: amd64}, "x does not say which glibc it has"},
		"musl has no glibc":          {"glibc-floor", needs(need("GLIBC_2.34")), alpine, ""},
		"judged":                     {"glibc-floor", needs(need("GLIBC_2.34")), debian12, ""},
		"marker unknown":             {"glibc-marker", needs(need("GLIBC_ABI_GNU_TLS")), debian12, "debian:12 does not say whether it has GLIBC_ABI_GNU_TLS"},
		"marker, no target":          {"glibc-marker", needs(need("GLIBC_ABI_GNU_TLS")), abi.Target{}, "no target was named"},
		"no marker, no question":     {"glibc-marker", needs(need("GLIBC_2.34")), abi.Target{}, ""},
		"namespace unknown":          {"runtime-floor", needs(need("ZLIB_1.2.9"), need("GCC_3.0"), need("ZLIB_1.2.5")), debian12, "debian:12 does not say which version it has of ZLIB"},
		"private is no runtime":      {"runtime-floor", needs(need("GLIBC_PRIVATE"), need("GLIBC_ABI_DT_RELR")), debian12, ""},
		"dispensable is no need":     {"runtime-floor", needs(VersionNeed{Version: "ZLIB_1.2.9", Weak: true}), debian12, ""},
		"marker of a library":        {"runtime-floor", needs(need("libfoo_private")), debian12, "libfoo_private"},
		"libstdc++ unknown":          {"libstdcxx-floor", needs(need("GLIBCXX_3.4")), alpine, "alpine:3.22 does not say which libstdc++ it has"},
		"a part of libstdc++":        {"libstdcxx-floor", needs(need("GLIBCXX_3.4"), need("GLIBCXX_LDBL_3.4")), debian12, "debian:12 does not say which version it has of GLIBCXX_LDBL"},
		"marker of libstdc++":        {"libstdcxx-floor", needs(need("CXXABI_TM_1"), need("CXXABI_FLOAT128")), debian12, "of CXXABI_TM"},
		"no libraries promised":      {"library-not-in-target", File{}, debian12, "debian:12 does not say which libraries it has"},
		"not Go":                     {"goamd64", File{Platform: amd64}, abi.Target{}, ""},
		"Go without a level":         {"goamd64", File{Platform: amd64, Go: &GoBuild{}}, alpine, "alpine:3.22 does not say which processors it runs on"},
		"Go on a machine unlevelled": {"goamd64", File{Platform: abi.Platform{OS: "linux", Arch: "s390x"}, Go: &GoBuild{}}, alpine, ""},
	}
	for reason, test := range tests {
		at := slices.IndexFunc(Rules(), func(r abi.Rule[*File]) bool { return r.ID == test.rule })
		got := Rules()[at].Skip(&test.file, test.target)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s: %q, want %q", test.rule, reason, got, test.want)
		}
	}
}
