package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

var luajitWant = audit.Want{ELF: elfcheck.WantLuaJIT | elfcheck.WantMentions, MachO: machocheck.WantLuaJIT | machocheck.WantMentions}

// luajitAnswers answers what is at a path: files as audit finds them, and
// bytecode, which is no native file.
func luajitAnswers(ctx context.Context, source audit.Source) iter.Seq[luajitAnswer] {
	path := source.Path
	return func(yield func(luajitAnswer) bool) {
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() {
			if a, ok := bytecodeFile(path); ok {
				yield(a)
				return
			}
		}
		if !nativeAnswers(ctx, source, err != nil || !info.IsDir(), yield) || err != nil || !info.IsDir() {
			return
		}
		// What cannot be read has been told of already.
		filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if a, ok := bytecodeFile(name); ok && !yield(a) {
					return fs.SkipAll
				}
			}
			return ctx.Err()
		})
	}
}

// nativeAnswers yields one answer for each file and slice, and for an archive
// that of the whole before those of its members.
func nativeAnswers(ctx context.Context, source audit.Source, named bool, yield func(luajitAnswer) bool) bool {
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
	for e := range audit.Read(ctx, []audit.Source{source}, luajitWant) {
		if len(archive) > 0 && (e.Member == "" || e.Path != archive[0].Path) && !flush() {
			return false
		}
		if e.Member != "" {
			archive = append(archive, e)
			continue
		}
		a := newLuaJITAnswer(e)
		a.named = named && e.Container == ""
		a.canRun = a.canRun && e.Container == "" // it is no file that could be loaded
		if !yield(a) {
			return false
		}
	}
	return flush()
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
	}
	return nil
}

// bytecodeFile answers for a file that is a dump of bytecode; ok is false where
// it does not begin as one.
func bytecodeFile(name string) (a luajitAnswer, ok bool) {
	f, err := os.Open(name)
	if err != nil {
		return a, false
	}
	defer f.Close()
	magic := make([]byte, len(luajit.BytecodeMagic))
	if _, err := io.ReadFull(f, magic); err != nil || !bytes.Equal(magic, []byte(luajit.BytecodeMagic)) {
		return a, false
	}
	info, err := f.Stat()
	if err != nil {
		return luajitAnswer{File: name, Error: err.Error()}, true
	}
	b, whole, err := luajit.ReadBytecode(f, 0, info.Size())
	if err == nil && !whole {
		err = errors.New("begins as bytecode of LuaJIT: want all of it, of version 1 or 2 and with no flag but those known")
	}
	a = luajitAnswer{File: name}
	if err != nil {
		a.Error = err.Error()
		return a, true
	}
	a.set(&luajit.Info{Role: luajit.None, Bytecode: []luajit.Bytecode{b}, Evidence: []string{b.String()}})
	return a, true
}
