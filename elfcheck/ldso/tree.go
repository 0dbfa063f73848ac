package ldso

import (
	"fmt"
	"io"
	"strings"
)

// WriteTree writes what brings what as an indented tree. A library that stands
// in it already is named and not taken apart again.
func (p *Process) WriteTree(w io.Writer, places bool) error {
	var b strings.Builder
	if len(p.Objects) == 0 {
		fmt.Fprintf(&b, "%s\n", p.File)
	} else {
		seen := map[*Object]bool{}
		root := p.root()
		fmt.Fprintf(&b, "%s\n", shown(root.Path))
		if root.File.Interpreter != "" {
			fmt.Fprintf(&b, "  %s (interpreter)\n", root.File.Interpreter)
		}
		p.branch(&b, root, 1, seen, places)
	}
	for _, f := range p.Failures {
		fmt.Fprintf(&b, "fail %s: %s\n", f.Category, f.Message)
	}
	if p.Unknown != "" {
		fmt.Fprintf(&b, "unknown: %s\n", p.Unknown)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// root is the file that was asked about: the program, or what is opened.
func (p *Process) root() *Object {
	for _, o := range p.Objects[min(p.Opened, len(p.Objects)):] {
		return o
	}
	return p.Objects[0]
}

func (p *Process) branch(b *strings.Builder, o *Object, depth int, seen map[*Object]bool, places bool) {
	seen[o] = true
	pad := strings.Repeat("  ", depth)
	for _, need := range o.Needs {
		if need.Object == nil {
			fmt.Fprintf(b, "%s%s => not found\n", pad, need.Name)
		} else {
			fmt.Fprintf(b, "%s%s => %s\n", pad, need.Name, shown(need.Object.Path))
		}
		if places {
			for _, place := range need.Looked {
				fmt.Fprintf(b, "%s    %s (%s)%s\n", pad, shown(place.Path), place.By, saw(place))
			}
		}
		if need.Object != nil && !seen[need.Object] {
			p.branch(b, need.Object, depth+1, seen, places)
		}
	}
}

func saw(place Place) string {
	if place.Saw == "" {
		return ": taken"
	}
	return ": " + place.Saw
}

// An edge is one need, for the formats that draw graphs.
type edge struct {
	from, to string
	broken   bool
}

func (p *Process) edges() []edge {
	var edges []edge
	for _, o := range p.Objects {
		for _, need := range o.Needs {
			e := edge{from: shown(o.Path), to: need.Name, broken: need.Object == nil}
			if need.Object != nil {
				e.to = shown(need.Object.Path)
			}
			edges = append(edges, e)
		}
	}
	return edges
}

// WriteDOT writes what brings what as a graph for Graphviz, broken needs in
// red.
func (p *Process) WriteDOT(w io.Writer) error {
	var b strings.Builder
	b.WriteString("digraph {\n  rankdir=LR;\n  node [shape=box];\n")
	for _, e := range p.edges() {
		style := ""
		if e.broken {
			style = " [color=red, label=\"not found\"]"
		}
		fmt.Fprintf(&b, "  %s -> %s%s;\n", dotName(e.from), dotName(e.to), style)
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func dotName(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// WriteMermaid writes what brings what as a Mermaid flow chart, broken needs
// with a cross.
func (p *Process) WriteMermaid(w io.Writer) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	ids := map[string]string{}
	id := func(name string) string {
		if ids[name] == "" {
			ids[name] = fmt.Sprintf("n%d", len(ids))
			fmt.Fprintf(&b, "  %s[\"%s\"]\n", ids[name], strings.NewReplacer(`"`, "#quot;", "\n", " ").Replace(name))
		}
		return ids[name]
	}
	for _, e := range p.edges() {
		from, to, arrow := id(e.from), id(e.to), "-->"
		if e.broken {
			arrow = "--x"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", from, arrow, to)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
