package machocheck

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// TestObjdumpSymbols compares exports, binds and chained imports of real files
// with what llvm-objdump says.
func TestObjdumpSymbols(t *testing.T) {
	paths := corpus(t)
	tool, err := exec.LookPath(cmp.Or(os.Getenv("ABIVET_OBJDUMP"), "llvm-objdump"))
	if err != nil {
		t.Skip("no llvm-objdump: symbols are NOT compared with it")
	}
	counts := map[string]int{}
	for _, path := range paths {
		files, err := ReadFile(path, WantSymbols)
		if errors.Is(err, ErrArchive) {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		compareWithObjdump(t, tool, path, files, counts)
	}
	t.Logf("%d files, compared with %s: %v", len(paths), tool, counts)
}

func compareWithObjdump(t *testing.T, tool, path string, files []*File, counts map[string]int) {
	t.Helper()
	args := []string{"--macho", "--arch", "all", "--bind", "--lazy-bind", "--weak-bind", "--chained-fixups", path}
	trie := true
	out, err := exec.Command(tool, append([]string{"--exports-trie"}, args...)...).Output()
	if err != nil {
		// It takes a trie of eight zeros, which has no exports, for damage.
		trie = false
		if out, err = exec.Command(tool, args...).Output(); err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
	}
	theirs := objdumpSymbols(out)
	if len(theirs) != len(files) {
		t.Errorf("%s: %d slices, llvm-objdump has %d", path, len(files), len(theirs))
		return
	}
	for i, f := range files {
		ours := symbolFacts(f, trie, theirs[i])
		wanted := theirs[i].facts()
		slices.Sort(ours)
		slices.Sort(wanted)
		counts["slices"]++
		counts["exports"] += len(f.Trie)
		counts["imports"] += len(f.Imports)
		counts["chained"] += one(len(f.ChainFormats) > 0)
		counts["without a symbol table"] += one(len(f.Imports) > 0 && f.Kind == Executable && len(f.Exports) <= 1)
		if !slices.Equal(ours, wanted) {
			t.Errorf("%s (%s):\n%.2000s", path, f.Arch, difference(ours, wanted))
		}
	}
}

// An objdumpSlice is what llvm-objdump says of one slice.
type objdumpSlice struct {
	exports []string
	forms   []string
	imports map[string]string // library and name: how
}

func (s objdumpSlice) facts() []string {
	facts := slices.Concat(s.exports, s.forms)
	for key, how := range s.imports {
		facts = append(facts, "import "+key+" "+how)
	}
	return facts
}

// symbolFacts writes the same lines. It does not show that a lazy import is
// weak, and so it is not asked for it.
func symbolFacts(f *File, trie bool, theirs objdumpSlice) []string {
	var facts []string
	base := uint64(0)
	for _, s := range f.Segments {
		if s.Name == "__TEXT" {
			base = s.Addr
		}
	}
	if trie {
		for _, e := range f.Trie {
			facts = append(facts, exportFact(f, e, base))
		}
	}
	for _, form := range f.ChainFormats {
		facts = append(facts, fmt.Sprintf("pointer_format = %d", form))
	}
	for _, i := range f.Imports {
		if !f.ChainedFixups && !f.DyldInfo {
			break
		}
		how := "normal"
		switch key := libraryFact(f, i.Library) + " " + i.Name; {
		case i.Library == WeakLookup && !f.ChainedFixups:
		case strings.HasPrefix(theirs.imports[key], "lazy"):
			how = "lazy"
		case i.Weak:
			how = "weak"
		}
		facts = append(facts, "import "+libraryFact(f, i.Library)+" "+i.Name+" "+how)
		if i.Lazy && how != "lazy" {
			facts = append(facts, i.Name+" is not lazy")
		}
	}
	return facts
}

func exportFact(f *File, e Export, base uint64) string {
	if e.Library > 0 {
		library := libraryFact(f, e.Library)
		if e.ImportName != "" {
			library = e.ImportName + " from " + library
		} else {
			library = "from " + library
		}
		return "[re-export] " + e.Name + " (" + library + ")"
	}
	var flags []string
	for _, flag := range []struct {
		set  bool
		name string
	}{{e.Weak, "weak_def"}, {e.ThreadLocal, "per-thread"}, {e.Absolute, "absolute"}, {e.Resolver > 0, fmt.Sprintf("resolver=0x%08X", e.Resolver)}} {
		if flag.set {
			flags = append(flags, flag.name)
		}
	}
	line := fmt.Sprintf("0x%08X  %s", e.Address+base, e.Name)
	if flags != nil {
		line += " [" + strings.Join(flags, ", ") + "]"
	}
	return line
}

func libraryFact(f *File, ordinal int) string {
	switch ordinal {
	case 0:
		return "this-image"
	case MainProgram:
		return "main-executable"
	case DynamicLookup:
		return "flat-namespace"
	case WeakLookup:
		return "weak"
	}
	name := f.Dylibs[ordinal-1].Name
	base := path.Base(name)
	if strings.Contains(name, base+".framework/") {
		return base
	}
	short, ok := strings.CutSuffix(base, ".dylib")
	if !ok {
		return name
	}
	for n := len(short); n > 2 && short[n-2] == '.'; n = len(short) {
		short = short[:n-2]
	}
	return short
}

// objdumpSymbols takes the output apart.
func objdumpSymbols(out []byte) []objdumpSlice {
	var all []objdumpSlice
	table, library, weak := "", "", ""
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "/") && strings.HasSuffix(line, ":") {
			// The name stands once for each option that is given.
			if table == "" || !strings.HasSuffix(table, line) {
				all = append(all, objdumpSlice{imports: map[string]string{}})
			}
			table = line
			continue
		}
		if len(all) == 0 {
			continue
		}
		s := &all[len(all)-1]
		switch fields := strings.Fields(line); {
		case strings.HasSuffix(line, " table:") || line == "Exports trie:":
			table = line
		case strings.HasPrefix(line, "chained fixups header"):
			table = "chained"
		case len(fields) == 0 || fields[0] == "segment":
		case table == "Exports trie:":
			s.exports = append(s.exports, line)
		case table == "chained" && fields[0] == "pointer_format":
			if form := strings.Join(fields[:3], " "); !slices.Contains(s.forms, form) {
				s.forms = append(s.forms, form)
			}
		case table == "chained" && fields[0] == "lib_ordinal":
			library = strings.Trim(strings.Join(fields[3:], " "), "()")
		case table == "chained" && fields[0] == "weak_import":
			weak = fields[2]
		case table == "chained" && fields[0] == "name_offset":
			_, name, _ := strings.Cut(line, "(")
			s.add(library, strings.TrimSuffix(name, ")"), map[string]string{"0": "normal", "1": "weak"}[weak])
		case table == "Bind table:":
			how := "normal"
			if strings.HasSuffix(line, " (weak_import)") {
				how = "weak"
			}
			s.add(fields[5], fields[6], how)
		case table == "Lazy bind table:":
			s.add(fields[3], fields[4], "lazy")
		case table == "Weak bind table:" && fields[0] != "strong":
			s.add("weak", fields[5], "normal")
		}
	}
	return all
}

// add takes one bind: a use that is weak makes the import weak, one that is
// not lazy makes it not lazy.
func (s *objdumpSlice) add(library, name, how string) {
	key := library + " " + name
	switch was := s.imports[key]; {
	case was == "weak" || was == "normal" && how == "lazy":
	default:
		s.imports[key] = how
	}
}
