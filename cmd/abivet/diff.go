package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/machocheck"
)

func newDiff() *cobra.Command {
	var format string
	failOn := abi.Error.String()
	var inside containerFlags
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what a newer build of a library takes from those linked with the older",
		Long: `diff compares two builds of a file, or of all files of two directories or packages:
symbols that others can link with, their versions, kinds and sizes, the soname or
install name, the platform, and what the files need. What is gone breaks the
programs that were linked with it (error) or may (warning); what came, and what is
newly needed, is a note. Debug information is not read, so the types of arguments
are not compared.

Files of directories and packages belong together by their soname or install name,
else by their path.
` + containersHelp + `
Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 usage, 3 no native
file, or one that is unreadable or damaged.`,
		Example: `  abivet diff libfoo.so.1.2 libfoo.so.1.3
  abivet diff --format jsonl libfoo1_1.2-1_amd64.deb libfoo1_1.3-1_amd64.deb`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("diff: want two files, directories or packages: the older build and the newer")
			}
			return nil
		},
		RunE: func(c *cobra.Command, paths []string) error {
			if err := oneOf("--format", format, formatText, formatJSONL); err != nil {
				return err
			}
			worst, err := abi.ParseSeverity(failOn)
			if err != nil {
				return fmt.Errorf("--fail-on: %w", err)
			}
			older, err := inside.in(audit.Files(paths[0]))
			if err != nil {
				return err
			}
			newer, err := inside.in(audit.Files(paths[1]))
			if err != nil {
				return err
			}
			return diff(c.Context(), older, newer, worst, format, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&format, "format", formatText, "text or jsonl (a line for each change)")
	c.Flags().StringVar(&failOn, "fail-on", failOn, "exit with 1 from this severity on: note, warning or error")
	inside.register(c)
	complete(c, "format", formatText, formatJSONL)
	complete(c, "fail-on", "note", "warning", "error")
	return c
}

func diff(ctx context.Context, older, newer []audit.Source, failOn abi.Severity, format string, stdout io.Writer) error {
	was, err := builds(ctx, older)
	if err != nil {
		return unchecked(err)
	}
	is, err := builds(ctx, newer)
	if err != nil {
		return unchecked(err)
	}
	if len(was) == 1 && len(is) == 1 { // on another platform, say
		was[0].key = is[0].key
	}
	failed := false
	for _, p := range pairs(was, is) {
		changes := p.changes()
		for _, c := range changes {
			failed = failed || c.Severity >= failOn
		}
		if err := p.write(stdout, changes, format); err != nil {
			return unchecked(err)
		}
	}
	if failed {
		return &exit{code: exitFindings}
	}
	return nil
}

// A build is a file of one side, or a slice of one.
type build struct {
	audit.Entry
	key string // equal in builds of the same thing
}

// builds reads what others can link with; a program has none, and is compared
// by what it needs.
func builds(ctx context.Context, sources []audit.Source) ([]build, error) {
	var all []build
	root := sources[0].Path
	want := audit.Want{ELF: elfcheck.WantExports, MachO: machocheck.WantSymbols}
	for e := range audit.Read(ctx, sources, want) {
		place := strings.TrimPrefix(e.Path, root)
		switch {
		case e.Err != nil:
			return nil, fmt.Errorf("%s: %w", e.Path, e.Err)
		case e.ELF != nil && e.ELF.Packed != "":
			return nil, errPacked(e)
		case e.ELF != nil && e.Member == "" && e.ELF.Kind != elfcheck.DebugInfo:
			all = append(all, build{e, key(place, e.ELF.SOName) + " " + e.ELF.Platform.String()})
		case e.MachO != nil && e.Member == "" && e.MachO.Kind != machocheck.DebugInfo:
			all = append(all, build{e, key(place, e.MachO.ID.Name) + " " + e.MachO.Platform.OS + "/" + e.MachO.Arch})
		}
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no native file found that others link with or run", root)
	}
	return all, nil
}

// key is what a file is called below a directory. Of two files that were named
// themselves it does not matter.
func key(place, name string) string {
	if place == "" {
		return ""
	}
	return path.Join(path.Dir(place), path.Base(cmp.Or(name, place)))
}

// A pair is the same thing in both builds; one of them is nil where it is gone
// or came.
type pair struct{ old, new *build }

// pairs keeps the order of the older side, and puts behind it what came. Of
// several of one key each belongs to one of the other side.
func pairs(was, is []build) []pair {
	var all []pair
	waiting := map[string][]*build{}
	for i := range is {
		waiting[is[i].key] = append(waiting[is[i].key], &is[i])
	}
	taken := map[*build]bool{}
	for i := range was {
		p := pair{old: &was[i]}
		if w := waiting[was[i].key]; len(w) > 0 {
			p.new, waiting[was[i].key] = w[0], w[1:]
			taken[w[0]] = true
		}
		all = append(all, p)
	}
	for i := range is {
		if !taken[&is[i]] {
			all = append(all, pair{new: &is[i]})
		}
	}
	return all
}

func (p pair) changes() []abi.Change {
	switch {
	case p.new == nil:
		return []abi.Change{{Severity: abi.Error, What: "file", Name: p.old.Path, Old: p.old.Format, Why: "the newer build has no such file"}}
	case p.old == nil:
		return []abi.Change{{Severity: abi.Note, What: "file", Name: p.new.Path, New: p.new.Format}}
	case p.old.ELF != nil && p.new.ELF != nil:
		return elfcheck.Changes(p.old.ELF, p.new.ELF)
	case p.old.MachO != nil && p.new.MachO != nil:
		return machocheck.Changes(p.old.MachO, p.new.MachO)
	}
	return []abi.Change{{Severity: abi.Error, What: "format", Old: p.old.Format, New: p.new.Format, Why: "the loader takes no file of another format"}}
}

// name is what the newer build is called, with the slice where there are several.
func (p pair) name() string {
	b := cmp.Or(p.new, p.old)
	if b.MachO != nil && len(b.Slices) > 1 {
		return b.Path + " (" + b.MachO.Arch + ")"
	}
	return b.Path
}

// A changeJSON is a line of JSON.
type changeJSON struct {
	Schema   string `json:"schema"`
	File     string `json:"file"`
	Severity string `json:"severity"`
	What     string `json:"what"`
	Name     string `json:"name"`
	Old      string `json:"old"`
	New      string `json:"new"`
	Why      string `json:"why"`
}

func (p pair) write(w io.Writer, changes []abi.Change, format string) error {
	if format == formatJSONL {
		for _, c := range changes {
			err := writeJSON(w, "", changeJSON{report.Schema, p.name(), c.Severity.String(), c.What, c.Name, c.Old, c.New, c.Why})
			if err != nil {
				return err
			}
		}
		return nil
	}
	var b strings.Builder
	count := map[abi.Severity]int{}
	for _, c := range changes {
		count[c.Severity]++
		fmt.Fprintf(&b, "  %-7s %s\n", c.Severity, report.Clean(changeLine(c)))
	}
	_, err := fmt.Fprintf(w, "%s: %s, %s, %s\n%s", report.Clean(p.name()), numbered(count[abi.Error], "error"),
		numbered(count[abi.Warning], "warning"), numbered(count[abi.Note], "note"), b.String())
	return err
}

func changeLine(c abi.Change) string {
	line := c.What
	if c.Name != "" {
		line += " " + c.Name
	}
	switch {
	case c.New == "" && c.Name != "":
		line += " is gone"
	case c.Old == "" && c.Name != "":
		line += " is new"
	default:
		line += fmt.Sprintf(" was %s, is %s", cmp.Or(c.Old, "none"), cmp.Or(c.New, "none"))
	}
	if c.Why != "" {
		line += ": " + c.Why
	}
	return line
}
