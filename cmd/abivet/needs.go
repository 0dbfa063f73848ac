package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/elfcheck"
)

func newNeeds() *cobra.Command {
	var format string
	var symbols bool
	var inside containerFlags
	c := &cobra.Command{
		Use:   "needs PATH...",
		Short: "List what a set of files asks of a user space",
		Long: `needs lists what the ELF files among the paths ask of a user space, taken together:
loaders, libraries, symbol versions and, with --symbols, symbols. What one of the
files has for another (a library of the set, by its soname) is not asked of the user
space. The list is sorted, a need a line, so that two of them can be compared.
` + containersHelp + `
Exit codes: 0 listed, 2 usage, 3 no ELF file, or one that is unreadable or damaged.`,
		Example: `  abivet needs dist/ > needs.txt
  abivet needs --format json /opt/app`,
		RunE: func(c *cobra.Command, paths []string) error {
			if err := oneOf("--format", format, formatText, formatJSON); err != nil {
				return err
			}
			if len(paths) == 0 {
				return errors.New("needs: want at least one file or directory")
			}
			sources, err := inside.in(audit.Files(paths...))
			if err != nil {
				return err
			}
			return needs(c.Context(), sources, format, symbols, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&format, "format", formatText, "text or json")
	c.Flags().BoolVar(&symbols, "symbols", false, "list the symbols too")
	inside.register(c)
	complete(c, "format", formatText, formatJSON)
	return c
}

// A want is one thing that is asked of a user space.
type want struct {
	Kind    string   `json:"kind"` // interpreter, library, version, symbol
	Library string   `json:"library,omitempty"`
	Name    string   `json:"name"`
	By      []string `json:"by"` // the files that ask
}

func (n want) line() string {
	parts := []string{n.Kind}
	if n.Library != "" {
		parts = append(parts, n.Library)
	}
	return strings.Join(append(parts, n.Name), " ")
}

func needs(ctx context.Context, sources []audit.Source, format string, symbols bool, stdout io.Writer) error {
	var facts elfcheck.Want
	if symbols {
		facts = elfcheck.WantImports
	}
	set := map[string]*want{}
	own := map[string]bool{}
	found := false
	for e := range audit.Read(ctx, sources, audit.Want{ELF: facts}) {
		switch {
		case e.Err != nil:
			return unchecked(fmt.Errorf("%s: %w", e.Path, e.Err))
		case e.ELF != nil && e.ELF.Packed != "":
			return unchecked(errPacked(e))
		case e.ELF != nil:
			found = true
			own[e.ELF.SOName] = true
			collect(set, e, symbols)
		}
	}
	if err := context.Cause(ctx); err != nil {
		return unchecked(err)
	}
	if !found {
		return unchecked(errors.New("no ELF file found"))
	}
	return writeNeeds(stdout, set, own, format)
}

// errPacked is of a program that does not say what it asks for.
func errPacked(e audit.Entry) error {
	return fmt.Errorf("%s: is packed by %s, and shows nothing of what it needs: unpack it", e.Path, e.ELF.Packed)
}

// collect adds what one file asks for.
func collect(set map[string]*want, e audit.Entry, symbols bool) {
	ask := func(n want) {
		key := n.line()
		if set[key] == nil {
			set[key] = &n
		}
		if by := &set[key].By; !slices.Contains(*by, e.Path) {
			*by = append(*by, e.Path)
		}
	}
	f := e.ELF
	if f.Interpreter != "" {
		ask(want{Kind: "interpreter", Name: f.Interpreter})
	}
	for _, name := range f.Needed {
		ask(want{Kind: "library", Name: name})
	}
	for _, v := range f.VersionNeeds {
		if !v.Weak {
			ask(want{Kind: "version", Library: v.File, Name: v.Version})
		}
	}
	if symbols {
		for _, s := range f.Imports {
			name := s.Name
			if s.Version != "" {
				name += "@" + s.Version
			}
			ask(want{Kind: "symbol", Library: s.Library, Name: name})
		}
	}
}

func writeNeeds(w io.Writer, set map[string]*want, own map[string]bool, format string) error {
	list := []want{}
	for _, n := range set {
		if n.Kind == "library" && own[n.Name] || n.Library != "" && own[n.Library] {
			continue
		}
		list = append(list, *n)
	}
	slices.SortFunc(list, func(a, b want) int { return strings.Compare(a.line(), b.line()) })
	if format == formatJSON {
		return writeJSON(w, "  ", struct {
			Schema string `json:"schema"`
			Needs  []want `json:"needs"`
		}{report.Schema, list})
	}
	for _, n := range list {
		if _, err := fmt.Fprintln(w, report.Clean(n.line())); err != nil {
			return unchecked(err)
		}
	}
	return nil
}
