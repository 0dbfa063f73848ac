package luajit

import (
	"strconv"

	"github.com/abivet/abivet/abi"
)

// A Member is an object of a static archive.
type Member struct {
	Name string
	Info *Info // of an [Image] that is Part; nil where nothing is known
}

// Join tells what the members of an archive are together: the interpreter of
// LuaJIT is in one of its objects, the messages that tell of JIT and FFI are in
// another, the version is in a third. All are of one platform.
func Join(p abi.Platform, members []Member) *Info {
	d := detection{info: Info{Role: None}}
	whole := &d.info
	for _, m := range members {
		if m.Info == nil {
			continue
		}
		if rank[m.Info.Role] > rank[whole.Role] {
			whole.Role = m.Info.Role
		}
		if whole.Version == "" {
			whole.Version = m.Info.Version
		}
		if whole.Fork == "" {
			whole.Fork = m.Info.Fork
		}
		whole.API += m.Info.API
		whole.Bytecode = append(whole.Bytecode, m.Info.Bytecode...)
		for _, line := range m.Info.Evidence {
			d.say("member %s: %s", strconv.Quote(m.Name), line)
		}
	}
	for what, answer := range answersOf(whole) {
		var yes, no bool
		for _, m := range members {
			if m.Info != nil {
				a := *answersOf(m.Info)[what]
				yes, no = yes || a == Yes, no || a == No
			}
		}
		*answer = d.decide(questions[what], yes, no)
	}
	if p.OS == darwin && whole.Role == Embedded && whole.Hardened == Unknown {
		whole.Hardened = No
	}
	return whole
}

var rank = map[Role]int{None: 0, Mentions: 1, Linked: 2, Embedded: 3}

var questions = [...]string{"GC64", "JIT", "FFI", "DUALNUM", "hardened"}

func answersOf(i *Info) [len(questions)]*Answer {
	return [...]*Answer{&i.GC64, &i.JIT, &i.FFI, &i.DualNum, &i.Hardened}
}
