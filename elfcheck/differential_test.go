package elfcheck

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// TestReadelf holds what is read of real files against what readelf says of
// them: some hundred of this system's own, or all below the directory
// ABIVET_ELF_CORPUS.
func TestReadelf(t *testing.T) {
	if _, err := exec.LookPath("readelf"); err != nil {
		t.Skip("readelf is not installed: the reader is not held against another")
	}
	roots, most := []string{"/usr/bin", "/usr/lib"}, 250
	if dir := os.Getenv("ABIVET_ELF_CORPUS"); dir != "" {
		roots, most = filepath.SplitList(dir), 0
	} else if testing.Short() {
		most = 40
	}
	files := elfFiles(t, roots, most)
	if len(files) == 0 {
		t.Skipf("%q: no ELF file there", roots)
	}
	compared, symbols := 0, 0
	for batch := range slices.Chunk(files, 64) {
		err := readelf(batch, func(file string, want sayings) {
			f, err := ReadFile(file, WantSymbols)
			if errors.Is(err, abi.ErrFormat) {
				return
			}
			if err != nil {
				t.Errorf("%s: %v", file, err)
				return
			}
			if f.Kind == Object || f.Kind == DebugInfo {
				return // readelf says of them what they do not have in memory
			}
			compared++
			symbols += len(f.Imports) + len(f.Exports)
			if f.Notes.GoBuildID && f.Notes.BuildID == "" {
				delete(want, "build ID") // Go's linker leaves it outside of PT_NOTE
			}
			compareSayings(t, file, sayingsOf(f), want)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d files, %d symbols compared", compared, symbols)
}

// elfFiles lists files that start as ELF files do, at most some, from all over.
func elfFiles(t *testing.T, roots []string, most int) []string {
	var files []string
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	files = slices.DeleteFunc(files, func(file string) bool {
		r, err := os.Open(file)
		if err != nil {
			return true
		}
		defer r.Close()
		var magic [4]byte
		_, err = io.ReadFull(r, magic[:])
		return err != nil || string(magic[:]) != elf.ELFMAG
	})
	if most == 0 || len(files) <= most {
		return files
	}
	var some []string
	for i := range most {
		some = append(some, files[i*len(files)/most])
	}
	return some
}

func compareSayings(t *testing.T, file string, got, want sayings) {
	t.Helper()
	for _, what := range []string{"interpreter", "NEEDED", "SONAME", "RPATH", "RUNPATH", "AUXILIARY", "FILTER", "flags",
		"segments", "version needs", "version definitions", "build ID", "ABI tag", "ISA needed", "ISA used", "imports", "exports"} {
		if (what == "imports" || what == "exports") && want["symbols"] == nil {
			continue // without section headers readelf sees none
		}
		a, b := got[what], want[what]
		if what == "flags" {
			slices.Sort(b)
			b = slices.Compact(b)
		}
		if slices.Equal(a, b) {
			continue
		}
		at := 0
		for at < min(len(a), len(b)) && a[at] == b[at] {
			at++
		}
		t.Errorf("%s: %s: %d read, readelf has %d; the first difference is %d: %q, readelf has %q", file, what, len(a), len(b), at, a[at:min(at+1, len(a))], b[at:min(at+1, len(b))])
	}
}

// sayingsOf says what readelf would say of the file.
func sayingsOf(f *File) sayings {
	s := sayings{}
	one := func(what, value string) {
		if value != "" {
			s.add(what, "%s", value)
		}
	}
	one("interpreter", f.Interpreter)
	one("SONAME", f.SOName)
	s["NEEDED"], s["AUXILIARY"], s["FILTER"] = f.Needed, f.Auxiliary, f.Filter
	if f.RPath != nil {
		s.add("RPATH", "%s", strings.Join(f.RPath, ":"))
	}
	if f.RunPath != nil {
		s.add("RUNPATH", "%s", strings.Join(f.RunPath, ":"))
	}
	for _, p := range f.Segments {
		kind := int(p.Type)
		if !slices.Contains(slices.Collect(maps.Values(segmentTypes)), kind) {
			kind = 0
		}
		s.add("segments", "%s", segmentText(kind, int(p.Flags&7), [5]uint64{p.Offset, p.VAddr, p.FileSize, p.MemSize, p.Align}))
	}
	for _, n := range f.VersionNeeds {
		s.add("version needs", "%s %s weak=%v", n.File, n.Version, n.Weak)
	}
	for _, d := range f.VersionDefs {
		s.add("version definitions", "%s base=%v weak=%v", d.Name, d.Base, d.Weak)
	}
	s["flags"] = flagWords(f)
	one("build ID", f.Notes.BuildID)
	if f.Notes.OS != "" {
		s.add("ABI tag", "%s, ABI: %s", strings.ToUpper(f.Notes.OS[:1])+f.Notes.OS[1:], f.Notes.Kernel)
	}
	one("ISA needed", levelText(f.Notes.ISANeeded))
	one("ISA used", levelText(f.Notes.ISAUsed))
	if len(f.Imports) != f.ImportCount || len(f.Exports) != f.ExportCount {
		s.add("imports", "%d of %d imports and %d of %d exports are listed", len(f.Imports), f.ImportCount, len(f.Exports), f.ExportCount)
	}
	for _, x := range f.Imports {
		s.add("imports", "%s", symbolText(x, "@"))
	}
	for _, x := range f.Exports {
		s.add("exports", "%s", symbolText(x, "@@"))
	}
	return s
}

// flagWords has readelf's words for the flags of the dynamic table, sorted.
func flagWords(f *File) []string {
	var words []string
	for i, word := range []string{"ORIGIN", "SYMBOLIC", "TEXTREL", "BIND_NOW", "STATIC_TLS"} {
		if f.DynFlags>>i&1 != 0 {
			words = append(words, word)
		}
	}
	for i, word := range []string{"NOW", "GLOBAL", "GROUP", "NODELETE", "LOADFLTR", "INITFIRST", "NOOPEN", "ORIGIN", "DIRECT", "TRANS", "INTERPOSE", "NODEFLIB", "NODUMP"} {
		if f.DynFlags1>>i&1 != 0 {
			words = append(words, word)
		}
	}
	if f.DynFlags1&elf.DF_1_PIE != 0 {
		words = append(words, "PIE")
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func symbolText(x Symbol, at string) string {
	if x.Version != "" && x.Version != x.Name { // the symbol that stands for a version
		if x.Hidden || x.Library != "" {
			at = "@"
		}
		x.Name += at + x.Version
	}
	bind := map[elf.SymBind]string{elf.STB_GLOBAL: "GLOBAL", elf.STB_WEAK: "WEAK", elf.STB_LOOS: "UNIQUE"}[x.Bind]
	return fmt.Sprintf("%s %#x %d %s", x.Name, x.Value, x.Size, bind)
}

func levelText(levels uint32) string {
	var words []string
	for i, word := range []string{"x86-64-baseline", "x86-64-v2", "x86-64-v3", "x86-64-v4"} {
		if levels>>i&1 != 0 {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}
