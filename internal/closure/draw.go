package closure

import (
	"fmt"
	"strings"
)

// An Edge is one need: what asks, and what it gets.
type Edge struct {
	From, To string
	Broken   bool // it gets nothing
}

// DOT draws needs as a graph for Graphviz, broken ones in red.
func DOT(edges []Edge) string {
	var b strings.Builder
	b.WriteString("digraph {\n  rankdir=LR;\n  node [shape=box];\n")
	for _, e := range edges {
		style := ""
		if e.Broken {
			style = " [color=red, label=\"not found\"]"
		}
		fmt.Fprintf(&b, "  %s -> %s%s;\n", dotName(e.From), dotName(e.To), style)
	}
	b.WriteString("}\n")
	return b.String()
}

func dotName(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(Clean(s)) + `"`
}

// Mermaid draws needs as a flow chart, broken ones with a cross.
func Mermaid(edges []Edge) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	ids := map[string]string{}
	id := func(name string) string {
		if ids[name] == "" {
			ids[name] = fmt.Sprintf("n%d", len(ids))
			fmt.Fprintf(&b, "  %s[\"%s\"]\n", ids[name], strings.ReplaceAll(Clean(name), `"`, "#quot;"))
		}
		return ids[name]
	}
	for _, e := range edges {
		from, to, arrow := id(e.From), id(e.To), "-->"
		if e.Broken {
			arrow = "--x"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", from, arrow, to)
	}
	return b.String()
}
