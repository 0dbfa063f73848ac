package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

const auditwheelURL = "https://github.com/pypa/auditwheel"

// tagArch has the architectures of Python's platform tags in Go's words.
var tagArch = map[string]string{
	"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm",
	"ppc64": "ppc64", "ppc64le": "ppc64le", "s390x": "s390x",
	"riscv64": "riscv64", "loongarch64": "loong64",
}

// policy is an entry of auditwheel's policy files.
type policy struct {
	Name      string                         `json:"name"`
	Aliases   []string                       `json:"aliases"`
	Priority  int                            `json:"priority"` // the highest is the oldest
	Symbols   map[string]map[string][]string `json:"symbol_versions"`
	Libraries []string                       `json:"lib_whitelist"`
	Forbidden map[string][]string            `json:"blacklist"`
}

// carryPolicies carries the facts of auditwheel's table over. That project
// derives them from the libraries in the manylinux images.
func carryPolicies(c checkout, family string) (table, error) {
	path := "src/auditwheel/policy/" + family + "-policy.json"
	b, day, err := c.read(path)
	if err != nil {
		return table{}, err
	}
	var policies []policy
	if err := json.Unmarshal(b, &policies); err != nil {
		return table{}, fmt.Errorf("%s: %w", path, err)
	}
	t := table{
		Origin:  auditwheelURL + ", " + path + " (MIT)",
		Date:    day,
		Refresh: "go run ./refresh auditwheel",
	}
	for _, p := range policies {
		if p.Priority == 0 {
			continue // "linux" promises nothing
		}
		r, err := p.carry(family)
		if err != nil {
			return table{}, fmt.Errorf("policy %s: %w", p.Name, err)
		}
		t.Releases = append(t.Releases, r)
	}
	slices.SortFunc(t.Releases, func(a, b release) int {
		return abi.Version(b.Glibc + b.Musl).Compare(abi.Version(a.Glibc + a.Musl))
	})
	refuseNewcomers(t.Releases)
	return t, nil
}

// refuseNewcomers empties the namespaces of a policy that newer ones have and
// it does not: CXXABI_TM_1 is refused before manylinux_2_17.
func refuseNewcomers(newestFirst []release) {
	have := map[string]map[string]bool{} // architecture, namespace
	for _, r := range newestFirst {
		for arch, m := range r.On {
			for _, name := range m.Symbols {
				namespace, _, numbered := abi.SplitSymbolVersion(name)
				if have[arch] == nil {
					have[arch] = map[string]bool{}
				}
				if numbered {
					have[arch][namespace] = true
				}
			}
		}
	}
	for _, r := range newestFirst {
		for arch, m := range r.On {
			missing := maps.Clone(have[arch])
			for _, name := range m.Symbols {
				namespace, _, _ := abi.SplitSymbolVersion(name)
				delete(missing, namespace)
			}
			for _, namespace := range m.Empty {
				missing[namespace] = true
			}
			m.Empty = slices.Sorted(maps.Keys(missing))
			r.On[arch] = m
		}
	}
}

func (p policy) carry(family string) (release, error) {
	v := strings.ReplaceAll(strings.TrimPrefix(p.Name, family+"_"), "_", ".")
	if _, err := abi.ParseVersion(v); err != nil {
		return release{}, err
	}
	r := release{
		Name: p.Name, Aliases: p.Aliases, Measured: true,
		Libraries: slices.Sorted(slices.Values(p.Libraries)),
		Forbidden: p.Forbidden, On: map[string]machine{},
	}
	r.Title = "Python wheels for " + family + ", glibc " + v + " or newer"
	if r.Glibc = v; family == "musllinux" {
		r.Glibc, r.Musl = "", v
		r.Title = "Python wheels for " + family + ", musl " + v + " or newer"
	}
	for _, symbols := range r.Forbidden {
		slices.Sort(symbols)
	}
	for tag, namespaces := range p.Symbols {
		arch, ok := tagArch[tag]
		if !ok {
			return release{}, fmt.Errorf("architecture %q: want one that has a word of Go", tag)
		}
		m := newestOf(namespaces)
		m.ISA = oldestISA[arch] // a wheel that declares more is refused
		r.On[arch] = m
	}
	return r, nil
}

// newestOf shrinks lists such as GLIBC: 2.34, ABI_DT_RELR.
func newestOf(namespaces map[string][]string) machine {
	var m machine
	found := newest{}
	for prefix, tails := range namespaces {
		if len(tails) == 0 {
			m.Empty = append(m.Empty, prefix)
		}
		for _, tail := range tails {
			found.add(prefix + "_" + tail)
		}
	}
	m.Symbols = found.names()
	slices.Sort(m.Empty)
	return m
}
