package audit

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

// isBytecode knows dumps of LuaJIT by their magic and their version; forks have
// others.
func isBytecode(start []byte) bool {
	const n = len(luajit.BytecodeMagic)
	return len(start) > n && string(start[:n]) == luajit.BytecodeMagic && (start[n] == 1 || start[n] == 2)
}

func readBytecode(at io.ReaderAt, size int64, emit func(Entry)) error {
	b, ok, err := luajit.ReadBytecode(at, 0, size)
	if err == nil && !ok {
		err = &abi.FormatError{Format: bytecodeFormat, What: "begins as bytecode of LuaJIT: want all of it, and no flag but those known"}
	}
	if err == nil {
		emit(Entry{Format: bytecodeFormat, Bytecode: &b})
	}
	return err
}

const bytecodeFormat = "luajit-bytecode"

// A chunk is a file of bytecode with the LuaJITs that stand in the same source
// or container: in the tree that is shipped with it.
type chunk struct {
	path     string
	code     luajit.Bytecode
	runtimes []luaRuntime
}

type luaRuntime struct {
	path string
	info *luajit.Info
}

var chunkRules = []abi.Rule[*chunk]{{Doc: luajit.BytecodeModeDoc, Check: checkChunk}}

// checkChunk says nothing where one of the LuaJITs loads the bytecode: it may be
// meant for that.
func checkChunk(c *chunk, _ abi.Target) []abi.Finding {
	alone := luajit.Info{Bytecode: []luajit.Bytecode{c.code}}
	for _, r := range c.runtimes {
		if r.info.Refuses(c.code) == "" {
			return nil
		}
	}
	if len(c.runtimes) == 0 {
		return nil
	}
	first := c.runtimes[0]
	where := strconv.Quote(first.path)
	if more := len(c.runtimes) - 1; more > 0 {
		where += fmt.Sprintf(", nor into the other %d here", more)
	}
	return alone.Refused(first.info, where)
}

// chunks collects the bytecode and the LuaJITs of a run.
type chunks struct {
	list     []luaFound // in their order
	runtimes map[string][]luaRuntime
}

// luaFound is what an entry has to do with that: it is either.
type luaFound struct {
	place string // the source, and the container in it; one for all named files
	named bool
	path  string
	code  *luajit.Bytecode
	info  *luajit.Info
}

func newLuaFound(c candidate, e Entry) (luaFound, bool) {
	found := luaFound{named: c.named && e.Container == "", path: e.Path, code: e.Bytecode}
	switch {
	case e.ELF != nil:
		found.info = e.ELF.LuaJIT
	case e.MachO != nil:
		found.info = e.MachO.LuaJIT
	}
	if found.code == nil && (found.info == nil || found.info.Role != luajit.Embedded || e.Member != "") {
		return found, false
	}
	if !found.named {
		found.place = c.source.root() + "\x00" + e.Container
	}
	return found, true
}

func (c *chunks) add(found []luaFound) {
	for _, f := range found {
		if f.code != nil {
			c.list = append(c.list, f)
			continue
		}
		if c.runtimes == nil {
			c.runtimes = map[string][]luaRuntime{}
		}
		c.runtimes[f.place] = append(c.runtimes[f.place], luaRuntime{f.path, f.info})
	}
}

var errNoRuntime = errors.New("bytecode of LuaJIT: there is no LuaJIT beside it to hold it against; name both, or their directory")

// judge yields a result for each file of bytecode that has a LuaJIT beside it.
// Others are passed over like what is not native, but where they were named.
func (c *chunks) judge(j *judge, yield func(abi.Result) bool) bool {
	for _, f := range c.list {
		runtimes := c.runtimes[f.place]
		r := abi.Result{Path: f.path, Format: bytecodeFormat}
		if len(runtimes) == 0 && !f.named {
			continue
		} else if len(runtimes) == 0 {
			r.Err = errNoRuntime
		}
		findings, skipped := abi.Check(j.rules.chunks, &chunk{f.path, *f.code, runtimes}, abi.Target{})
		add(&r, findings, skipped)
		if !yield(r) {
			return false
		}
	}
	return true
}
