package mutate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime/debug"
	"testing/fstest"
	"time"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/container"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/abi/targets"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/elfcheck/ldso"
	"github.com/abivet/abivet/internal/elfbuild"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
	"github.com/abivet/abivet/machocheck/dyld"
)

// A held is a file system of files in memory. Unlike fstest's it costs nothing
// to make.
type held map[string][]byte

type heldFile struct {
	*bytes.Reader
	name string
}

func (h held) Open(name string) (fs.File, error) {
	if b, ok := h[name]; ok {
		return heldFile{bytes.NewReader(b), name}, nil
	}
	if name == "." {
		return nil, fs.ErrInvalid
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (h held) Stat(name string) (fs.FileInfo, error) {
	if name == "." {
		return fs.FileInfoToDirEntry(heldDir{}).Info()
	}
	f, err := h.Open(name)
	if err != nil {
		return nil, err
	}
	return f.Stat()
}
func (h held) Lstat(name string) (fs.FileInfo, error) { return h.Stat(name) }
func (h held) ReadLink(string) (string, error)        { return "", fs.ErrInvalid }

func (f heldFile) Close() error               { return nil }
func (f heldFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f heldFile) Name() string               { return f.name }
func (f heldFile) Size() int64                { return f.Reader.Size() }
func (f heldFile) Mode() fs.FileMode          { return 0o755 }
func (f heldFile) ModTime() time.Time         { return time.Time{} }
func (f heldFile) IsDir() bool                { return false }
func (f heldFile) Sys() any                   { return nil }

type heldDir struct{ heldFile }

func (heldDir) Name() string      { return "." }
func (heldDir) Size() int64       { return 0 }
func (heldDir) Mode() fs.FileMode { return fs.ModeDir | 0o755 }
func (heldDir) IsDir() bool       { return true }

// A run does to a file all that the command does.
type run struct {
	sets  []abi.TargetSet
	few   []abi.TargetSet
	space *ldso.Space
	root  fstest.MapFS
}

func newRun(few ...string) (*run, error) {
	r := &run{}
	for _, release := range targets.All() {
		r.sets = append(r.sets, release.Targets)
	}
	for _, name := range few {
		set, err := targets.Lookup(name)
		if err != nil {
			return nil, err
		}
		r.few = append(r.few, set)
	}
	library := func(name string, needs ...string) *fstest.MapFile {
		return &fstest.MapFile{Mode: 0o755, Data: elfbuild.Image{SOName: name, Needed: needs}.Bytes()}
	}
	loader := elfbuild.Image{SOName: "ld-linux-x86-64.so.2", Data: []byte("\x00ld.so (Debian GLIBC 2.36-1) stable release version 2.36.\n\x00/lib/x86_64-linux-gnu/\x00/usr/lib/x86_64-linux-gnu/\x00/lib/\x00/usr/lib/\x00")}
	program := elfbuild.Image{Interpreter: "/lib64/ld-linux-x86-64.so.2", Needed: []string{"libm.so.6", "libc.so.6"}}
	r.root = fstest.MapFS{
		"lib64/ld-linux-x86-64.so.2": {Mode: 0o755, Data: loader.Bytes()},
		"usr/lib/libc.so.6":          library("libc.so.6", "ld-linux-x86-64.so.2"),
		"usr/lib/libm.so.6":          library("libm.so.6", "libc.so.6"),
		"usr/bin/program":            {Mode: 0o755, Data: program.Bytes()},
	}
	r.space = ldso.New(r.root)
	return r, nil
}

// user needs a library that stands beside it.
var user = elfbuild.Image{Needed: []string{"mutant"}, RunPath: []string{"$ORIGIN"}}.Bytes()

// A fault is what no input may bring about.
var errFault = errors.New("fault")

// file does everything with a file. Name is for messages; thorough holds it
// against all targets.
func (r *run) file(shape Shape, b []byte, thorough bool) (report *abi.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v\n%s", errFault, p, debug.Stack())
		}
	}()
	switch shape.Format {
	case "ld.so.cache":
		return nil, r.cache(b)
	case "elf":
		r.load(b)
	case "macho", "fat":
		r.loadMachO(b)
	case "dense":
		_, _, err := luajit.ReadBytecode(bytes.NewReader(b), 0, int64(len(b)))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errFault, err)
		}
	}
	return r.check(b, thorough)
}

func (r *run) check(b []byte, thorough bool) (*abi.Report, error) {
	files := held{"mutant": b}
	source := []audit.Source{{FS: files, Path: "mutant", Containers: container.Walker{}}}
	o := audit.Options{Targets: r.few, Release: true, Workers: 1}
	if thorough {
		o.Targets = r.sets
	}
	got, err := audit.Check(context.Background(), source, o)
	if err != nil {
		return nil, fmt.Errorf("%w: check: %w", errFault, err)
	}
	if err := sound(got); err != nil {
		return got, err
	}
	want := audit.Want{ELF: elfcheck.WantSymbols | elfcheck.WantRelocations | elfcheck.WantRefs | elfcheck.WantLuaJIT | elfcheck.WantGo | elfcheck.WantCallers | elfcheck.WantSupplies, MachO: machocheck.WantAll, Packages: true}
	for e := range audit.Read(context.Background(), source, want) {
		if thorough && e.Err == nil {
			audit.FitOf(e, r.few)
		}
	}
	return got, write(got, thorough)
}

// sound looks for what a report may never say.
func sound(r *abi.Report) error {
	if len(r.Results) == 0 {
		return fmt.Errorf("%w: no result", errFault)
	}
	for _, result := range r.Results {
		if result.Err != nil && bytes.Contains([]byte(result.Err.Error()), []byte("fault of abivet")) {
			return fmt.Errorf("%w: %w", errFault, result.Err)
		}
	}
	return nil
}

func write(r *abi.Report, thorough bool) error {
	var text bytes.Buffer
	err := errors.Join(report.Text(&text, r, report.TextOptions{}), report.JSON(io.Discard, r))
	if thorough { // it holds the documentation of all rules
		err = errors.Join(err, report.SARIF(io.Discard, r, audit.Docs(), "0"))
	}
	for _, c := range text.Bytes() {
		if c < ' ' && c != '\n' || c == 0x7f {
			return fmt.Errorf("%w: control character %#x in the text: %q", errFault, c, text.Bytes())
		}
	}
	if err != nil {
		return fmt.Errorf("%w: report: %w", errFault, err)
	}
	return nil
}

// load gives the file to the loaders: as what is loaded, and as what that
// needs.
func (r *run) load(b []byte) {
	r.space.Beside(held{"mutant": b, "user": user})
	for _, name := range []string{"/mutant", "/user"} {
		p, err := r.space.Load(ldso.Request{Path: name, Outside: true})
		if err == nil {
			drawn := errors.Join(p.WriteTree(io.Discard, true), p.WriteDOT(io.Discard), p.WriteMermaid(io.Discard))
			if drawn != nil {
				panic(drawn)
			}
		}
	}
}

func (r *run) loadMachO(b []byte) {
	s := dyld.New(held{"mutant": b})
	for _, arch := range []string{"arm64", "x86_64"} {
		p, err := s.Load(dyld.Request{Path: "/mutant", Arch: arch, Hashes: arch == "arm64"})
		if err == nil {
			drawn := errors.Join(p.WriteTree(io.Discard, true), p.WriteDOT(io.Discard), p.WriteMermaid(io.Discard))
			if drawn != nil {
				panic(drawn)
			}
		}
	}
}

// cache loads a program in a user space with the file as its ld.so.cache.
func (r *run) cache(b []byte) error {
	r.root["etc/ld.so.cache"] = &fstest.MapFile{Data: b, Mode: 0o644}
	p, err := ldso.New(r.root).Load(ldso.Request{Path: "/usr/bin/program"})
	delete(r.root, "etc/ld.so.cache")
	if err != nil {
		return fmt.Errorf("%w: %w", errFault, err)
	}
	return p.WriteTree(io.Discard, true)
}
