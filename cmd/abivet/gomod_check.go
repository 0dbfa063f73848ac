package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/gomod"
	"github.com/abivet/abivet/elfcheck"
)

// checkBuild judges the build itself, and every native file in it.
func checkBuild(ctx context.Context, b *gomod.Build, o audit.Options) (*abi.Report, error) {
	rules, err := audit.Choose(o, gomod.Rules())
	if err != nil {
		return nil, err
	}
	r := &abi.Report{Target: o.TargetName, Results: []abi.Result{buildResult(b, rules)}}
	files, linked := nativeFiles(b)
	o.Supplied = map[string]bool{}
	for e := range audit.Read(ctx, audit.Files(linked...), audit.Want{ELF: elfcheck.WantSupplies}) {
		if e.ELF != nil {
			for _, name := range e.ELF.Supplies {
				o.Supplied[name] = true
			}
		}
	}
	before, looked := 0, 0 // files are looked at one after another, and each count begins anew
	if show := o.Progress; show != nil {
		o.Progress = func(n int) { looked = before + n; show(looked) }
	}
	for _, file := range files {
		before = looked
		for result, err := range audit.Results(ctx, audit.Files(file.path), o) {
			if err != nil && !errors.Is(err, audit.ErrNothing) {
				return nil, err
			}
			if err != nil || file.embedded && result.Err == nil && result.Platform != b.Platform {
				continue
			}
			r.Results = append(r.Results, file.name(result))
		}
	}
	return r, nil
}

// buildResult is what is to be said of the build as a whole. What it needs, when
// there is no target, is the packages that need C.
func buildResult(b *gomod.Build, rules []abi.Rule[*gomod.Build]) abi.Result {
	result := abi.Result{Path: strings.Join(b.Named(), " "), Format: "go", Platform: b.Platform}
	_, others := b.Cgo()
	for _, p := range others {
		result.Floor = append(result.Floor, "cgo ("+p.String()+")")
	}
	result.Findings, result.Skipped = abi.Check(rules, b, abi.Target{})
	return result
}

// A nativeFile is a file of the build with all that bring it.
type nativeFile struct {
	path, place string
	embedded    bool // by all
	evidence    []string
}

// name puts the module in the place of the path, and who brings the file into
// the evidence.
func (f nativeFile) name(r abi.Result) abi.Result {
	r.Path = f.place + strings.TrimPrefix(r.Path, f.path)
	for i := range r.Findings {
		r.Findings[i].Evidence = append(r.Findings[i].Evidence, f.evidence...)
	}
	return r
}

// nativeFiles returns each file once, and the paths of those that are linked. An
// embedded file that is not native is not one, nor is a linker's script.
func nativeFiles(b *gomod.Build) (files []nativeFile, linked []string) {
	index := map[string]int{}
	for _, use := range b.Files(isFile) {
		i, seen := index[use.File]
		if !seen {
			if !startsNative(use.File) {
				continue
			}
			i = len(files)
			index[use.File] = i
			files = append(files, nativeFile{path: use.File, place: use.Package.Place(use.File), embedded: true})
		}
		if !use.Embedded && files[i].embedded {
			files[i].embedded = false
			linked = append(linked, use.File)
		}
		files[i].evidence = append(files[i].evidence, "brought by "+use.Package.String()+": "+use.Why)
	}
	return files, linked
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// startsNative reports whether a file begins as a native one does, or cannot be
// read, which is to be said.
func startsNative(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return true
	}
	defer f.Close()
	var start [8]byte
	n, err := io.ReadFull(f, start[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	return audit.IsNative(start[:n])
}
