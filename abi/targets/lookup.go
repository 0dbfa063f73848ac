package targets

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// Lookup returns the user space of a name, on every platform it exists for:
// debian:12, debian:bookworm, manylinux_2_28, alpine:3.20, android:35.
//
// A name may end in an architecture (debian:12/arm64) or, for a policy, in
// that of Python's tag (manylinux2014_aarch64); then the set has one target.
// Any release of macOS from 10.13 may be named with its patch level
// (macos:14.5). glibc:2.17 and musl:1.2.5 are user spaces that promise the C
// library alone, to which a caller adds. Case does not matter, and the caller
// may change what it gets.
func Lookup(spec string) (abi.TargetSet, error) {
	name, arch, slash := strings.Cut(strings.ToLower(strings.TrimSpace(spec)), "/")
	k := about(name)
	r := k.find(name)
	if r == nil && !slash {
		name, arch = k.cutTag(name)
		r = k.byName[name]
		slash = r != nil
	}
	if r == nil {
		return nil, fmt.Errorf("target %.80q: %s; abivet targets lists all", spec, k.instead(name))
	}
	set := k.release(r).Targets
	if !slash {
		return set, nil
	}
	word := k.goarch(arch)
	at := slices.IndexFunc(set, func(t abi.Target) bool { return t.Platform.Arch == word })
	if at < 0 {
		return nil, fmt.Errorf("target %.80q: %s does not exist for %.80q: want one of %s", spec, r.Name, arch, list(maps.Keys(r.On)))
	}
	return set[at : at+1 : at+1], nil
}

// find returns the record of a name in lower case, or nil.
func (k *knowledge) find(name string) *record {
	if r := k.byName[name]; r != nil {
		return r
	}
	family, number, _ := strings.Cut(name, ":")
	v, err := abi.ParseVersion(number)
	if err != nil {
		return nil
	}
	switch family {
	case "macos":
		return k.patchLevel(v)
	case "glibc":
		return k.bareGlibc(v)
	case "musl":
		return k.bareMusl(v)
	}
	return nil
}

// patchLevel returns the release of macOS that a version is a patch of: 14.5
// is 14 with a higher floor, 10.15.7 is 10.15.
func (k *knowledge) patchLevel(v abi.Version) *record {
	parts := strings.Split(string(v), ".")
	major := parts[0]
	if major == "10" && len(parts) > 1 {
		major = "10." + parts[1]
	}
	r := k.byName["macos:"+major]
	if r == nil {
		return nil
	}
	patched := *r
	if !v.Less(r.MacOS) { // 10.16.1 is a way to say 11
		patched.MacOS = v
		patched.Name = "macos:" + string(v)
	}
	return &patched
}

func (k *knowledge) bareGlibc(v abi.Version) *record {
	if v.Less("2") || k.glibc.Newest.Less(v) {
		return nil
	}
	r := &record{Name: "glibc:" + string(v), Glibc: v, On: map[string]machine{}}
	for arch, first := range k.glibc.First {
		if !v.Less(first) {
			r.On[arch] = machine{}
		}
	}
	return r
}

func (k *knowledge) bareMusl(v abi.Version) *record {
	if v.Less("1") || k.newestMusl().Less(v) {
		return nil
	}
	r := &record{Name: "musl:" + string(v), Musl: v, On: map[string]machine{}}
	for arch, m := range k.machines {
		if m.Loader[abi.Musl] != nil {
			r.On[arch] = machine{}
		}
	}
	return r
}

// newestMusl is that of the newest distribution.
func (k *knowledge) newestMusl() (newest abi.Version) {
	for _, r := range k.records {
		if newest.Less(r.Musl) {
			newest = r.Musl
		}
	}
	return newest
}

// cutTag takes a platform tag of Python apart: manylinux_2_28_x86_64 is
// manylinux_2_28 and x86_64. No architecture's name ends in another's.
func (k *knowledge) cutTag(tag string) (name, arch string) {
	for word := range k.words() {
		if name, ok := strings.CutSuffix(tag, "_"+word); ok {
			return name, word
		}
	}
	return tag, ""
}

// words yields what architectures are called.
func (k *knowledge) words() iter.Seq[string] {
	return func(yield func(string) bool) {
		for arch, m := range k.machines {
			for _, word := range append([]string{arch}, m.Words...) {
				if !yield(word) {
					return
				}
			}
		}
	}
}

// goarch returns Go's word for an architecture, or the word it was given.
func (k *knowledge) goarch(word string) string {
	for arch, m := range k.machines {
		if slices.Contains(m.Words, word) {
			return arch
		}
	}
	return word
}

func list(words iter.Seq[string]) string {
	return strings.Join(slices.Sorted(words), ", ")
}
