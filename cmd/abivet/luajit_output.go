package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

// A luajitAnswer is what is told of one file, slice or member. Of one that could
// not be read there is the error alone.
type luajitAnswer struct {
	File     string         `json:"file"`
	Member   string         `json:"member,omitempty"` // of an archive; of a universal file the architecture
	Platform abi.Platform   `json:"platform,omitzero"`
	Role     string         `json:"role,omitempty"`
	Version  string         `json:"version"`
	Fork     string         `json:"fork,omitempty"`
	GC64     string         `json:"gc64"`
	JIT      string         `json:"jit"`
	FFI      string         `json:"ffi"`
	DualNum  string         `json:"dualnum"`
	Hardened string         `json:"hardened"`
	Evidence []string       `json:"evidence"`
	Bytecode []bytecodeFact `json:"bytecode,omitempty"`
	Run      *probeAnswer   `json:"run,omitempty"`
	Error    string         `json:"error,omitempty"`

	named  bool // its path was asked for
	part   bool // of an archive
	canRun bool
}

type bytecodeFact struct {
	Offset     int64  `json:"offset"`
	Size       int64  `json:"size"`
	Version    int    `json:"version"`
	Flags      uint32 `json:"flags"`
	GC64       string `json:"gc64"`
	Chunk      string `json:"chunk"`
	Prototypes int    `json:"prototypes"`
}

func newLuaJITAnswer(e audit.Entry) luajitAnswer {
	a := luajitAnswer{File: e.Path, Member: e.Member, Platform: e.Platform()}
	if e.Err != nil {
		a.Error = e.Err.Error()
		a.set(nil)
		a.Role = ""
		return a
	}
	info := infoOf(e)
	a.set(info)
	embedded := info != nil && info.Role == luajit.Embedded && e.Member == ""
	switch {
	case e.ELF != nil:
		a.canRun = embedded && e.ELF.Kind == elfcheck.Shared
	case e.MachO != nil:
		a.canRun = embedded && (e.MachO.Kind == machocheck.Library || e.MachO.Kind == machocheck.Bundle)
		if e.MachO.Slice.Universal {
			a.Member = e.MachO.Arch
			// Of several slices the loader takes that for this machine.
			a.canRun = a.canRun && a.Platform == (abi.Platform{OS: runtime.GOOS, Arch: runtime.GOARCH})
		}
	}
	return a
}

func (a *luajitAnswer) set(info *luajit.Info) {
	if info == nil {
		info = &luajit.Info{Role: luajit.None}
	}
	a.Role, a.Version, a.Fork = string(info.Role), info.Version, info.Fork
	a.GC64, a.JIT, a.FFI = info.GC64.String(), info.JIT.String(), info.FFI.String()
	a.DualNum, a.Hardened = info.DualNum.String(), info.Hardened.String()
	a.Evidence = notNull(info.Evidence)
	for _, b := range info.Bytecode {
		a.Bytecode = append(a.Bytecode, newBytecodeFact(b))
	}
}

func newBytecodeFact(b luajit.Bytecode) bytecodeFact {
	return bytecodeFact{b.Offset, b.Size, b.Version, b.Flags, b.GC64().String(), b.Name, b.Prototypes}
}

// text is nothing where there is nothing to tell and nobody asked for this very
// file.
func (a luajitAnswer) text() string {
	name := a.File
	if a.Member != "" {
		name += "(" + a.Member + ")"
	}
	name = report.Clean(name)
	switch {
	case a.Error != "":
		return fmt.Sprintf("%s: could not be checked: %s\n", name, report.Clean(a.Error))
	case a.Role == string(luajit.None) && len(a.Evidence) == 0:
		if a.named && !a.part {
			return name + ": none\n"
		}
		return ""
	}
	var t facts
	line := a.Role
	if a.Role == string(luajit.None) && len(a.Bytecode) > 0 {
		line = "bytecode"
	}
	if a.Version != "" {
		line += ", version " + a.Version
	}
	if a.Fork != "" {
		line += ", of " + a.Fork
	}
	fmt.Fprintf(&t, "%s: %s\n", name, report.Clean(line))
	if a.Role == string(luajit.Embedded) || a.Role == string(luajit.Linked) {
		t.say("mode", fmt.Sprintf("gc64 %s, jit %s, ffi %s, dualnum %s, hardened %s", a.GC64, a.JIT, a.FFI, a.DualNum, a.Hardened))
	}
	t.all("evidence", a.Evidence)
	t.run(a.Run)
	return t.String()
}

// summary counts what was looked at, where that was more than one file.
func (l *luajitRun) summary() string {
	total := 0
	for _, n := range l.count {
		total += n
	}
	if total == 0 || total == 1 && l.said {
		return ""
	}
	s := "1 file"
	if total > 1 {
		s = fmt.Sprintf("%d files and slices", total)
	}
	for _, role := range []luajit.Role{luajit.Embedded, luajit.Linked, luajit.Mentions, luajit.None} {
		s += fmt.Sprintf(", %d %s", l.count[string(role)], role)
	}
	return strings.Replace(s, ",", ":", 1) + "\n"
}
