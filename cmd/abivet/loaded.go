package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/elfcheck/ldso"
	"github.com/abivet/abivet/machocheck"
	"github.com/abivet/abivet/machocheck/dyld"
)

// A verdict is a loader's, whichever it is.
type verdict string

// The verdicts, as ldso and dyld have them.
const (
	ok      = verdict(ldso.OK)
	fail    = verdict(ldso.Fail)
	unknown = verdict(ldso.Unknown)
)

// A process is what a loader has laid out.
type process interface {
	WriteTree(w io.Writer, places bool) error
	WriteDOT(w io.Writer) error
	WriteMermaid(w io.Writer) error
}

// A failure is one thing that a loader stops at.
type failure struct{ Category, Object, Message, Subject, Why string }

// take takes the answer out of a process of ELF files.
func (l *loaded) take(p *ldso.Process) {
	l.process, l.Verdict, l.Why = p, verdict(p.Verdict()), p.Unknown
	l.summary = fmt.Sprintf("%s %s, %d objects", p.Libc, p.Version, len(p.Objects))
	if p.Libc == "" {
		l.summary = "static"
	}
	for _, f := range p.Failures {
		l.failures = append(l.failures, failure{string(f.Category), f.Object, f.Message, f.Subject, f.Why})
	}
	l.stopAtFirst()
	l.host(p.Refused())
	if l.Verdict == ok {
		l.Why = overlooked(p)
	}
}

// host takes what the program that opens an extension holds against it.
func (l *loaded) host(refused []abi.Finding, undecided string) {
	for _, f := range refused {
		l.Host = append(l.Host, f.Message)
	}
	if undecided != "" {
		l.NotJudged = append(l.NotJudged, extension.HostABIDoc.ID+": "+undecided)
	}
}

// overlooked says what in the files of a process is damaged where their loader does
// not look, or "".
func overlooked(p *ldso.Process) string {
	var all []string
	for _, o := range p.Objects {
		if o.File.Loading != nil {
			for _, what := range o.File.Loading.Overlooked {
				all = append(all, fmt.Sprintf("%s is damaged where its loader does not look: %s", strings.TrimPrefix(o.Path, ":"), what))
			}
		}
	}
	return strings.Join(all, "; ")
}

// takeMachO takes it out of a process of Mach-O files.
func (l *loaded) takeMachO(p *dyld.Process) {
	l.process, l.Verdict, l.Why, l.NotJudged = p, verdict(p.Verdict()), p.Unknown, p.NotJudged
	l.summary = fmt.Sprintf("macOS %s, %d objects", p.Release, len(p.Objects))
	for _, f := range p.Failures {
		l.failures = append(l.failures, failure{string(f.Category), f.Object, f.Message, f.Subject, f.Why})
	}
	l.stopAtFirst()
	l.host(p.Refused())
}

// stopAtFirst makes the first failure the answer.
func (l *loaded) stopAtFirst() {
	if len(l.failures) > 0 {
		f := l.failures[0]
		l.Category, l.Object, l.Message, l.Why = f.Category, f.Object, f.Message, f.Why
	}
}

// within makes libraries from outside the prefixes a failure.
func (l *loaded) within(f *loadFlags, check func() []abi.Finding) {
	if len(f.within) == 0 || len(l.failures) > 0 {
		return
	}
	if escaped := check(); len(escaped) > 0 {
		l.Verdict, l.Category, l.Object, l.Message = fail, string(ldso.Other), escaped[0].Subject, escaped[0].Message
		l.escaped = escaped[1:]
		for _, e := range escaped {
			l.failures = append(l.failures, failure{Category: string(ldso.Other), Object: e.Subject, Message: e.Message, Subject: e.Subject})
		}
	}
}

// oneMachO loads one slice.
func (f *loadFlags) oneMachO(s *space, request dyld.Request, source audit.Source, e audit.Entry) loaded {
	l := loaded{File: e.Path, Arch: e.MachO.Arch, Verdict: unknown}
	l.File, request.Path, request.Outside, l.err = place(source, e)
	request.Arch = e.MachO.Arch
	if l.err == nil {
		var p *dyld.Process
		if p, l.err = s.macho.Load(request); l.err == nil {
			l.takeMachO(p)
			l.other = !p.Loads(e.MachO)
			l.within(f, func() []abi.Finding { return dyld.Within(f.within...).Check(p, abi.Target{}) })
		}
	}
	if l.err != nil {
		l.Why = l.err.Error()
	}
	return l
}

// wants reports whether a slice is asked for.
func (f macFlags) wants(m *machocheck.File) bool {
	return f.arch == "" || f.arch == m.Arch || f.arch == m.Platform.Arch
}
