package dyld

import (
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/machocheck"
)

// byEmbedded is a directory that the program itself names: LC_DYLD_ENVIRONMENT.
const byEmbedded = "LC_DYLD_ENVIRONMENT"

// variables are the directories that DYLD_ variables name.
// Origin: PathOverrides of dyld/DyldProcessConfig.cpp, dyld 940 to 1378.
type variables struct {
	libraries, frameworks                []directory // before anything else
	libraryFallbacks, frameworkFallbacks []directory // after it
}

type directory struct{ path, by string }

// list returns where a variable's directories go, or nil where it is none that
// is modelled.
func (v *variables) list(name string) *[]directory {
	switch name {
	case "DYLD_LIBRARY_PATH":
		return &v.libraries
	case "DYLD_FRAMEWORK_PATH":
		return &v.frameworks
	case "DYLD_FALLBACK_LIBRARY_PATH":
		return &v.libraryFallbacks
	case "DYLD_FALLBACK_FRAMEWORK_PATH":
		return &v.frameworkFallbacks
	}
	return nil
}

// environment takes the variables of the user, which a restricted program does
// not look at.
func (s *state) environment() {
	if !s.trusting {
		return
	}
	for name, dirs := range s.request.variables() {
		list := s.variables.list(name)
		for _, dir := range dirs {
			*list = append(*list, directory{dir, name})
		}
	}
}

func (r Request) variables() map[string][]string {
	return map[string][]string{
		"DYLD_LIBRARY_PATH": r.LibraryPath, "DYLD_FRAMEWORK_PATH": r.FrameworkPath,
		"DYLD_FALLBACK_LIBRARY_PATH": r.Fallback, "DYLD_FALLBACK_FRAMEWORK_PATH": r.FrameworkFallback,
	}
}

// embedded takes those that the program brings along. They come after the
// user's.
func (s *state) embedded(img *image) {
	for _, variable := range img.macho.Environment {
		name, value, ok := strings.Cut(variable, "=")
		list := s.variables.list(name)
		switch {
		case !ok || !strings.HasPrefix(name, "DYLD_"): // dyld does not look at it either
		case list == nil:
			s.notJudged("%s: LC_DYLD_ENVIRONMENT %q is not looked at", shown(img.real), variable)
		default:
			for dir := range strings.SplitSeq(value, ":") {
				*list = append(*list, directory{s.expanded(dir), byEmbedded})
			}
		}
	}
}

// expanded puts the directory of the program in the place of a variable: of
// either, and only where a slash follows.
func (s *state) expanded(dir string) string {
	for _, variable := range []string{executablePath, loaderPath} {
		if rest, ok := strings.CutPrefix(dir, variable+"/"); ok {
			return joined(s.mainDir, "/"+rest)
		}
	}
	return dir
}

// restricted reports whether the program makes dyld ignore the environment: by
// the hardened runtime without the entitlement, or as one that asks for it.
//
// AMFI decides, whose source is not public. This is what dyld 551, the last to
// decide by itself, and Apple's documentation of the hardened runtime say.
func restricted(m *machocheck.File) bool {
	const csRestrict = 0x800 // CS_RESTRICT of xnu's cs_blobs.h
	for _, s := range m.Segments {
		if s.Name == "__RESTRICT" && slices.ContainsFunc(s.Sections, func(x machocheck.Section) bool { return x.Name == "__restrict" }) {
			return true
		}
	}
	flags := m.Signature.Flags
	return flags&csRestrict != 0 || flags&machocheck.HardenedRuntime != 0 && !mayUseVariables(m)
}

// before yields the places of the variables that come before a path's own.
func (s *state) before(name string, yield func(Place) bool) bool {
	dirs, tail := s.variables.libraries, path.Base(name)
	if part := frameworkPart(name); part != "" {
		dirs, tail = s.variables.frameworks, part
	}
	for _, dir := range dirs {
		if !yield(Place{Path: dir.path + "/" + tail, By: dir.by}) {
			return false
		}
	}
	return true
}

// after yields what is tried at last: what variables name, or, for images of
// before macOS 13, directories of the system.
func (s *state) after(q query, yield func(Place) bool) {
	dirs, usual, tail := s.variables.libraryFallbacks, []string{"/usr/local/lib", "/usr/lib"}, path.Base(q.name)
	if part := frameworkPart(q.name); part != "" {
		dirs, usual, tail = s.variables.frameworkFallbacks, []string{"/Library/Frameworks", "/System/Library/Frameworks"}, part
	}
	if dirs == nil && (s.process.Release.Less("13.0") || q.asker.File.SDKForDyld().Less(fallbacksEnd)) {
		if !s.trusting {
			usual = usual[1:]
		}
		for _, dir := range usual {
			dirs = append(dirs, directory{dir, byFallback})
		}
	}
	for _, dir := range dirs {
		if full := dir.path + "/" + tail; full != q.name && !yield(Place{Path: full, By: dir.by}) {
			return
		}
	}
}

// frameworkPart returns what a path of a framework has from its directory on
// (a.framework/Versions/A/a), or "" where the file has another name than that.
func frameworkPart(name string) string {
	at := strings.LastIndex(name, ".framework/")
	if at < 0 {
		return ""
	}
	start := strings.LastIndexByte(name[:at], '/') + 1
	if name[start:at] != path.Base(name) {
		return ""
	}
	return name[start:]
}
