package main

import (
	"context"
	"iter"
	"os"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

var luajitWant = audit.Want{
	ELF:      elfcheck.WantLuaJIT | elfcheck.WantMentions,
	MachO:    machocheck.WantLuaJIT | machocheck.WantMentions,
	Bytecode: true,
}

// luajitAnswers yields one answer for each file and slice, and for an archive
// that of the whole before those of its members.
func luajitAnswers(ctx context.Context, source audit.Source, jobs int) iter.Seq[luajitAnswer] {
	want := luajitWant
	want.Workers = jobs
	return func(yield func(luajitAnswer) bool) {
		info, err := os.Stat(source.Path)
		named := err != nil || !info.IsDir()
		var archive []audit.Entry
		flush := func() bool {
			for _, a := range archiveAnswers(archive) {
				a.named = named
				if !yield(a) {
					return false
				}
			}
			archive = nil
			return true
		}
		for e := range audit.Read(ctx, []audit.Source{source}, want) {
			if len(archive) > 0 && (e.Member == "" || e.Path != archive[0].Path) && !flush() {
				return
			}
			if e.Member != "" {
				archive = append(archive, e)
				continue
			}
			a := newLuaJITAnswer(e)
			a.named = named && e.Container == ""
			a.canRun = a.canRun && e.Container == "" // it is no file that could be loaded
			if !yield(a) {
				return
			}
		}
		flush()
	}
}

// archiveAnswers joins members of one platform. Those of a universal archive
// have the slice before their name.
func archiveAnswers(entries []audit.Entry) []luajitAnswer {
	var platforms []abi.Platform
	for _, e := range entries {
		if e.Err == nil && !slices.Contains(platforms, e.Platform()) {
			platforms = append(platforms, e.Platform())
		}
	}
	var answers []luajitAnswer
	for _, p := range platforms {
		var members []luajit.Member
		slice := ""
		for _, e := range entries {
			if e.Err == nil && e.Platform() == p {
				members = append(members, luajit.Member{Name: e.Member, Info: infoOf(e)})
				if len(platforms) > 1 && e.MachO != nil {
					slice = e.MachO.Arch
				}
			}
		}
		whole := luajitAnswer{File: entries[0].Path, Member: slice, Platform: p}
		whole.set(luajit.Join(p, members))
		answers = append(answers, whole)
	}
	for _, e := range entries {
		a := newLuaJITAnswer(e)
		a.part = true
		if len(platforms) > 1 && e.MachO != nil {
			a.Member = e.MachO.Arch + "/" + a.Member
		}
		answers = append(answers, a)
	}
	return answers
}

func infoOf(e audit.Entry) *luajit.Info {
	switch {
	case e.ELF != nil:
		return e.ELF.LuaJIT
	case e.MachO != nil:
		return e.MachO.LuaJIT
	case e.Bytecode != nil:
		return &luajit.Info{Role: luajit.None, Bytecode: []luajit.Bytecode{*e.Bytecode}, Evidence: []string{e.Bytecode.String()}}
	}
	return nil
}
