package luajit

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusVariable names a directory of builds of LuaJIT. Each has a file "truth"
// beside it, with the macros that its compiler saw:
//
//	GC64=1 JIT=1 FFI=0 DUALNUM=0 BITS64=1
//
// What is called linked* is a program that needs the library, everything else
// holds a LuaJIT.
const corpusVariable = "ABIVET_LUAJIT_CORPUS"

func TestCorpus(t *testing.T) {
	root := os.Getenv(corpusVariable)
	if root == "" {
		t.Skipf("SKIPPED: %s does not name a directory of LuaJIT builds", corpusVariable)
	}
	score := map[string][3]int{} // by question: right, wrong, not known
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		truth, terr := os.ReadFile(filepath.Join(filepath.Dir(path), "truth"))
		if err != nil || terr != nil || !d.Type().IsRegular() {
			return err
		}
		if img, ok := openImage(t, path); ok {
			checkTruth(t, path, img, string(truth), score)
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
		t.Logf("%-10s %d right, %d wrong, %d not known", question, n[0], n[1], n[2])
	}
}

func checkTruth(t *testing.T, path string, img Image, truth string, score map[string][3]int) {
	t.Helper()
	info, err := Detect(img)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	count := func(question string, right, unknown bool, got any) {
		n := score[question]
		switch {
		case right:
			n[0]++
		case unknown:
			n[2]++
			t.Logf("%s: %s is not known", path, question)
		default:
			n[1]++
			t.Errorf("%s: %s is %v; truth is %s\n  %s", path, question, got, truth, strings.Join(info.Evidence, "\n  "))
		}
		score[question] = n
	}
	count("suspect", Suspect(img), false, false)
	if strings.HasPrefix(filepath.Base(path), "linked") {
		count("role", info.Role == Linked, false, info.Role)
		return
	}
	count("role", info.Role == Embedded, false, info.Role)
	img.Defined = nil // as if it were stripped and hid its symbols
	count("stripped", Suspect(img), false, false)
	count("version", info.Version != "", info.Version == "", info.Version)
	for macro, got := range map[string]Answer{"GC64": info.GC64, "JIT": info.JIT, "FFI": info.FFI, "DUALNUM": info.DualNum} {
		want := No
		if strings.Contains(truth, fmt.Sprintf("%s=1", macro)) {
			want = Yes
		}
		count(macro, got == want, got == Unknown, got)
	}
	hrt := strings.Contains(truth, "OSX_HRT")
	count("hardened", hrt == (info.Hardened == Yes), false, info.Hardened)
}
