package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

// versions holds what objects ask of each other's versions against what is
// there, as glibc's _dl_check_map_versions does.
func (s *state) versions(objects []*Object) {
	for _, o := range objects {
		libc, marker := false, false
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
			libc = libc || len(need.Version) > 6 && need.Version[:6] == "GLIBC_" && provider.File.SOName == "libc.so.6"
			marker = marker || need.Version == "GLIBC_ABI_DT_RELR"
			if need.Weak || provider.defines(need.Version) {
				continue
			}
			s.process.fail(Failure{
				Category: MissingVersion, Object: shown(o.Path), Subject: need.Version, Provider: shown(provider.Path),
				Message: fmt.Sprintf("%s: version `%s' not found (required by %s)", shown(provider.Path), need.Version, shown(o.Path)),
				Why:     s.newest(provider, need.Version),
			})
		}
		if o.File.RELR && libc && !marker && !s.before("2.36") {
			s.process.fail(Failure{
				Category: RelrMarker, Object: shown(o.Path), Subject: "GLIBC_ABI_DT_RELR",
				Message: shown(o.Path) + ": DT_RELR without GLIBC_ABI_DT_RELR dependency",
			})
		}
	}
}

// defines reports whether an object has a version. One that defines none has
// all: it was linked before versions came.
func (o *Object) defines(version string) bool {
	if len(o.File.VersionDefs) == 0 {
		return true
	}
	for _, def := range o.File.VersionDefs {
		if def.Name == version {
			return true
		}
	}
	return false
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
// keeps them.
func (s *state) named(name string) *Object {
	for _, o := range s.process.Objects {
		if o.answers(name) {
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
