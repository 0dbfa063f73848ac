package dyld

import (
	"io"
	"strings"

	"github.com/abivet/abivet/internal/closure"
)

// WriteTree writes what brings what as an indented tree. A library that stands
// in it already is named and not taken apart again; those of the system are not
// taken apart at all.
func (p *Process) WriteTree(w io.Writer, places bool) error {
	var b strings.Builder
	if root := p.root(); root == nil {
		closure.Line(&b, "%s", p.File)
	} else {
		closure.Line(&b, "%s (%s)", shown(root.Path), p.Arch)
		p.branch(&b, root, 1, map[*Object]bool{}, places)
	}
	for _, f := range p.Failures {
		closure.Line(&b, "fail %s: %s", f.Category, oneLine(f.Message))
	}
	for _, text := range p.NotJudged {
		closure.Line(&b, "not judged: %s", text)
	}
	if p.Unknown != "" {
		closure.Line(&b, "unknown: %s", p.Unknown)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// root is the file that was asked about: the program, or what is opened.
func (p *Process) root() *Object {
	switch {
	case p.Opened < len(p.Objects):
		return p.Objects[p.Opened]
	case len(p.Objects) > 0:
		return p.Objects[0]
	}
	return nil
}

// brought are the objects that came with the root, and the root itself.
func (p *Process) brought() []*Object {
	if p.Opened < len(p.Objects) {
		return p.Objects[p.Opened:]
	}
	return p.Objects
}

// maxDepth is how deep the tree is drawn. Circles end by themselves.
const maxDepth = 100

func (p *Process) branch(b *strings.Builder, o *Object, depth int, seen map[*Object]bool, places bool) {
	seen[o] = true
	pad := strings.Repeat("  ", depth)
	for _, need := range o.Needs {
		link := ""
		if need.Link != "" {
			link = " (" + string(need.Link) + ")"
		}
		closure.Line(b, "%s%s%s => %s", pad, need.Name, link, need.found())
		if places {
			for _, place := range need.Looked {
				closure.Line(b, "%s    %s (%s): %s", pad, shown(place.Path), place.By, place.result())
			}
		}
		if need.Object != nil && !seen[need.Object] && depth < maxDepth {
			p.branch(b, need.Object, depth+1, seen, places)
		}
	}
}

func (n Need) found() string {
	switch {
	case n.Object != nil:
		return shown(n.Object.Path)
	case n.System != "":
		return "macOS"
	case n.Unknown != "":
		return "not known"
	}
	return "not found"
}

func (p Place) result() string {
	if p.Saw == "" {
		return "taken"
	}
	return p.Saw
}

func (p *Process) edges() []closure.Edge {
	var edges []closure.Edge
	for _, o := range p.Objects {
		for _, need := range o.Needs {
			e := closure.Edge{From: shown(o.Path), To: need.Name, Broken: need.Missing()}
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

// oneLine joins the lines of dyld's messages.
func oneLine(message string) string {
	lines := strings.Split(message, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "; ")
}
