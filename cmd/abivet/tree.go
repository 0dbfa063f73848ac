package main

import (
	"io"

	"github.com/spf13/cobra"
)

func newTree() *cobra.Command {
	var f loadFlags
	var format string
	c := &cobra.Command{
		Use:   "tree --root DIR|IMAGE FILE...",
		Short: "Show which libraries a file brings, and what brings them",
		Long: `tree lays a file out in a user space as load does, and prints what brings what:
as text, as a graph for Graphviz (dot) or as a Mermaid flow chart. What the loader
does not find is marked.

Exit codes are those of load.`,
		Example: `  abivet tree --root rootfs/ /usr/bin/git
  abivet tree --root rootfs/ --format dot app | dot -Tsvg > app.svg`,
		RunE: func(c *cobra.Command, paths []string) error {
			if err := oneOf("--format", format, formatText, "dot", "mermaid"); err != nil {
				return err
			}
			stdout, worst := c.OutOrStdout(), exitClean
			err := f.each(c.Context(), paths, func(l loaded) error {
				worst = max(worst, l.code())
				return l.writeTree(stdout, format, f.explain)
			})
			if err == nil && worst != exitClean {
				err = &exit{code: worst}
			}
			return err
		},
	}
	f.register(c)
	f.mac.register(c)
	c.Flags().StringVar(&format, "format", formatText, "text, dot or mermaid")
	c.Flags().BoolVar(&f.explain, "explain", false, "print every place that was looked at (text)")
	complete(c, "format", formatText, "dot", "mermaid")
	return c
}

func (l loaded) writeTree(w io.Writer, format string, explain bool) error {
	switch {
	case l.process == nil:
		return l.writeText(w, false)
	case format == "dot":
		return l.process.WriteDOT(w)
	case format == "mermaid":
		return l.process.WriteMermaid(w)
	}
	return l.process.WriteTree(w, explain)
}
