package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/elfcheck/ldso"
)

func newLoad() *cobra.Command {
	var f loadFlags
	var format string
	c := &cobra.Command{
		Use:   "load --root DIR|IMAGE FILE...",
		Short: "Say what the dynamic loader of a user space would do with files",
		Long: `load lays out programs and shared objects in a user space as its own loader
would (glibc's ld.so, musl's or macOS's dyld), and gives its verdict, without running anything:
which libraries it finds, whether versions and symbols bind, at what it stops.

A program is started, whatever --host says; a shared object is opened by dlopen with
RTLD_NOW from a bare program, or from the one that --host names. A file is one of the user space if
it lies below its directory, if only the user space has it, or with --inside. Any
other lies outside, and $ORIGIN is the directory that it lies in. A package (a wheel,
an npm package, a zipped .app) stands for the directory that it makes when it is
unpacked there; one of Debian, Alpine or Arch is laid over the user space, as if it had been
unpacked with all others that are named, and its scripts are not run. The user has no privileges, the working directory is /, and the
environment is empty.

An extension is held against the program that --host names (rule extension-host-abi):
what a loader loads, its interpreter may still refuse.

Exit codes: 0 every file loads, 1 one does not, or its host refuses it, 2 usage, 3 no verdict on one, or
it could not be read.`,
		Example: `  abivet load --root /srv/images/bookworm /usr/bin/myserver
  abivet load --root rootfs/ --host /usr/bin/python3 build/_speedups.so
  abivet load --root rootfs/ --explain --within /opt/app /opt/app/bin/app`,
		RunE: func(c *cobra.Command, paths []string) error {
			if err := oneOf("--format", format, formatText, formatJSONL); err != nil {
				return err
			}
			return load(c.Context(), f, paths, format, c.OutOrStdout())
		},
	}
	f.register(c)
	f.mac.register(c)
	c.Flags().StringVar(&format, "format", formatText, "text or jsonl (a line for each file)")
	c.Flags().BoolVar(&f.explain, "explain", false, "print every place that was looked at, in order")
	complete(c, "format", formatText, formatJSONL)
	return c
}

// A loaded is the answer about one file, or one slice of a universal one.
type loaded struct {
	File      string   `json:"file"`
	Arch      string   `json:"arch,omitempty"` // of a Mach-O file
	Verdict   verdict  `json:"verdict"`
	Category  string   `json:"category,omitempty"`
	Object    string   `json:"object,omitempty"`
	Message   string   `json:"message,omitempty"`
	Why       string   `json:"why,omitempty"`
	Host      []string `json:"host,omitempty"` // why the program of --host refuses what the loader loads
	NotJudged []string `json:"not_judged,omitempty"`

	asked    string // which path named it, and where below: the same in any user space
	other    bool   // the process has another slice of the file
	hostless bool   // a symbol is missing that the program which opens it may have, and none was named
	process  process
	summary  string // of a file that loads
	failures []failure
	escaped  []abi.Finding // further libraries from outside --within
	err      error
}

func load(ctx context.Context, f loadFlags, paths []string, format string, stdout io.Writer) error {
	worst := exitClean
	f.mac.hashes = true // a verdict is worth reading the files from end to end
	err := f.each(ctx, paths, func(l loaded) error {
		worst = max(worst, l.code())
		if format == formatJSONL {
			return l.writeJSON(stdout)
		}
		return l.writeText(stdout, f.explain)
	})
	if err != nil {
		return err
	}
	if worst != exitClean {
		return &exit{code: worst}
	}
	return nil
}

// each loads every file that the paths name or hold, in their order.
func (f *loadFlags) each(ctx context.Context, paths []string, do func(loaded) error) error {
	request, err := f.request()
	if err != nil {
		return err
	}
	request.Brief = f.host == "" // no rule is asked but what a host holds against its extension
	macRequest, err := f.macRequest()
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return errors.New("want at least one file or directory")
	}
	s, err := openSpace(f.root, f.image)
	if err != nil {
		return err
	}
	defer func() { s.close() }()
	if err := s.openSDK(f.mac); err != nil {
		return err
	}
	found, other := false, ""
	sources := f.sources(s, paths)
	if err := s.unpack(sources); err != nil {
		return unchecked(err)
	}
	for i, source := range sources {
		for e := range audit.Read(ctx, []audit.Source{source}, audit.Want{Workers: 1}) { // to lay a file out takes longer than to find it
			if e.Member != "" {
				continue // no loader is given a member of an archive
			}
			var l loaded
			switch {
			case e.MachO == nil:
				l = f.one(s, request, source, e)
			case !f.mac.wants(e.MachO):
				other = e.MachO.Arch
				continue
			default:
				if l = f.oneMachO(s, macRequest, source, e); l.other {
					continue // the program of --host takes another slice, which comes too
				}
			}
			found = true
			l.asked = fmt.Sprintf("%d %s %s", i, strings.TrimPrefix(e.Path, source.Path), l.Arch)
			if err := do(l); err != nil {
				return unchecked(err)
			}
		}
	}
	if err := context.Cause(ctx); err != nil {
		return unchecked(err)
	}
	switch {
	case !found && other != "":
		return unchecked(fmt.Errorf("--arch %s: no slice is for it; there is one for %s", f.mac.arch, other))
	case !found:
		return unchecked(audit.ErrNothing)
	}
	return nil
}

func (f *loadFlags) one(s *space, request ldso.Request, source audit.Source, e audit.Entry) loaded {
	l := loaded{File: e.Path, Verdict: unknown}
	l.File, request.Path, request.Outside, l.err = place(source, e)
	if l.err == nil && e.Err != nil && e.Format != "elf" && e.Format != "" {
		l.err = e.Err // a damaged ELF file is for the loader to word
	}
	if l.err == nil {
		var p *ldso.Process
		if p, l.err = spaceOf(s, source).Load(request); l.err == nil {
			l.take(p)
			l.hostless = p.Plugin && f.host == "" && l.Category == string(ldso.MissingSymbol)
			l.within(f, func() []abi.Finding { return ldso.Within(f.within...).Check(p, abi.Target{}) })
		}
		if errors.Is(l.err, abi.ErrFormat) && e.Err != nil {
			l.err = e.Err // which says what it is
		}
	}
	if l.err != nil {
		l.Why = l.err.Error()
	}
	return l
}

// spaceOf is the user space that a file is loaded in: with the package that it
// is of, where that is installed.
func spaceOf(s *space, source audit.Source) *ldso.Space {
	if p, ok := source.FS.(*unpacked); ok && p.in != nil {
		return p.in
	}
	return s.Space
}

// place is what a file is called, and its path in the user space or outside.
func place(source audit.Source, e audit.Entry) (name, path string, outside bool, err error) {
	if source.Inside {
		return "/" + e.Path, "/" + e.Path, false, nil
	}
	if p, ok := source.FS.(*unpacked); ok && p.in != nil {
		return p.arg + "!" + e.Path, "/" + e.Path, false, nil
	} else if ok {
		return p.arg + "!" + e.Path, "/" + p.name + "/" + e.Path, true, nil
	}
	path, err = filepath.Abs(e.Path)
	return e.Path, path, true, err
}

func (l loaded) writeJSON(w io.Writer) error {
	return writeJSON(w, "", struct {
		Schema string `json:"schema"`
		loaded
	}{report.Schema, l})
}

// code is the exit code that the answer asks for.
func (l loaded) code() int {
	switch {
	case l.err != nil || l.Verdict == unknown:
		return exitUnchecked
	case l.Verdict == fail || len(l.Host) > 0:
		return exitFindings
	}
	return exitClean
}

// name is the file, with the slice where there may be several.
func (l loaded) name() string {
	if l.Arch != "" {
		return l.File + " (" + l.Arch + ")"
	}
	return l.File
}

func (l loaded) writeText(w io.Writer, explain bool) error {
	var err error
	name := report.Clean(l.name())
	switch {
	case l.err != nil:
		_, err = fmt.Fprintf(w, "%s: no verdict: %s\n", name, report.Clean(l.Why))
	case l.Verdict == ok:
		_, err = fmt.Fprintf(w, "%s: ok, %s\n", name, report.Clean(l.summary))
		if l.Why != "" && err == nil {
			_, err = fmt.Fprintf(w, "  but %s\n", report.Clean(l.Why))
		}
	case l.Verdict == fail:
		_, err = fmt.Fprintf(w, "%s: fail, %s: %s\n", name, l.Category, oneLine(l.Message))
	default:
		_, err = fmt.Fprintf(w, "%s: unknown: %s\n", name, report.Clean(l.Why))
	}
	if err != nil || l.process == nil {
		return err
	}
	for _, f := range l.escaped {
		if _, err := fmt.Fprintf(w, "  and %s\n", report.Clean(f.Message)); err != nil {
			return err
		}
	}
	for i, f := range l.failures {
		if i > 0 {
			_, err = fmt.Fprintf(w, "  and %s: %s\n", f.Category, oneLine(f.Message))
		}
		next := i + 1 // of several in turn for one reason, the last has it
		if f.Why != "" && err == nil && (next == len(l.failures) || l.failures[next].Why != f.Why) {
			_, err = fmt.Fprintf(w, "      %s\n", report.Clean(f.Why))
		}
	}
	if l.hostless && err == nil {
		_, err = fmt.Fprintln(w, "      the program that opens it may define them: --host names it")
	}
	if err != nil {
		return err
	}
	for _, text := range l.Host {
		if _, err := fmt.Fprintf(w, "  but it %s\n", report.Clean(text)); err != nil {
			return err
		}
	}
	if explain {
		return l.process.WriteTree(w, true)
	}
	for _, text := range l.NotJudged {
		if _, err := fmt.Fprintf(w, "      not judged: %s\n", report.Clean(text)); err != nil {
			return err
		}
	}
	return nil
}

// oneLine joins the lines of a loader's message.
func oneLine(message string) string {
	return report.Clean(strings.ReplaceAll(message, "\n  ", "; "))
}
