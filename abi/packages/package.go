package packages

import (
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/machocheck"
)

// A File is a native file of a package, or a slice of one: ELF or MachO is set.
type File struct {
	Path   string // in the package
	Place  string // that reports name it by: a.whl!pkg/_x.so
	Stored int64  // where it stands in its container, if it is there as it is
	ELF    *elfcheck.File
	MachO  *machocheck.File
}

// Platform returns what the file runs on.
func (f File) Platform() abi.Platform {
	switch {
	case f.ELF != nil:
		return f.ELF.Platform
	case f.MachO != nil:
		return f.MachO.Platform
	}
	return abi.Platform{}
}

// Loaded reports whether a loader takes the file: an object and the debug
// information of another file are for other programs.
func (f File) Loaded() bool {
	switch {
	case f.ELF != nil:
		return f.ELF.Kind != elfcheck.Object && f.ELF.Kind != elfcheck.DebugInfo
	case f.MachO != nil:
		return f.MachO.Loaded()
	}
	return false
}

// A Package is what a package says that its native files run on, and these
// files.
type Package struct {
	Path string // its place in the container, "" for that itself
	// Kind is wheel, npm, gem, jar, nuget, conda, crate, deb, rpm, apk (Alpine's),
	// pacman or android.
	Kind string
	// Tags are what it says, in the words of its kind: the platform tags of a
	// wheel's name, by which installers go (where it is not named as wheels
	// are, those that are written in it), npm's os, cpu and libc, a gem's
	// platform, a processor. Jars and NuGet's packages say it in the paths
	// of their files alone.
	Tags []string
	// Floors are what it wants of the system, such as "libc6 (>= 2.34)".
	Floors []string
	Inner  []string // the platform tags that are written in a wheel
	// Python and ABI are the first tags in the name of a wheel: cp37, abi3.
	Python, ABI string
	Files       []File // what a loader is given of it: no object
	// ExtractsLibraries is what the manifest of an application for Android says of
	// copying its libraries out of it: true, false, or nothing.
	ExtractsLibraries string

	fetches   bool  // more files may come when it is installed
	published bool  // package.json has a name and is not private
	grafts    bool  // libraries that it lacks do not count
	shared    bool  // the manifest is one that other kinds have, too
	err       error // that the manifest has, which matters where there is a file

	libraries libraries // of Files, once these are all
}

// nameTags takes the tags from a wheel's name.
func (p *Package) nameTags(file string) {
	name, ok := strings.CutSuffix(path.Base(strings.ReplaceAll(file, "!", "/")), ".whl")
	if ok && strings.Count(name, "-") >= 4 {
		p.Tags = addTags(nil, name)
		parts := strings.Split(name, "-")
		p.Python, p.ABI = parts[len(parts)-3], parts[len(parts)-2]
	} else {
		p.Tags = p.Inner
	}
}

// addTags adds the platform tags at the end of a compressed tag, such as
// cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.
func addTags(tags []string, compressed string) []string {
	compressed = strings.TrimSpace(compressed)
	for tag := range strings.SplitSeq(compressed[strings.LastIndex(compressed, "-")+1:], ".") {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// Brings reports whether a file can find a needed library in the package: by
// its own path, or by that of another file, which reaches what that one brings
// too.
func (p *Package) Brings(f *elfcheck.File, library string) bool {
	have := p.libraries
	if have.names == nil {
		have = librariesOf(p.Files)
	}
	return have.names[library] && (have.reached || origin(f.RunPath) || origin(f.RPath))
}

// libraries are what the files of a package are found by.
type libraries struct {
	names   map[string]bool
	reached bool // by the path of any of the files
}

func librariesOf(files []File) libraries {
	have := libraries{names: map[string]bool{}}
	for _, e := range files {
		if e.ELF == nil {
			continue
		}
		have.names[path.Base(e.Path)] = true
		if e.ELF.SOName != "" {
			have.names[e.ELF.SOName] = true
		}
		have.reached = have.reached || origin(e.ELF.RPath)
	}
	return have
}

func origin(dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool {
		return strings.Contains(dir, "$ORIGIN") || strings.Contains(dir, "${ORIGIN}")
	})
}
