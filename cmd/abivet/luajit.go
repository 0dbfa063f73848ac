package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
)

func newLuaJIT() *cobra.Command {
	var format string
	var jobs int
	var execute bool
	var inside containerFlags
	c := &cobra.Command{
		Use:   "luajit [--run] PATH...",
		Short: "Say whether a LuaJIT is in a file, which one and in which mode",
		Long: `luajit says of each ELF and Mach-O file what it has to do with LuaJIT:

  embedded  the VM's own code is in the file
  linked    it needs a libluajit
  mentions  it says the name, no more
  none

and of a LuaJIT its version, whether it is built with GC64, JIT, FFI, DUALNUM
and for Apple's hardened runtime (yes, no or unknown), and by what that is
known. A universal file is answered by slice, a static archive by member and,
without a member, as a whole. Bytecode that luajit -b or string.dump wrote is
told where it stands in such a file or is one by itself.
` + containersHelp + `
No file is executed, but with --run: then libraries that embed a LuaJIT are
loaded by the program abivet-luajit-probe, which is looked for beside abivet and
in PATH. What it reads of the running LuaJIT is told beside the rest. Code of
the library runs: do that to libraries you trust.

Exit codes: 0 answered, whatever the answer, 2 usage, 3 no native file, one that
is unreadable or damaged, or --run without the probe.`,
		Example: `  abivet luajit /usr/bin/nvim
  abivet luajit --format jsonl vendor/
  abivet luajit --run libluajit-5.1.so.2`,
		RunE: func(c *cobra.Command, paths []string) error {
			if err := oneOf("--format", format, formatText, formatJSON, formatJSONL); err != nil {
				return err
			}
			if jobs < 0 {
				return fmt.Errorf("--jobs %d: want 0 or more", jobs)
			}
			if len(paths) == 0 {
				return errors.New("luajit: want at least one file or directory")
			}
			sources, err := inside.in(audit.Files(paths...))
			if err != nil {
				return err
			}
			l := luajitRun{format: format, jobs: jobs, out: c.OutOrStdout()}
			if execute {
				l.probe = findProbe()
			}
			return l.all(c.Context(), sources)
		},
	}
	c.Flags().StringVar(&format, "format", formatText, "text, json or jsonl (a line for each file)")
	c.Flags().IntVar(&jobs, "jobs", 0, jobsHelp)
	c.Flags().BoolVar(&execute, "run", false, "load libraries that embed a LuaJIT, and ask it")
	inside.register(c)
	complete(c, "format", formatText, formatJSON, formatJSONL)
	return c
}

// A luajitRun is one run of the command.
type luajitRun struct {
	format string
	out    io.Writer
	jobs   int
	probe  *probeProgram // nil where nothing is to be executed

	answers []luajitAnswer // for json alone
	count   map[string]int // by role
	said    bool
	bad     bool
}

func (l *luajitRun) all(ctx context.Context, sources []audit.Source) error {
	l.count = map[string]int{}
	for _, source := range sources {
		for a := range luajitAnswers(ctx, source, l.jobs) {
			if err := l.tell(ctx, a); err != nil {
				return unchecked(err)
			}
		}
	}
	if err := context.Cause(ctx); err != nil {
		return unchecked(err)
	}
	if err := l.finish(); err != nil {
		return unchecked(err)
	}
	switch {
	case len(l.count) == 0 && !l.bad:
		return unchecked(audit.ErrNothing)
	case l.probe != nil && l.probe.missing != nil:
		return unchecked(l.probe.missing)
	case l.bad:
		return unchecked(nil)
	}
	return nil
}

// tell writes an answer, or keeps it where all are written at once.
func (l *luajitRun) tell(ctx context.Context, a luajitAnswer) error {
	if a.Error != "" {
		l.bad = true
	} else if !a.part {
		l.count[a.Role]++
	}
	if l.probe != nil && a.canRun {
		a.Run = l.probe.ask(ctx, a.File)
		l.bad = l.bad || a.Run == nil || a.Run.Error != ""
	}
	switch l.format {
	case formatJSON:
		l.answers = append(l.answers, a)
		return nil
	case formatJSONL:
		return writeJSON(l.out, "", struct {
			Schema string `json:"schema"`
			luajitAnswer
		}{report.Schema, a})
	}
	text := a.text()
	l.said = l.said || text != ""
	_, err := io.WriteString(l.out, text)
	return err
}

func (l *luajitRun) finish() error {
	switch l.format {
	case formatJSON:
		return writeJSON(l.out, "  ", struct {
			Schema string         `json:"schema"`
			Files  []luajitAnswer `json:"files"`
		}{report.Schema, notNull(l.answers)})
	case formatText:
		_, err := io.WriteString(l.out, l.summary())
		return err
	}
	return nil
}
