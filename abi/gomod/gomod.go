package gomod

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// A Package is what go list says of one; the fields are those of its JSON.
type Package struct {
	ImportPath string
	Name       string
	Dir        string
	Standard   bool
	DepOnly    bool // not named by the patterns
	Module     *Module
	CgoFiles   []string
	SysoFiles  []string
	EmbedFiles []string
	CgoLDFLAGS []string // with ${SRCDIR} replaced
	// CgoPkgConfig are the names in #cgo pkg-config lines. What they stand for,
	// only the machine that links knows.
	CgoPkgConfig []string
}

// A Module is what go list says of the module of a package.
type Module struct {
	Path    string
	Version string // none of the main module
	Dir     string
	Main    bool
	Replace *Module
}

// Fields are those that go list -json is to be asked for.
const Fields = "ImportPath,Name,Dir,Standard,DepOnly,Module,CgoFiles,SysoFiles,EmbedFiles,CgoLDFLAGS,CgoPkgConfig"

// A Build is the packages of a build on a platform, each after those that it
// needs.
type Build struct {
	Platform abi.Platform
	Packages []Package
}

// Read reads what go list -deps -json prints.
func Read(r io.Reader, p abi.Platform) (*Build, error) {
	b := &Build{Platform: p}
	for d := json.NewDecoder(r); ; {
		var pkg Package
		err := d.Decode(&pkg)
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, fmt.Errorf("go list: package %d: %w", len(b.Packages)+1, err)
		}
		b.Packages = append(b.Packages, pkg)
	}
}

// Named returns the import paths that were asked for.
func (b *Build) Named() []string {
	var named []string
	for _, p := range b.Packages {
		if !p.DepOnly {
			named = append(named, p.ImportPath)
		}
	}
	return named
}

// Cgo returns the packages that use cgo, those of the standard library apart.
func (b *Build) Cgo() (std, others []Package) {
	for _, p := range b.Packages {
		switch {
		case len(p.CgoFiles) == 0:
		case p.Standard:
			std = append(std, p)
		default:
			others = append(others, p)
		}
	}
	return std, others
}

// String is the import path, with the module's version where it has one.
func (p Package) String() string {
	if p.Module == nil {
		return p.ImportPath
	}
	m := p.Module.String()
	path, version, ok := strings.Cut(m, "@")
	switch {
	case !ok:
		return p.ImportPath
	case path == p.ImportPath:
		return path + "@" + version
	}
	return p.ImportPath + " of " + m
}

// String is path@version: of the replacement where that has a version, and the
// path alone where a directory takes the module's place.
func (m *Module) String() string {
	if m.Replace != nil {
		if m.Replace.Version == "" {
			return m.Path
		}
		m = m.Replace
	}
	if m.Version == "" {
		return m.Path
	}
	return m.Path + "@" + m.Version
}

// Place is what a file of the package is called: the module and the path in it.
func (p Package) Place(file string) string {
	owner, dir := p.ImportPath, p.Dir
	if p.Module != nil {
		owner = p.Module.String()
		if p.Module.Dir != "" {
			dir = p.Module.Dir
		}
	}
	if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
		file = filepath.ToSlash(rel)
	}
	return owner + ": " + file
}

// Flags are what the package adds to the command line of the linker.
func (p Package) Flags() string { return strings.Join(p.CgoLDFLAGS, " ") }

func names(packages []Package) []string {
	list := make([]string, len(packages))
	for i, p := range packages {
		list[i] = p.ImportPath
	}
	slices.Sort(list)
	return list
}
