package dyld

import (
	"errors"
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

// A refusal is why dyld does not take a file that is there.
type refusal struct {
	category Category
	text     string // in dyld's words
	why      string
	rule     string // that over files which says the same of the file, or ""
}

// mappable returns the slice of a file that dyld takes, or why it takes none.
// Origin: JustInTimeLoader::makeJustInTimeLoaderDisk and
// MachOFile::compatibleSlice.
func (s *state) mappable(name string, f *file, static bool) (*image, *refusal) {
	if f.err != nil || len(f.slices) == 0 {
		return nil, s.unreadable(f.err)
	}
	i := f.pick(s.archs)
	if i < 0 {
		return nil, &refusal{category: WrongArch, text: f.wrongArch(s.archs, s.process.Release)}
	}
	img := f.image(i)
	if img.err != nil {
		return nil, s.unreadable(img.err)
	}
	m := img.macho
	if !loadsInto(m, s.process.Platform.OS) {
		return nil, &refusal{category: WrongPlatform, text: fmt.Sprintf("mach-o file (%s), but incompatible platform (have '%s', need '%s')",
			shown(name), platformName(m.Platform.OS), platformName(s.process.Platform.OS))}
	}
	if r := wrongKind(m, shown(name), static); r != nil {
		return nil, r
	}
	for _, r := range m.Refusals(s.process.Release) {
		return nil, &refusal{category: BadMachO, text: r.Text, rule: r.Rule, why: "of a file built with SDK " + string(m.SDKForDyld())}
	}
	if r := s.unsigned(m, shown(name)); r != nil {
		return nil, r
	}
	if r := oddSignature(m, shown(name)); r != nil {
		return nil, r
	}
	if r := s.foreign(m, shown(name)); r != nil {
		return nil, r
	}
	return img, nil
}

// unreadable is what dyld says of a file that is not Mach-O or is damaged.
func (s *state) unreadable(err error) *refusal {
	text := "slice is not valid mach-o file"
	if s.process.Release.Less("15.4") {
		text = "not a mach-o file"
	}
	r := &refusal{category: BadMachO, text: text}
	if err != nil && !errors.Is(err, abi.ErrFormat) {
		r.why = err.Error()
		if _, ok := errors.AsType[*abi.FormatError](err); ok {
			r.text = err.Error() // dyld has other words for each kind of damage
		}
	}
	return r
}

// wrongKind refuses what is no library where one is wanted.
func wrongKind(m *machocheck.File, name string, static bool) *refusal {
	text := ""
	switch {
	case m.Kind == machocheck.Library, m.Kind == machocheck.Bundle && !static:
		return nil
	case m.Kind == machocheck.Bundle:
		text = "cannot link against bundle '%s'"
	case m.Kind == machocheck.Executable && static:
		text = "cannot link against a main executable '%s'"
	case m.Kind == machocheck.Executable:
		text = "cannot dlopen a main executable '%s'"
	default:
		text = "unloadable mach-o file type '%s'"
	}
	return &refusal{category: NotDlopenable, text: fmt.Sprintf(text, name)}
}

// unsigned refuses code without a signature on Apple silicon.
func (s *state) unsigned(m *machocheck.File, name string) *refusal {
	if m.Signature.Present || m.Platform.Arch != "arm64" || m.Platform.OS != "darwin" {
		return nil
	}
	return &refusal{
		category: CodeSignature, text: fmt.Sprintf("code signing blocked mmap() of '%s'", name),
		why: "an arm64 file without LC_CODE_SIGNATURE", rule: "unsigned-arm64",
	}
}

// validateMain is what dyld checks of the program itself, which it does from
// macOS 26 on.
func (s *state) validateMain(img *image) {
	for _, r := range img.macho.Refusals(s.process.Release) {
		s.process.fail(Failure{
			Category: BadMachO, Object: shown(img.real), Subject: r.Subject, Rule: r.Rule,
			Message: fmt.Sprintf("%s in %s", r.Text, shown(img.real)), Why: "of a program built with SDK " + string(img.macho.SDKForDyld()),
		})
	}
}

// tooOld is the check of versions, which dyld gave up with macOS 12; libraries
// that were built for 10.14 or later were exempt before.
func (s *state) tooOld(o *Object, lib machocheck.Dylib, found *Object) *Failure {
	id := found.File.ID
	if !s.process.Release.Less("12.0") || lib.Compatibility == "65535.255.255" || id.Compatibility.Compare(lib.Compatibility) >= 0 {
		return nil
	}
	if found.File.Platform.OS == "darwin" && !found.File.MinOS.Less("10.14") {
		return nil
	}
	return &Failure{
		Category: WrongVersion, Object: shown(o.Path), Subject: lib.Name, Provider: shown(found.Path),
		Message: fmt.Sprintf("Incompatible library version: %s requires version %s or later, but %s provides version %s",
			leaf(o.Path), lib.Compatibility, leaf(found.Path), id.Compatibility),
	}
}

// SameVersion reports whether a library has the compatibility version that is
// asked of it, whoever enforces that.
func (n Need) SameVersion() bool {
	if n.Object == nil || n.Compatibility == "65535.255.255" {
		return true
	}
	return n.Object.File.ID.Compatibility.Compare(n.Compatibility) >= 0
}
