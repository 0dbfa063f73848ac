package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

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
would (glibc's ld.so or musl's), and gives its verdict, without running anything:
which libraries it finds, whether versions and symbols bind, at what it stops.

A program is started; a shared object is opened by dlopen with RTLD_NOW from a
bare program, or from the one that --host names. A file is one of the user space if
it lies below its directory, if only the user space has it, or with --inside. Any
other lies outside, and $ORIGIN is the directory that it lies in. The user has no
privileges, the working directory is /, and the environment is empty.

Exit codes: 0 every file loads, 1 one does not, 2 usage, 3 no verdict on one, or
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
	c.Flags().StringVar(&format, "format", formatText, "text or jsonl (a line for each file)")
	c.Flags().BoolVar(&f.explain, "explain", false, "print every place that was looked at, in order")
	complete(c, "format", formatText, formatJSONL)
	return c
}

// A loaded is the answer about one file.
type loaded struct {
	File     string        `json:"file"`
	Verdict  ldso.Verdict  `json:"verdict"`
	Category ldso.Category `json:"category,omitempty"`
	Object   string        `json:"object,omitempty"`
	Message  string        `json:"message,omitempty"`
	Why      string        `json:"why,omitempty"`

	process *ldso.Process
	escaped []abi.Finding // further libraries from outside --within
	err     error
}

func load(ctx context.Context, f loadFlags, paths []string, format string, stdout io.Writer) error {
	worst := exitClean
	err := f.each(ctx, paths, func(l loaded) error {
		worst = max(worst, l.code())
		if format == formatJSONL {
			return writeJSON(stdout, "", l)
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
	if len(paths) == 0 {
		return errors.New("want at least one file or directory")
	}
	s, err := openSpace(f.root, f.image)
	if err != nil {
		return err
	}
	defer s.close()
	found := false
	for _, source := range f.sources(s, paths) {
		for e := range audit.Read(ctx, []audit.Source{source}, audit.Want{}) {
			if e.Member != "" {
				continue // no loader is given a member of an archive
			}
			found = true
			if err := do(f.one(s, request, source, e)); err != nil {
				return unchecked(err)
			}
		}
	}
	if err := context.Cause(ctx); err != nil {
		return unchecked(err)
	}
	if !found {
		return unchecked(audit.ErrNothing)
	}
	return nil
}

func (f *loadFlags) one(s *space, request ldso.Request, source audit.Source, e audit.Entry) loaded {
	l := loaded{File: e.Path, Verdict: ldso.Unknown}
	if source.Inside {
		request.Path = "/" + e.Path
		l.File = request.Path
	} else {
		request.Path, l.err = filepath.Abs(e.Path)
		request.Outside = true
	}
	if e.MachO != nil {
		l.err = errors.New("a Mach-O file: its loader is not modelled yet")
	}
	if l.err == nil {
		l.process, l.err = s.Load(request)
	}
	if l.err != nil {
		l.Why = l.err.Error()
		return l
	}
	l.Verdict, l.Why = l.process.Verdict(), l.process.Unknown
	if len(l.process.Failures) > 0 {
		first := l.process.Failures[0]
		l.Category, l.Object, l.Message, l.Why = first.Category, first.Object, first.Message, first.Why
		return l
	}
	if len(f.within) > 0 {
		if escaped := ldso.Within(f.within...).Check(l.process, abi.Target{}); len(escaped) > 0 {
			l.Verdict, l.Category, l.Object, l.Message = ldso.Fail, ldso.Other, escaped[0].Subject, escaped[0].Message
			l.escaped = escaped[1:]
		}
	}
	return l
}

// code is the exit code that the answer asks for.
func (l loaded) code() int {
	switch {
	case l.err != nil || l.Verdict == ldso.Unknown:
		return exitUnchecked
	case l.Verdict == ldso.Fail:
		return exitFindings
	}
	return exitClean
}

func (l loaded) writeText(w io.Writer, explain bool) error {
	var err error
	switch {
	case l.err != nil:
		_, err = fmt.Fprintf(w, "%s: no verdict: %s\n", report.Clean(l.File), report.Clean(l.Why))
	case l.Verdict == ldso.OK && l.process.Libc == "":
		_, err = fmt.Fprintf(w, "%s: ok, static\n", report.Clean(l.File))
	case l.Verdict == ldso.OK:
		_, err = fmt.Fprintf(w, "%s: ok, %s %s, %d objects\n", report.Clean(l.File), l.process.Libc, l.process.Version, len(l.process.Objects))
	case l.Verdict == ldso.Fail:
		_, err = fmt.Fprintf(w, "%s: fail, %s: %s\n", report.Clean(l.File), l.Category, report.Clean(l.Message))
	default:
		_, err = fmt.Fprintf(w, "%s: unknown: %s\n", report.Clean(l.File), report.Clean(l.Why))
	}
	if err != nil || l.process == nil {
		return err
	}
	for _, f := range l.escaped {
		if _, err := fmt.Fprintf(w, "  and %s\n", report.Clean(f.Message)); err != nil {
			return err
		}
	}
	for i, f := range l.process.Failures {
		if i > 0 {
			_, err = fmt.Fprintf(w, "  and %s: %s\n", f.Category, report.Clean(f.Message))
		}
		if f.Why != "" && err == nil {
			_, err = fmt.Fprintf(w, "      %s\n", report.Clean(f.Why))
		}
	}
	if explain && err == nil {
		return l.process.WriteTree(w, true)
	}
	return err
}
