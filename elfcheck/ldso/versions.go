package ldso

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// versions holds what objects ask of each other's versions against what is
// there, as glibc's _dl_check_map_versions does.
func (s *state) versions(objects []*Object) {
	for _, o := range objects {
		if l := o.File.Loading; l != nil && l.OddRecord {
			s.process.fail(Failure{
				Category: Other, Object: shown(o.Path),
				Message: fmt.Sprintf("%s: unsupported version %d of Verneed record", shown(o.Path), l.VersionRecord),
			})
			continue
		}
		marker := false
		for i := range o.File.VersionNeeds {
			need := &o.File.VersionNeeds[i]
			provider := s.named(need.File)
			if provider == nil {
				if !s.missed(need.File) {
					s.process.fail(Failure{
						Category: LoaderAssert, Object: shown(o.Path), Subject: need.File,
						Message: "Inconsistency detected by ld.so: dl-version.c: _dl_check_map_versions: Assertion `needed != NULL' failed!",
						Why:     fmt.Sprintf("%s asks for versions of %s and does not need it", shown(o.Path), need.File),
					})
				}
				continue
			}
			marker = marker || need.Version == "GLIBC_ABI_DT_RELR" && !need.Misfiled
			if need.Weak || provider.defines(need) {
				continue
			}
			s.process.fail(Failure{
				Category: MissingVersion, Object: shown(o.Path), Subject: need.Version, Provider: shown(provider.Path),
				Message: fmt.Sprintf("%s: version `%s' not found (required by %s)", shown(provider.Path), need.Version, shown(o.Path)),
				Why:     s.newest(provider, need.Version),
			})
		}
		if l := o.File.Loading; l != nil && len(o.File.VersionNeeds)+len(o.File.VersionDefs) > 0 {
			if _, ok := l.Tag(elf.DT_VERSYM); !ok {
				s.process.fail(*crash(shown(o.Path), "it has versions, and no DT_VERSYM says which its symbols have"))
			}
		}
		libc := slices.ContainsFunc(o.File.Needed, func(name string) bool { return strings.HasPrefix(name, "libc.so.") })
		if o.File.RELR && libc && len(o.File.VersionNeeds) > 0 && !marker && !s.before("2.36") {
			s.process.fail(Failure{
				Category: RelrMarker, Object: shown(o.Path), Subject: "GLIBC_ABI_DT_RELR",
				Message: shown(o.Path) + ": DT_RELR without GLIBC_ABI_DT_RELR dependency",
			})
		}
	}
}

// defines reports whether an object has a version that is asked of it. One that
// defines none has all: it was linked before versions came.
func (o *Object) defines(need *elfcheck.VersionNeed) bool {
	if len(o.File.VersionDefs) == 0 {
		return true
	}
	return !need.Misfiled && slices.ContainsFunc(o.File.VersionDefs, func(def elfcheck.VersionDef) bool {
		return def.Name == need.Version && !def.Misfiled
	})
}

// newest tells which version of a namespace a provider has.
func (s *state) newest(o *Object, version string) string {
	namespace, _, numbered := abi.SplitSymbolVersion(version)
	if namespace == "GLIBC" && s.process.Version != "" {
		return fmt.Sprintf("%s is of %s", shown(o.Path), s.process.libcName()) // not every release has a version in every library
	}
	var best abi.Version
	for _, def := range o.File.VersionDefs {
		if ns, v, ok := abi.SplitSymbolVersion(def.Name); ok && numbered && ns == namespace && best.Less(v) {
			best = v
		}
	}
	if best == "" {
		return fmt.Sprintf("%s defines no such version", shown(o.Path))
	}
	return fmt.Sprintf("%s has %s up to %s", shown(o.Path), namespace, best)
}

// named returns the object that goes by a name, among its names as the loader
// keeps them. Once it does, no other goes before it, and of a hundred libraries each
// asks for ten.
func (s *state) named(name string) *Object {
	if o := s.goesBy[name]; o != nil {
		return o
	}
	for _, o := range s.process.Objects {
		if o.answers(name) {
			s.goesBy[name] = o
			return o
		}
	}
	return nil
}

// missed reports whether a library was looked for and not found.
func (s *state) missed(name string) bool {
	for _, f := range s.process.Failures {
		if f.Subject == name {
			return true
		}
	}
	return false
}

// isa refuses what the processor lacks of the levels that files declare.
func (s *state) isa(objects []*Object) {
	if s.before("2.33") || s.loader.image.file.Platform.Arch != "amd64" {
		return
	}
	have := uint32(1)<<s.level - 1
	for _, o := range objects {
		if need := o.File.Notes.ISANeeded; need&^have != 0 {
			s.process.fail(Failure{
				Category: ISA, Object: shown(o.Path), Subject: "x86 ISA",
				Message: shown(o.Path) + ": CPU ISA level is lower than required",
				Why:     fmt.Sprintf("it declares the levels %#x, the processor has %#x", need, have),
			})
		}
	}
}
