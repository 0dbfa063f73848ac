package gomod

import (
	"path/filepath"
	"slices"
	"strings"
)

// A Use is a file that a package brings into a build.
type Use struct {
	Package Package
	File    string
	// Embedded says that it is data of the program, for whatever system: it
	// is not linked.
	Embedded bool
	Why      string // .syso file, embedded file, or the flag that names it
}

// Files returns the native files of a build, in the order of the packages: what
// Go links by itself, what flags of cgo name, and what is embedded, which may be
// no native file at all. Libraries that no directory of the flags has are the
// system's, and left out; exists tells whether there is a file.
func (b *Build) Files(exists func(name string) bool) []Use {
	var dirs []string
	for _, p := range b.Packages {
		for _, w := range p.linkWords() {
			if w.kind == searchDir {
				dirs = append(dirs, w.value)
			}
		}
	}
	var uses []Use
	for _, p := range b.Packages {
		if p.Standard {
			continue
		}
		for _, name := range p.SysoFiles {
			uses = append(uses, Use{Package: p, File: filepath.Join(p.Dir, name), Why: ".syso file"})
		}
		uses = append(uses, p.linked(dirs, b.Platform.OS, exists)...)
		for _, name := range p.EmbedFiles {
			uses = append(uses, Use{Package: p, File: filepath.Join(p.Dir, filepath.FromSlash(name)), Embedded: true, Why: "embedded file"})
		}
	}
	return uses
}

// linked returns the files that the package's flags name. The go command hands
// the flags of all packages to one link, so that a library may stand in a
// directory that another package names; the package's own come first.
func (p Package) linked(dirs []string, os string, exists func(string) bool) []Use {
	words := p.linkWords()
	var own []string
	for _, w := range words {
		if w.kind == searchDir {
			own = append(own, w.value)
		}
	}
	var uses []Use
	for _, w := range words {
		switch w.kind {
		case inputFile:
			if exists(w.value) {
				uses = append(uses, Use{Package: p, File: w.value, Why: "#cgo LDFLAGS: " + w.flag})
			}
		case library:
			if file := find(slices.Concat(own, dirs), w.value, os, exists); file != "" {
				uses = append(uses, Use{Package: p, File: file, Why: "#cgo LDFLAGS: " + w.flag})
			}
		}
	}
	return uses
}

// find looks for a library as a linker does: in each directory first for the
// shared one.
func find(dirs []string, name, os string, exists func(string) bool) string {
	candidates := []string{"lib" + name + ".so", "lib" + name + ".a"}
	if os == "darwin" || os == "ios" {
		candidates[0] = "lib" + name + ".dylib"
	}
	if exact, ok := strings.CutPrefix(name, ":"); ok {
		candidates = []string{exact}
	}
	for _, dir := range dirs {
		for _, candidate := range candidates {
			if file := filepath.Join(dir, candidate); exists(file) {
				return file
			}
		}
	}
	return ""
}

// A linkWord is what a flag means to a linker.
type linkWord struct {
	kind  linkKind
	value string
	flag  string
}

type linkKind int

const (
	searchDir linkKind = iota
	library
	inputFile
)

// linkWords takes the package's flags apart. What -Wl hands over is taken as if
// it stood by itself: -Wl,--whole-archive,libfoo.a.
func (p Package) linkWords() []linkWord {
	var flags []string
	for _, flag := range p.CgoLDFLAGS {
		if inner, ok := strings.CutPrefix(flag, "-Wl,"); ok {
			flags = append(flags, strings.Split(inner, ",")...)
		} else {
			flags = append(flags, flag)
		}
	}
	var words []linkWord
	for i := 0; i < len(flags); i++ {
		flag, value := flags[i], ""
		switch {
		case takesWord[flag]:
			i++ // a path that is no input
		case flag == "-L" || flag == "-l":
			if i++; i == len(flags) {
				return words
			}
			flag += flags[i]
			fallthrough
		case strings.HasPrefix(flag, "-L") || strings.HasPrefix(flag, "-l"):
			value = flag[2:]
			if flag[1] == 'L' {
				words = append(words, linkWord{searchDir, p.path(value), flag})
			} else {
				words = append(words, linkWord{library, value, flag})
			}
		case strings.HasPrefix(flag, "-force_load,"):
			words = append(words, linkWord{inputFile, p.path(flag[len("-force_load,"):]), flag})
		case !strings.HasPrefix(flag, "-") && isInput(flag):
			words = append(words, linkWord{inputFile, p.path(flag), flag})
		}
	}
	return words
}

// takesWord are flags whose next word is their own.
var takesWord = map[string]bool{"-rpath": true, "-rpath-link": true, "-R": true, "-framework": true, "-F": true, "-soname": true, "-install_name": true, "-syslibroot": true, "-arch": true, "-Xlinker": false}

func isInput(name string) bool {
	base := filepath.Base(name)
	switch filepath.Ext(base) {
	case ".a", ".o", ".so", ".dylib", ".syso", ".obj":
		return true
	}
	return strings.Contains(base, ".so.")
}

// path is as the linker sees it, which runs in the directory of the package.
func (p Package) path(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(p.Dir, name)
}
