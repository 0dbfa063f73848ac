package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
)

func newExplain() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:     "explain [RULE]",
		Short:   "Explain a rule: what happens, to whom, and what mends it",
		Long:    "explain prints the documentation of a rule. Without a rule it lists all.",
		Example: "  abivet explain glibc-floor",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return ruleIDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf("--format", format, formatText, formatJSON); err != nil {
				return err
			}
			rules := audit.Rules()
			if len(args) == 1 {
				rule, err := audit.FindRule(args[0])
				if err != nil {
					return err
				}
				rules = []audit.Rule{rule}
			}
			return written(explain(c.OutOrStdout(), rules, format, len(args) == 0))
		},
	}
	c.Flags().StringVar(&format, "format", formatText, "text or json")
	complete(c, "format", formatText, formatJSON)
	return c
}

func explain(w io.Writer, rules []audit.Rule, format string, list bool) error {
	if format == formatJSON {
		return writeJSON(w, "  ", explanations(rules))
	}
	for _, r := range rules {
		if list {
			if _, err := fmt.Fprintf(w, "%-26s %-8s %s\n", r.ID, r.Severity, r.Title); err != nil {
				return err
			}
			continue
		}
		if _, err := io.WriteString(w, explanation(r)); err != nil {
			return err
		}
	}
	return nil
}

func explanation(r audit.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", r.ID, r.Title)
	fmt.Fprintf(&b, "severity: %s\njudges:   %s\n", r.Severity, strings.Join(r.Forms, ", "))
	if r.Release {
		b.WriteString("runs:     with --preset release, or where --only names it\n")
	}
	if r.Costly {
		b.WriteString("runs:     with --isa-scan, or where --only names it\n")
	}
	fmt.Fprintf(&b, "\n%s\n\nFix: %s\n", unindent(r.Why), unindent(r.Fix))
	if len(r.Refs) > 0 {
		b.WriteString("\nSee:\n")
		for _, ref := range r.Refs {
			fmt.Fprintf(&b, "  %s\n", ref)
		}
	}
	return b.String()
}

// unindent keeps the lines of a text and drops the indentation that it has in
// the source.
func unindent(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

// ruleJSON is a rule in JSON.
type ruleJSON struct {
	Rule     string   `json:"rule"`
	Title    string   `json:"title"`
	Severity string   `json:"severity"`
	Why      string   `json:"why"`
	Fix      string   `json:"fix"`
	Refs     []string `json:"refs"`
	Forms    []string `json:"forms"`
	Release  bool     `json:"release"`
	Costly   bool     `json:"costly"`
}

type rulesJSON struct {
	Schema string     `json:"schema"`
	Rules  []ruleJSON `json:"rules"`
}

func explanations(rules []audit.Rule) rulesJSON {
	doc := rulesJSON{Schema: report.Schema}
	for _, r := range rules {
		doc.Rules = append(doc.Rules, ruleJSON{
			Rule: r.ID, Title: r.Title, Severity: r.Severity.String(), Why: unindent(r.Why), Fix: unindent(r.Fix),
			Refs: notNull(r.Refs), Forms: r.Forms, Release: r.Release, Costly: r.Costly,
		})
	}
	return doc
}

// written is for errors of writing what was asked for: a full disk is no
// mistake of the user.
func written(err error) error {
	if err == nil {
		return nil
	}
	return unchecked(err)
}

func writeJSON(w io.Writer, indent string, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	return e.Encode(v)
}

// notNull makes [] of what would be null.
func notNull[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
