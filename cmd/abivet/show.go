package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/abi/targets"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/machocheck"
)

func newShow() *cobra.Command {
	var format string
	var symbols bool
	var inside containerFlags
	c := &cobra.Command{
		Use:   "show [--symbols] PATH...",
		Short: "Show what a file says of itself and which targets it satisfies",
		Long: `show prints the facts of a file, for each slice where it is universal and for
each member where it is a static archive: what it needs, of which versions, and
where it looks for it. Then, the newest first, the targets it satisfies, and
what stands in the way of the next older one. A glibc is newer than another, a
musl is not: only targets of a kind are compared.
` + containersHelp + `
Exit codes: 0 shown, 2 usage, 3 no native file, or one that is unreadable or
damaged.`,
		Example: `  abivet show /bin/ls
  abivet show --symbols --format json libfoo.so`,
		RunE: func(c *cobra.Command, paths []string) error {
			if err := oneOf("--format", format, formatText, formatJSON, formatJSONL); err != nil {
				return err
			}
			if len(paths) == 0 {
				return errors.New("show: want at least one file")
			}
			sources, err := inside.in(audit.Files(paths...))
			if err != nil {
				return err
			}
			return show(c.Context(), sources, format, symbols, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&format, "format", formatText, "text, json or jsonl (a line for each file)")
	c.Flags().BoolVar(&symbols, "symbols", false, "list the imported and exported symbols too")
	inside.register(c)
	complete(c, "format", formatText, formatJSON, formatJSONL)
	return c
}

func show(ctx context.Context, sources []audit.Source, format string, symbols bool, stdout io.Writer) error {
	want := audit.Want{
		ELF:   elfcheck.WantSymbols | elfcheck.WantRelocations | elfcheck.WantLuaJIT | elfcheck.WantMentions | elfcheck.WantGo | elfcheck.WantExtensions,
		MachO: machocheck.WantAll,

		Packages: true,
		Bytecode: true,
	}
	sets := allTargets()
	shown := []shownFile{}
	bad := 0
	for e := range audit.Read(ctx, sources, want) {
		f := newShownFile(e, sets, symbols)
		if e.Err != nil {
			bad++
		}
		if format == formatJSON {
			shown = append(shown, f)
			continue
		}
		if err := f.write(stdout, format); err != nil {
			return unchecked(err)
		}
		shown = append(shown, shownFile{}) // counted
	}
	if err := context.Cause(ctx); err != nil {
		return unchecked(err)
	}
	if format == formatJSON {
		doc := struct {
			Schema string      `json:"schema"`
			Files  []shownFile `json:"files"`
		}{report.Schema, shown}
		if err := writeJSON(stdout, "  ", doc); err != nil {
			return unchecked(err)
		}
	}
	switch {
	case len(shown) == 0:
		return unchecked(audit.ErrNothing)
	case bad > 0:
		return unchecked(nil)
	}
	return nil
}

func allTargets() []abi.TargetSet {
	var sets []abi.TargetSet
	for _, r := range targets.All() {
		sets = append(sets, r.Targets)
	}
	return sets
}

func (f shownFile) write(w io.Writer, format string) error {
	if format == formatJSONL {
		return writeJSON(w, "", struct {
			Schema string `json:"schema"`
			shownFile
		}{report.Schema, f})
	}
	_, err := io.WriteString(w, f.text())
	return err
}
