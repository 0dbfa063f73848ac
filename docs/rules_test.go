package docs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi/audit"
)

const rulesHead = `# The rules

<!-- Written by go generate ./docs from the rules themselves; do not edit. -->

The same is printed by ` + "`abivet explain RULE`" + `. An ID stays what it is for ever. A severity is that
of most findings of the rule: a finding may have its own, where the rule says so below. A rule
that lacks a promise of the target, or is given no target at all, is listed as not judged.

`

// TestRules holds rules.md against the rules.
func TestRules(t *testing.T) {
	golden(t, "rules.md", func(string) string { return rulesDocument(audit.Rules()) })
}

func rulesDocument(rules []audit.Rule) string {
	var b strings.Builder
	b.WriteString(rulesHead)
	b.WriteString("| rule | severity | |\n|---|---|---|\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, r.ID, r.Severity, markdown(r.Title))
	}
	for _, r := range rules {
		fmt.Fprintf(&b, "\n## %s\n\n**%s.** %s; judges: %s.", r.ID, upper(markdown(r.Title)), upper(r.Severity.String()), strings.Join(r.Forms, ", "))
		if r.Release {
			b.WriteString(" Runs with `--preset release`, or where `--only` names it.")
		}
		if r.Costly {
			b.WriteString(" Runs with `--isa-scan`, or where `--only` names it.")
		}
		fmt.Fprintf(&b, "\n\n%s\n\n**Fix:** %s\n", prose(r.Why), prose(r.Fix))
		if len(r.Refs) > 0 {
			b.WriteString("\nSee:\n")
		}
		for _, ref := range r.Refs {
			fmt.Fprintf(&b, "- <%s>\n", ref)
		}
	}
	return b.String()
}

// prose turns a text of a rule into Markdown. Lines that stand indented keep
// their form.
func prose(text string) string {
	var b strings.Builder
	inCode := false
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		code := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		switch {
		case code != inCode:
			b.WriteString("\n\n")
		case i > 0:
			b.WriteString("\n")
		}
		if inCode = code; code {
			b.WriteString("    " + strings.TrimPrefix(line, "  "))
		} else {
			b.WriteString(markdown(line))
		}
	}
	return b.String()
}

var marks = strings.NewReplacer("<", `\<`, "*", `\*`, " __", ` \_\_`, " _", ` \_`, "`", "\\`")

// markdown keeps a text from being taken for more than text.
func markdown(text string) string {
	return strings.TrimPrefix(marks.Replace(" "+text), " ")
}

func upper(s string) string {
	return strings.ToUpper(s[:1]) + s[1:]
}
