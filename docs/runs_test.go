package docs

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the documents anew")

// root is that of the module, as seen from here.
const root = ".."

// golden holds a file of the module against what it is to be made of its own
// text.
func golden(t *testing.T, name string, made func(text string) string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := made(string(text))
	switch {
	case want == string(text):
	case *update:
		require.NoError(t, os.WriteFile(name, []byte(want), 0o666))
	default:
		t.Errorf("%s does not say what is so; go generate ./docs writes it anew. The first difference:\n%s", name, difference(string(text), want))
	}
}

func difference(have, want string) string {
	a, b := strings.Split(have, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\nhave %s\nwant %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}

// documents are all that people read.
func documents(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{root + "/*.md", "*.md"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		all = append(all, found...)
	}
	return all
}

// A run is a block such as
//
//	```console
//	$ go run ./cmd/abivet check testdata/elf/execstack
//	...
//	exit status 1
//	```
//
// with what the command printed, on both outputs.
var runs = regexp.MustCompile("(?s)```console\n(.*?)```")

// TestRuns runs again what documents show.
func TestRuns(t *testing.T) {
	shown := 0
	for _, name := range documents(t) {
		golden(t, name, func(text string) string {
			return runs.ReplaceAllStringFunc(text, func(block string) string {
				shown++
				return rerun(t, block)
			})
		})
	}
	require.NotZero(t, shown)
}

func rerun(t *testing.T, block string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("```console\n")
	for _, line := range strings.Split(runs.FindStringSubmatch(block)[1], "\n") {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		words := strings.Fields(command)
		overGo := strings.HasPrefix(command, "go run ./cmd/abivet ")
		if overGo {
			words = words[2:]
		} else if words[0] != "abivet" {
			t.Errorf("$ %s: want a run of abivet", command)
		}
		out, code := abivet(t, words[1:]...)
		fmt.Fprintf(&b, "$ %s\n%s", command, out)
		if overGo && code != 0 {
			fmt.Fprintf(&b, "exit status %d\n", code) // go run says so
		}
	}
	return b.String() + "```"
}

// abivet runs the command where a reader runs it, at the root of the module.
func abivet(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	program, err := built()
	require.NoError(t, err)
	c := exec.Command(program, args...)
	c.Dir = root
	text, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(text), c.ProcessState.ExitCode()
}

var built = sync.OnceValues(func() (string, error) {
	program, err := filepath.Abs(filepath.Join(directory, "abivet.exe"))
	if err != nil {
		return "", err
	}
	// The results of these tests depend on the command, which the go command
	// can know only where it sees that its files are looked at.
	sources, err := filepath.Glob(root + "/cmd/abivet/*.go")
	if err != nil {
		return "", err
	}
	for _, name := range sources {
		if _, err := os.Stat(name); err != nil {
			return "", err
		}
	}
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, root+"/cmd/abivet").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return program, nil
})

// directory is of this run of the tests.
var directory string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "docs")
	if err != nil {
		panic(err)
	}
	directory = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
