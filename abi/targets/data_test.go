package targets

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

func TestEveryRecordHasProvenance(t *testing.T) {
	for _, name := range tables() {
		var table table
		decode(read(name), &table)
		assert.NotEmpty(t, table.Refresh, name)
		for _, r := range table.Releases {
			assert.NotEmpty(t, r.Title, r.Name)
		}
	}
	for _, r := range All() {
		assert.NotEmpty(t, r.Origin, r.Name)
		_, err := time.Parse(time.DateOnly, r.Date)
		assert.NoError(t, err, r.Name)
		assert.NotEmpty(t, r.Targets, r.Name)
	}
}

// A misspelt field would otherwise be a promise that nobody makes.
func TestTablesHaveNoUnknownField(t *testing.T) {
	strict := func(name string, into any) {
		b, err := data.ReadFile(name)
		require.NoError(t, err)
		d := json.NewDecoder(strings.NewReader(string(b)))
		d.DisallowUnknownFields()
		assert.NoError(t, d.Decode(into), name)
	}
	type provenance struct{ Origin, Date, Refresh string }
	for _, name := range tables() {
		strict(name, &table{})
	}
	strict("data/glibc.json", &struct {
		provenance
		*glibcFacts
	}{glibcFacts: &glibcFacts{}})
	strict("data/gcc.json", &struct {
		provenance
		*gccFacts
	}{gccFacts: &gccFacts{}})
	strict("data/ports.json", &struct {
		provenance
		Ports map[string]map[string]machine
	}{})
	strict("data/machines.json", &struct {
		provenance
		Machines map[string]machineFacts
	}{})
}

func TestNamesAreUniqueAndLowerCase(t *testing.T) {
	seen := map[string]string{}
	for _, r := range All() {
		for _, n := range append([]string{r.Name}, r.Aliases...) {
			assert.Empty(t, seen[n], "%s names %s and %s", n, seen[n], r.Name)
			assert.Equal(t, strings.ToLower(n), n)
			seen[n] = r.Name
		}
	}
}

// cutTag takes the first name that fits.
func TestNoArchitectureEndsInAnother(t *testing.T) {
	k := known()
	for long := range k.words() {
		for short := range k.words() {
			assert.False(t, strings.HasSuffix(long, "_"+short), "%s ends in %s", long, short)
		}
	}
}

func TestVersionsAreVersions(t *testing.T) {
	for _, r := range All() {
		for _, target := range r.Targets {
			for namespace, v := range target.Symbols {
				_, err := abi.ParseVersion(string(v))
				assert.NoError(t, err, "%s %s", r.Name, namespace)
			}
			for _, v := range []abi.Version{target.LibcVersion, target.MinOS, target.Kernel} {
				if v != "" {
					_, err := abi.ParseVersion(string(v))
					assert.NoError(t, err, r.Name)
				}
			}
			assert.Equal(t, r.Name, target.Name)
			assert.NotEmpty(t, target.Platform.OS, r.Name)
			assert.NotNil(t, known().machines[target.Platform.Arch].Words, "%s: %s", r.Name, target.Platform)
			assert.Zero(t, target.PageSize&(target.PageSize-1), r.Name)
		}
	}
}

func TestGlibcTargetsKnowTheirMarkers(t *testing.T) {
	for _, r := range All() {
		for _, target := range r.Targets {
			if target.Libc != abi.Glibc || !r.Measured {
				continue
			}
			assert.Contains(t, target.Markers, "GLIBC_ABI_DT_RELR", "%s %s", r.Name, target.Platform)
			assert.NotEmpty(t, target.Symbols["GLIBC"], "%s %s", r.Name, target.Platform)
			if target.Platform.Arch != "amd64" {
				assert.False(t, target.Markers["GLIBC_ABI_DT_X86_64_PLT"], "%s %s", r.Name, target.Platform)
			}
		}
	}
}

func TestAllIsNewestFirst(t *testing.T) {
	newest := map[string]Release{}
	for _, r := range All() {
		if later, ok := newest[r.Family]; ok {
			assertNeverLess(t, later, r)
		}
		newest[r.Family] = r
	}
}

// assertNeverLess holds that a newer release of a family promises what an
// older one did.
func assertNeverLess(t *testing.T, later, earlier Release) {
	for _, old := range earlier.Targets {
		now, ok := later.Targets.For(old.Platform)
		if !ok {
			continue // an architecture was given up, such as macOS on Intel
		}
		what := later.Name + " after " + earlier.Name + " on " + old.Platform.String()
		for namespace, v := range old.Symbols {
			if w, ok := now.Symbols[namespace]; ok {
				assert.False(t, w.Less(v), "%s: %s %s after %s", what, namespace, w, v)
			}
		}
		for marker, present := range old.Markers {
			if has, ok := now.Markers[marker]; ok && present {
				assert.True(t, has, "%s: %s", what, marker)
			}
		}
		assert.False(t, now.LibcVersion.Less(old.LibcVersion), what)
		assert.False(t, now.MinOS.Less(old.MinOS), what)
		if now.Kernel != "" {
			assert.False(t, now.Kernel.Less(old.Kernel), what)
		}
		for _, soname := range old.Libraries {
			assert.True(t, slices.Contains(now.Libraries, soname), "%s: %s", what, soname)
		}
	}
}

// What gcc.json derives is held against what Debian's packages define.
func TestGCCAgreesWithDebian(t *testing.T) {
	k := known()
	checked := 0
	for _, r := range k.records {
		if r.GCC == "" || !r.Measured {
			continue
		}
		for arch := range r.On {
			measured := k.target(r, arch)
			symbols, markers, err := GCC(r.GCC, arch)
			require.NoError(t, err)
			for namespace, v := range symbols {
				assert.Zero(t, measured.Symbols[namespace].Compare(v), "%s %s: %s %s, measured %s",
					r.Name, arch, namespace, v, measured.Symbols[namespace])
			}
			for marker, present := range markers {
				assert.Equal(t, measured.Markers[marker], present, "%s %s: %s", r.Name, arch, marker)
			}
			checked++
		}
	}
	assert.Greater(t, checked, 30)
}

// And glibc.json against every measured distribution.
func TestMarkersOfGlibcAgreeWithMeasurements(t *testing.T) {
	k := known()
	for _, r := range k.records {
		if !r.Measured || r.Glibc == "" || r.Libraries != nil {
			continue // a policy may allow less: manylinux_2_36 on riscv64 has no DT_RELR
		}
		for arch := range r.On {
			derived := abi.Target{Symbols: map[string]abi.Version{}, Markers: map[string]bool{}}
			k.addGlibc(&derived, r.Glibc)
			measured := k.target(r, arch)
			for marker, present := range derived.Markers {
				if got, ok := measured.Markers[marker]; ok {
					assert.Equal(t, got, present, "%s %s: %s", r.Name, arch, marker)
				}
			}
		}
	}
}

func TestWhatIsHandedOutIsTheCallers(t *testing.T) {
	set, err := Lookup("manylinux_2_28/amd64")
	require.NoError(t, err)
	set[0].Symbols["GLIBC"] = "9"
	set[0].Libraries[0] = "mine"
	set[0].Forbidden["libz.so.1"][0] = "mine"
	All()[0].Targets[0].Name = "mine"

	again, err := Lookup("manylinux_2_28/amd64")
	require.NoError(t, err)
	assert.Equal(t, abi.Version("2.28"), again[0].Symbols["GLIBC"])
	assert.NotContains(t, again[0].Libraries, "mine")
	assert.NotContains(t, again[0].Forbidden["libz.so.1"], "mine")
	assert.NotEqual(t, "mine", All()[0].Targets[0].Name)
}

// What is decoded of a name alone is what all tables say of it.
func TestAboutANameIsWhatAllSay(t *testing.T) {
	all := known()
	for name, want := range all.byName {
		k := about(name)
		require.NotSame(t, all, k, "%s is not found in the text of its table", name)
		assert.Equal(t, want, k.byName[name], name)
		assert.LessOrEqual(t, len(k.records), 2, name)
		assert.Equal(t, all.release(want), k.release(k.byName[name]), name)
	}
	for _, name := range []string{"", "releases", "name", "on", "symbols", "debian", "debian:1", `debian:12", "`, "macos:14.5", "glibc:2.17"} {
		assert.Same(t, all, about(name), name)
	}
	var ports struct{ Ports map[string]map[string]machine }
	decode(read("data/ports.json"), &ports)
	for name := range ports.Ports {
		assert.Contains(t, all.byName, name)
	}
}
