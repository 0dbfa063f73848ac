package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi/report"
)

// text writes a file for people: a line for each fact that there is.
func (f shownFile) text() string {
	var t facts
	name := f.Path
	if f.Member != "" {
		name += "(" + f.Member + ")"
	}
	if f.Error != "" {
		return fmt.Sprintf("%s: could not be checked: %s\n", report.Clean(name), report.Clean(f.Error))
	}
	if facts, ok := f.Facts.(packageFacts); ok {
		fmt.Fprintf(&t, "%s: %s with %s\n", report.Clean(name), f.Format, numbered(len(facts.Native), "native file"))
		t.pkg(facts, f.Format == "wheel", messages(f.Findings))
		return t.String()
	}
	if b, ok := f.Facts.(bytecodeFact); ok {
		fmt.Fprintf(&t, "%s: bytecode of LuaJIT\n", report.Clean(name))
		t.say("mode", fmt.Sprintf("gc64 %s, version %d, flags %#x", b.GC64, b.Version, b.Flags))
		t.say("chunk", fmt.Sprintf("%q, %s", b.Chunk, numbered(b.Prototypes, "function")))
		return t.String()
	}
	fmt.Fprintf(&t, "%s: %s\n", report.Clean(name), report.Clean(f.Platform.String()))
	switch facts := f.Facts.(type) {
	case elfFacts:
		t.elf(facts)
	case machoFacts:
		t.macho(facts)
	}
	t.extensions(f.Extensions)
	t.say("floor", strings.Join(f.Floor, ", "))
	t.targets(f.Targets)
	return t.String()
}

func messages(findings []report.Finding) (all []string) {
	for _, f := range findings {
		all = append(all, f.Message)
	}
	return all
}

// facts is text in two columns.
type facts struct{ strings.Builder }

// say writes a fact. An empty one is left out.
func (t *facts) say(what, value string) {
	if value != "" {
		fmt.Fprintf(t, "  %-14s%s\n", what, report.Clean(value))
	}
}

// all writes a fact that has several parts, each on its line.
func (t *facts) all(what string, values []string) {
	for _, v := range values {
		t.say(what, v)
		what = ""
	}
}

func (t *facts) elf(f elfFacts) {
	t.say("kind", fmt.Sprintf("%s, %d-bit %s", f.Kind, f.Class, f.Machine))
	t.say("packed", f.Packed)
	t.say("interpreter", f.Interpreter)
	t.say("libc", f.Libc)
	t.say("soname", f.SOName)
	t.all("needed", f.Needed)
	t.all("rpath", f.RPath)
	t.all("runpath", f.RunPath)
	t.say("flags", strings.Join(f.Flags, " "))
	var needs []string
	for _, n := range f.Needs {
		needs = append(needs, need(n))
	}
	t.all("version needs", needs)
	t.all("version defs", f.Defs)
	t.symbols(f.Imports, f.Exports, f.Imported, f.Exported)
	t.say("build id", f.BuildID)
	t.golang(f.Go)
	t.luajit(f.LuaJIT)
}

// need names the symbols of a version, or the first few of many.
func need(n versionNeed) string {
	const few = 5
	s := n.Version + " (" + n.File + ")"
	if n.Weak {
		s += ", weak"
	}
	if len(n.Symbols) > 0 {
		s += ": " + strings.Join(n.Symbols[:min(few, len(n.Symbols))], ", ")
	}
	if more := len(n.Symbols) - few; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

func (t *facts) macho(f machoFacts) {
	t.say("kind", f.Kind+", "+f.Arch)
	t.say("minimum", f.MinOS)
	t.say("sdk", f.SDK)
	t.say("uuid", f.UUID)
	t.say("install name", f.InstallName)
	var dylibs []string
	for _, d := range f.Dylibs {
		dylibs = append(dylibs, fmt.Sprintf("%s (%s, compatible %s, current %s)", d.Name, d.Kind, d.Compatibility, d.Current))
	}
	t.all("dylibs", dylibs)
	t.all("rpaths", f.RPaths)
	t.all("environment", f.Environment)
	var options []string
	for _, o := range f.Options {
		options = append(options, strings.Join(o, " "))
	}
	t.all("to linker", options)
	var segments []string
	for _, s := range f.Segments {
		segments = append(segments, fmt.Sprintf("%-16s %s/%s %#x +%#x, file %#x +%#x", s.Name, s.InitProt, s.MaxProt, s.VMAddr, s.VMSize, s.FileOff, s.FileSize))
	}
	t.all("segments", segments)
	t.symbols(f.Imports, f.Exports, f.Imported, f.Exported)
	t.signature(f.Signature)
	t.golang(f.Go)
	t.luajit(f.LuaJIT)
}

func (t *facts) signature(s *signatureFacts) {
	if s == nil {
		return
	}
	words := []string{"there"}
	for _, w := range []struct {
		is   bool
		word string
	}{
		{s.AdHoc, "ad hoc"}, {s.Linker, "by the linker"}, {s.Certificate, "with a certificate"}, {s.Team != "", "team " + s.Team}, {s.Identifier != "", "identifier " + s.Identifier},
		{s.Hardened, "hardened runtime"}, {s.Validation, "library validation"}, {s.Problem != "", s.Problem},
	} {
		if w.is {
			words = append(words, w.word)
		}
	}
	t.say("signature", strings.Join(words, ", "))
	var entitled []string
	for _, key := range slices.Sorted(maps.Keys(s.Entitlements)) {
		entitled = append(entitled, key+"="+s.Entitlements[key])
	}
	t.all("entitled", entitled)
}

func (t *facts) symbols(imports, exports int, imported, exported []string) {
	t.say("symbols", fmt.Sprintf("%d imported, %d exported", imports, exports))
	t.all("imported", imported)
	t.all("exported", exported)
}

func (t *facts) golang(g *goFacts) {
	if g == nil {
		return
	}
	line := g.Version + " " + g.Path
	for _, key := range []string{"CGO_ENABLED", "-buildmode", "GOAMD64", "GOARM64", "GOARM"} {
		if v, ok := g.Settings[key]; ok {
			line += " " + key + "=" + v
		}
	}
	t.say("go", strings.TrimSpace(line))
}

func (t *facts) luajit(l *luajitFacts) {
	if l == nil {
		return
	}
	line := l.Role
	if l.Version != "" {
		line += ", version " + l.Version
	}
	t.say("luajit", fmt.Sprintf("%s; gc64 %s, jit %s, ffi %s", line, l.GC64, l.JIT, l.FFI))
	t.all("", l.Evidence)
}

func (t *facts) targets(fit *fitTarget) {
	if fit == nil {
		return
	}
	satisfied := "none of the known targets"
	if len(fit.Satisfied) > 0 {
		satisfied = strings.Join(fit.Satisfied, ", ")
	}
	t.say("satisfies", satisfied)
	t.all("not judged", fit.Unjudged)
	if fit.Next != nil {
		t.say("next older", fit.Next.Target+", but for:")
		t.all("", fit.Next.Because)
	}
}
