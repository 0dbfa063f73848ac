package luajit

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// corpusVariable names a directory of real files: builds of LuaJIT and packages
// of distributions. The file "truth" in a directory says what holds below it,
// a line for each pattern of names; the first that fits counts, and a file that
// none fits is passed over. What is not said is not compared.
//
//	linked* ROLE=linked
//	* ROLE=embedded GC64=1 JIT=1 FFI=0 DUALNUM=0 HRT=0
//
// The macros are those that the compiler of the build saw, or what the library
// answered when it was run.
const corpusVariable = "ABIVET_LUAJIT_CORPUS"

func TestCorpus(t *testing.T) {
	root := os.Getenv(corpusVariable)
	if root == "" {
		t.Skipf("SKIPPED: %s does not name a directory of LuaJIT builds", corpusVariable)
	}
	score := scores{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		truth := truthOf(name)
		if truth == nil {
			return nil
		}
		if img, ok := openImage(t, name); ok {
			score.check(t, name, img, truth)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(score) == 0 {
		t.Fatalf("%s: no builds with a truth", root)
	}
	for question, n := range score {
		t.Logf("%-28s %d right, %d wrong, %d not known", question, n[0], n[1], n[2])
	}
}

// truthOf reads what the nearest file "truth" says of a file, or nil.
func truthOf(name string) map[string]string {
	for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) {
		data, err := os.ReadFile(filepath.Join(dir, "truth"))
		if err != nil {
			if dir == filepath.Dir(dir) {
				return nil
			}
			continue
		}
		for line := range strings.Lines(string(data)) {
			words := strings.Fields(line)
			if ok, _ := path.Match(words[0], filepath.Base(name)); !ok {
				continue
			}
			truth := map[string]string{}
			for _, word := range words[1:] {
				key, value, _ := strings.Cut(word, "=")
				truth[key] = value
			}
			return truth
		}
		return nil
	}
}

// Scores count, by question, right and wrong answers and those not known.
type scores map[string][3]int

func (s scores) check(t *testing.T, name string, img Image, truth map[string]string) {
	t.Helper()
	info, err := Detect(img)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	s.count(t, name, "ROLE", truth["ROLE"], string(info.Role), info)
	if info.Role == Embedded || info.Role == Linked {
		s.count(t, name, "suspect", "1", digit(Suspect(img)), info)
	}
	if info.Role != Embedded {
		return
	}
	img.Defined = nil // as if it were stripped and hid its symbols
	s.count(t, name, "suspect without symbols", "1", digit(Suspect(img)), info)
	sampled, err := Sampled(img)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	s.count(t, name, "sampled without symbols", "1", digit(sampled), info)
	s.count(t, name, "version is told", "1", digit(info.Version != ""), info)
	for key, got := range map[string]Answer{"GC64": info.GC64, "JIT": info.JIT, "FFI": info.FFI, "DUALNUM": info.DualNum, "HRT": info.Hardened} {
		if want, said := truth[key]; said && (key != "HRT" || img.Platform.OS == "darwin") {
			s.count(t, name, key, want, map[Answer]string{Yes: "1", No: "0"}[got], info)
		}
	}
}

// count compares; an empty got is not known.
func (s scores) count(t *testing.T, name, question, want, got string, info *Info) {
	t.Helper()
	n := s[question]
	switch {
	case got == want:
		n[0]++
	case got == "", question == "version is told":
		n[2]++
	default:
		n[1]++
		t.Errorf("%s: %s is %s; truth is %s\n  %s", name, question, got, want, strings.Join(info.Evidence, "\n  "))
	}
	s[question] = n
}

func digit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
