package ldso

import (
	"io"
	"strings"

	"github.com/abivet/abivet/internal/closure"
)

// WriteTree writes what brings what as an indented tree. A library that stands
// in it already is named and not taken apart again.
func (p *Process) WriteTree(w io.Writer, places bool) error {
	var b strings.Builder
	if len(p.Objects) == 0 {
		closure.Line(&b, "%s", p.File)
	} else {
		seen := map[*Object]bool{}
		root := p.root()
		closure.Line(&b, "%s", shown(root.Path))
		if root.File.Interpreter != "" {
			closure.Line(&b, "  %s (interpreter)", root.File.Interpreter)
		}
		p.branch(&b, root, 1, seen, places)
	}
	for _, f := range p.Failures {
		closure.Line(&b, "fail %s: %s", f.Category, f.Message)
	}
	if p.Unknown != "" {
		closure.Line(&b, "unknown: %s", p.Unknown)
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
			closure.Line(b, "%s%s => not found", pad, need.Name)
		} else {
			closure.Line(b, "%s%s => %s", pad, need.Name, shown(need.Object.Path))
		}
		if places {
			for i, place := range need.Looked {
				if n := need.leftOut(i); n > 0 {
					closure.Line(b, "%s    ... and %d more", pad, n)
				}
				closure.Line(b, "%s    %s (%s)%s", pad, shown(place.Path), place.By, saw(place))
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

func (p *Process) edges() []closure.Edge {
	var edges []closure.Edge
	for _, o := range p.Objects {
		for _, need := range o.Needs {
			e := closure.Edge{From: shown(o.Path), To: need.Name, Broken: need.Object == nil}
			if need.Object != nil {
				e.To = shown(need.Object.Path)
			}
			edges = append(edges, e)
		}
	}
	return edges
}

// WriteDOT writes what brings what as a graph for Graphviz, broken needs in
// red.
func (p *Process) WriteDOT(w io.Writer) error {
	_, err := io.WriteString(w, closure.DOT(p.edges()))
	return err
}

// WriteMermaid writes what brings what as a Mermaid flow chart, broken needs
// with a cross.
func (p *Process) WriteMermaid(w io.Writer) error {
	_, err := io.WriteString(w, closure.Mermaid(p.edges()))
	return err
}
