package main

import (
	"cmp"
	"debug/elf"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

// A shownFile is what show says of a file: an entry of check, with the facts.
type shownFile struct {
	report.File
	Facts any `json:"facts,omitempty"` // elfFacts, machoFacts, packageFacts or a bytecodeFact
	// LuaJIT stands among the facts too: it is the same for every format.
	LuaJIT *luajitFacts `json:"luajit,omitempty"`
	// Extensions are by host.
	Extensions []extensionFacts `json:"extensions,omitempty"`
	// Targets is not there for objects: they get their versions when they are
	// linked.
	Targets *fitTarget `json:"targets,omitempty"`
}

type fitTarget struct {
	Satisfied []string    `json:"satisfied"` // the newest first
	Unjudged  []string    `json:"unjudged"`  // what the oldest of these does not tell of itself
	Next      *nextTarget `json:"next,omitempty"`
}

// nextTarget is the newest that is older than all that are satisfied.
type nextTarget struct {
	Target  string   `json:"target"`
	Because []string `json:"because"`
}

type elfFacts struct {
	Class       int           `json:"class"`
	Machine     string        `json:"machine"`
	Kind        string        `json:"kind"`
	Packed      string        `json:"packed,omitempty"` // UPX
	Interpreter string        `json:"interpreter"`
	SOName      string        `json:"soname"`
	Needed      []string      `json:"needed"`
	RPath       []string      `json:"rpath"`
	RunPath     []string      `json:"runpath"`
	Flags       []string      `json:"flags"`
	Libc        string        `json:"libc"`
	Needs       []versionNeed `json:"version_needs"`
	Defs        []string      `json:"version_defs"`
	Imports     int           `json:"imports"`
	Exports     int           `json:"exports"`
	Imported    []string      `json:"imported_symbols,omitempty"`
	Exported    []string      `json:"exported_symbols,omitempty"`
	BuildID     string        `json:"build_id"`
	Go          *goFacts      `json:"go,omitempty"`
	LuaJIT      *luajitFacts  `json:"luajit,omitempty"`
}

type versionNeed struct {
	File    string   `json:"file"`
	Version string   `json:"version"`
	Weak    bool     `json:"weak"`
	Symbols []string `json:"symbols"`
}

type goFacts struct {
	Version  string            `json:"version"`
	Path     string            `json:"path"`
	Settings map[string]string `json:"settings"`
}

type luajitFacts struct {
	Role     string   `json:"role"`
	Version  string   `json:"version"`
	GC64     string   `json:"gc64"`
	JIT      string   `json:"jit"`
	FFI      string   `json:"ffi"`
	DualNum  string   `json:"dualnum"`
	Hardened string   `json:"hardened"`
	Evidence []string `json:"evidence"`
}

type machoFacts struct {
	Kind        string          `json:"kind"`
	Arch        string          `json:"arch"`
	MinOS       string          `json:"minos"`
	SDK         string          `json:"sdk"`
	UUID        string          `json:"uuid"`
	Dylibs      []dylibFacts    `json:"dylibs"`
	InstallName string          `json:"install_name"`
	RPaths      []string        `json:"rpaths"`
	Environment []string        `json:"environment,omitempty"`    // LC_DYLD_ENVIRONMENT
	Options     [][]string      `json:"linker_options,omitempty"` // LC_LINKER_OPTION
	Segments    []segmentFacts  `json:"segments"`
	Imports     int             `json:"imports"`
	Exports     int             `json:"exports"`
	Imported    []string        `json:"imported_symbols,omitempty"`
	Exported    []string        `json:"exported_symbols,omitempty"`
	Signature   *signatureFacts `json:"signature,omitempty"`
	Go          *goFacts        `json:"go,omitempty"`
	LuaJIT      *luajitFacts    `json:"luajit,omitempty"`
}

type dylibFacts struct {
	Name          string `json:"name"`
	Current       string `json:"current"`
	Compatibility string `json:"compatibility"`
	Kind          string `json:"kind"` // normal, weak, reexport, upward, lazy
}

type segmentFacts struct {
	Name     string `json:"name"`
	VMAddr   uint64 `json:"vmaddr"`
	VMSize   uint64 `json:"vmsize"`
	FileOff  uint64 `json:"fileoff"` // from the start of the slice
	FileSize uint64 `json:"filesize"`
	InitProt string `json:"initprot"` // rwx, as otool writes it
	MaxProt  string `json:"maxprot"`
}

type signatureFacts struct {
	AdHoc        bool              `json:"adhoc"`
	Hardened     bool              `json:"hardened_runtime"`
	Linker       bool              `json:"linker_signed"`
	Validation   bool              `json:"library_validation"`
	Certificate  bool              `json:"certificate"`
	Identifier   string            `json:"identifier,omitempty"`
	Team         string            `json:"team,omitempty"`
	Entitlements map[string]string `json:"entitlements,omitempty"`
	Problem      string            `json:"problem,omitempty"`
}

func newShownFile(e audit.Entry, sets []abi.TargetSet, symbols bool) shownFile {
	f := shownFile{File: report.NewFile(audit.Judge(e))}
	switch {
	case e.ELF != nil:
		f.Facts, f.LuaJIT = newELFFacts(e.ELF, symbols), newLuaJITFacts(e.ELF.LuaJIT)
		f.Extensions = newExtensionFacts(e.ELF.Extensions, e.ELF.Name)
	case e.MachO != nil:
		f.Facts, f.LuaJIT = newMachOFacts(e.MachO, symbols), newLuaJITFacts(e.MachO.LuaJIT)
		f.Extensions = newExtensionFacts(e.MachO.Extensions, e.MachO.Name)
	case e.Package != nil:
		f.Facts = newPackageFacts(e.Package)
		return f
	case e.Bytecode != nil:
		f.Facts = newBytecodeFact(*e.Bytecode)
		return f
	default:
		return f
	}
	fit, ok := audit.FitOf(e, sets)
	if !ok {
		return f
	}
	f.Targets = &fitTarget{Satisfied: notNull(fit.Satisfied), Unjudged: notNull(fit.Unjudged)}
	if fit.Next != "" {
		f.Targets.Next = &nextTarget{fit.Next, fit.Because}
	}
	return f
}

func newELFFacts(f *elfcheck.File, symbols bool) elfFacts {
	kind := string(f.Kind)
	if f.KernelModule {
		kind = "kernel module"
	}
	facts := elfFacts{
		Class: f.Class, Machine: f.Machine.String(), Kind: kind,
		Packed: f.Packed, Interpreter: f.Interpreter, SOName: f.SOName,
		Needed: notNull(f.Needed), RPath: notNull(f.RPath), RunPath: notNull(f.RunPath),
		Flags: dynamicFlags(f), Libc: string(f.Libc),
		Needs: []versionNeed{}, Defs: []string{},
		Imports: f.ImportCount, Exports: f.ExportCount,
		BuildID: f.Notes.BuildID, LuaJIT: newLuaJITFacts(f.LuaJIT),
	}
	for _, n := range f.VersionNeeds {
		facts.Needs = append(facts.Needs, versionNeed{n.File, n.Version, n.Weak, notNull(n.Symbols)})
	}
	for _, d := range f.VersionDefs {
		facts.Defs = append(facts.Defs, d.Name)
	}
	if f.Go != nil {
		facts.Go = &goFacts{f.Go.Version, f.Go.Path, f.Go.Settings}
	}
	if symbols {
		facts.Imported, facts.Exported = symbolNames(f.Imports), symbolNames(f.Exports)
	}
	return facts
}

// symbolNames writes symbols as ld does: a version that is not the default of
// its name, or is asked for, stands after one @.
func symbolNames(symbols []elfcheck.Symbol) []string {
	names := make([]string, len(symbols))
	for i, s := range symbols {
		names[i] = s.Name
		switch {
		case s.Version == "":
		case s.Hidden || s.Library != "":
			names[i] += "@" + s.Version
		default:
			names[i] += "@@" + s.Version
		}
	}
	return names
}

// dynamicFlags names the flags of DT_FLAGS and DT_FLAGS_1.
func dynamicFlags(f *elfcheck.File) []string {
	flags := []string{}
	if f.DynFlags != 0 {
		flags = append(flags, strings.Split(elf.DynFlag.String(f.DynFlags), "+")...)
	}
	if f.DynFlags1 != 0 {
		flags = append(flags, strings.Split(elf.DynFlag1.String(f.DynFlags1), "+")...)
	}
	return flags
}

func newMachOFacts(f *machocheck.File, symbols bool) machoFacts {
	facts := machoFacts{
		Kind: string(f.Kind), Arch: f.Arch, MinOS: string(f.MinOS), SDK: string(f.SDK), UUID: f.UUID,
		Dylibs: []dylibFacts{}, InstallName: f.ID.Name, RPaths: notNull(f.RPaths), Environment: f.Environment, Options: f.LinkerOptions, Segments: []segmentFacts{},
		Imports: len(f.Imports), Exports: len(f.Exports), LuaJIT: newLuaJITFacts(f.LuaJIT),
	}
	for _, d := range f.Dylibs {
		facts.Dylibs = append(facts.Dylibs, dylibFacts{d.Name, string(d.Current), string(d.Compatibility), cmp.Or(string(d.Link), "normal")})
	}
	for _, s := range f.Segments {
		facts.Segments = append(facts.Segments, segmentFacts{s.Name, s.Addr, s.Size, s.Offset, s.FileSize, s.InitProt.String(), s.MaxProt.String()})
	}
	if s := f.Signature; s.Present {
		facts.Signature = &signatureFacts{
			AdHoc: s.Flags&machocheck.AdHoc != 0, Hardened: s.Flags&machocheck.HardenedRuntime != 0,
			Linker: s.Flags&machocheck.LinkerSigned != 0, Validation: s.Flags&machocheck.LibraryValidation != 0,
			Certificate: s.CMS, Identifier: s.Identifier, Team: s.Team, Entitlements: s.Entitlements, Problem: s.Problem,
		}
	}
	if f.Go != nil {
		facts.Go = &goFacts{f.Go.Version, f.Go.Path, f.Go.Settings}
	}
	if symbols {
		facts.Exported = f.Exports
		for _, i := range f.Imports {
			facts.Imported = append(facts.Imported, i.Name)
		}
	}
	return facts
}

func newLuaJITFacts(info *luajit.Info) *luajitFacts {
	if info == nil {
		return nil
	}
	return &luajitFacts{
		Role: string(info.Role), Version: info.Version,
		GC64: answer(info.GC64), JIT: answer(info.JIT), FFI: answer(info.FFI),
		DualNum: answer(info.DualNum), Hardened: answer(info.Hardened), Evidence: notNull(info.Evidence),
	}
}

func answer(a luajit.Answer) string {
	switch a {
	case luajit.Yes:
		return "yes"
	case luajit.No:
		return "no"
	}
	return "unknown"
}
