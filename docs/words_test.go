package docs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/abi/targets"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

var goBlocks = regexp.MustCompile("(?s)```go\n(.*?)```")

// TestCodeIsOfExamples: what the README shows is compiled and run there.
func TestCodeIsOfExamples(t *testing.T) {
	files, err := filepath.Glob(root + "/examples/*/*.go")
	require.NoError(t, err)
	var code strings.Builder
	for _, name := range files {
		code.WriteString(unindented(read(t, name)))
	}
	blocks := goBlocks.FindAllStringSubmatch(read(t, root+"/README.md"), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		assert.Contains(t, code.String(), unindented(block[1]), "the README shows code that is in no example")
	}
}

func unindented(code string) string {
	lines := strings.Split(code, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

// TestExitCodes holds the README's list against that of the command.
func TestExitCodes(t *testing.T) {
	help, _ := abivet(t, "-h")
	codes := regexp.MustCompile(`(?m)^  (\d)  (.*)$`).FindAllStringSubmatch(help, -1)
	require.Len(t, codes, 4)
	readme := read(t, root+"/README.md")
	for _, code := range codes {
		assert.Contains(t, readme, "| "+code[1]+" | "+code[2]+" |")
	}
}

// TestCommandsAreListed: the README says what each command is for.
func TestCommandsAreListed(t *testing.T) {
	help, _ := abivet(t, "-h")
	_, commands, _ := strings.Cut(help, "Available Commands:")
	names := regexp.MustCompile(`(?m)^  ([a-z]+)  `).FindAllStringSubmatch(commands, -1)
	require.NotEmpty(t, names)
	readme := read(t, root+"/README.md")
	for _, name := range names {
		if !slices.Contains([]string{"completion", "help", "version"}, name[1]) {
			assert.Contains(t, readme, "| `abivet "+name[1]+"` |")
		}
	}
}

// ours are the documents that speak of no other program's flags.
var ours = []string{root + "/README.md", "json.md", "targets.md"}

func TestFlagsExist(t *testing.T) {
	var help strings.Builder
	for _, command := range []string{"check", "gomod", "show", "targets", "explain", "load", "luajit", "needs", "parity", "diff"} {
		text, _ := abivet(t, command, "-h")
		help.WriteString(text)
	}
	known := help.String()
	for _, name := range ours {
		for _, flag := range regexp.MustCompile(`(?:^|[\s\x60(])--([a-z][a-z-]*)`).FindAllStringSubmatch(read(t, name), -1) {
			assert.Contains(t, known, "--"+flag[1]+" ", name)
		}
	}
}

func TestTargetsExist(t *testing.T) {
	for _, name := range ours {
		for _, spec := range regexp.MustCompile(`--target[ =]([a-z][a-z0-9_:./]*)`).FindAllStringSubmatch(read(t, name), -1) {
			_, err := targets.Lookup(spec[1])
			assert.NoError(t, err, name)
		}
	}
}

func TestRulesExist(t *testing.T) {
	for _, name := range documents(t) {
		for _, id := range regexp.MustCompile(`rules\.md#([a-z0-9-]+)`).FindAllStringSubmatch(read(t, name), -1) {
			_, err := audit.FindRule(id[1])
			assert.NoError(t, err, name)
		}
	}
}

// TestLinksLead looks at links into the module alone.
func TestLinksLead(t *testing.T) {
	for _, name := range documents(t) {
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`).FindAllStringSubmatch(read(t, name), -1) {
			_, err := os.Stat(filepath.Join(filepath.Dir(name), link[1]))
			assert.NoError(t, err, name)
		}
	}
}

// TestKeysAreDocumented runs the command over all that it has words for, and
// looks for every key in json.md.
func TestKeysAreDocumented(t *testing.T) {
	self, err := os.Executable() // of Go, so it has what show says of Go
	require.NoError(t, err)
	damaged := filepath.Join(t.TempDir(), "damaged")
	require.NoError(t, os.WriteFile(damaged, []byte("\x7fELF"), 0o666))
	document := read(t, "json.md")
	assert.Contains(t, document, "`"+report.Schema+"`")
	for _, args := range [][]string{
		{"check", "--format", "json", "--target", "debian:11", "testdata", damaged},
		{"show", "--format", "json", "--symbols", "testdata/elf", "testdata/macho", self},
		{"targets", "--format", "json"},
		{"explain", "--format", "json"},
		{"needs", "--format", "json", "--symbols", "testdata/elf/glibc-floor"},
		{"luajit", "--format", "json", "testdata"},
		{"diff", "--format", "jsonl", "testdata/elf", "testdata/macho"},
		{"load", "--format", "jsonl", "--root", t.TempDir(), "testdata/elf/glibc-floor"},
	} {
		out, _ := abivet(t, args...)
		start, end := strings.Index(out, "{"), strings.LastIndex(out, "}") // without what stands on stderr
		require.GreaterOrEqual(t, start, 0, out)
		for d := json.NewDecoder(strings.NewReader(out[start : end+1])); d.More(); {
			var v any
			require.NoError(t, d.Decode(&v), "%v", args)
			for key := range keys(v, map[string]bool{}) {
				assert.Contains(t, document, "`"+key+"`", "json.md does not say what %s has as %s", args[0], key)
			}
		}
	}
}

// free are objects whose keys are data.
var free = map[string]bool{"settings": true, "symbols": true, "markers": true, "forbidden": true}

func keys(v any, found map[string]bool) map[string]bool {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			found[key] = true
			if _, object := value.(map[string]any); !object || !free[key] {
				keys(value, found)
			}
		}
	case []any:
		for _, value := range v {
			keys(value, found)
		}
	}
	return found
}

// TestTargetFile: the target in YAML that a document shows is one.
func TestTargetFile(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(read(t, "targets.md"), -1)
	require.Len(t, blocks, 1)
	name := filepath.Join(t.TempDir(), "our-servers.yaml")
	require.NoError(t, os.WriteFile(name, []byte(blocks[0][1]), 0o666))
	out, code := abivet(t, "check", "--target-file", name, "testdata/elf/glibc-floor")
	assert.Equal(t, 1, code, out)
	assert.Contains(t, out, "our-servers has 2.31")
}
