package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

var update = flag.Bool("update", false, "write the golden files anew; read the difference")

// sample has one of everything that a report can hold.
func sample() *abi.Report {
	linux := abi.Platform{OS: "linux", Arch: "amd64"}
	return &abi.Report{
		Target: "debian:11",
		Results: []abi.Result{
			{Path: "lib/clean.so", Format: "elf", Platform: linux, Floor: []string{"GLIBC_2.17 (libc.so.6)"}},
			{
				Path: "lib/new & <odd>.so", Format: "elf", Platform: linux, Floor: []string{"GLIBC_2.34 (libc.so.6)"},
				Findings: []abi.Finding{
					{
						Rule: "glibc-floor", Severity: abi.Error, Message: "needs GLIBC_2.34 from libc.so.6; debian:11 has 2.31",
						Evidence: []string{"__libc_start_main@GLIBC_2.34"}, Fix: "build on an older\n\t\tsystem", Subject: "libc.so.6",
					},
					{Rule: "weak-version", Severity: abi.Note, Message: "weak need"},
				},
				Skipped: []abi.Skipped{{Rule: "library-not-in-target", Why: "debian:11 lists no libraries"}},
			},
			{
				Path: "/abs/lib.a", Member: "a.o", Format: "elf", Platform: linux,
				Findings: []abi.Finding{{Rule: "execstack", Severity: abi.Warning, Message: "stack", Fix: "x", Subject: "GNU_STACK"}},
				Skipped:  []abi.Skipped{{Rule: "library-not-in-target", Why: "debian:11 lists no libraries"}},
			},
			{Path: "cut.so", Format: "elf", Err: &abi.FormatError{Format: "elf", Offset: 64, What: "program header: cut"}},
		},
	}
}

var docs = []abi.Doc{
	{ID: "execstack", Title: "The stack is executable", Severity: abi.Warning, Why: "Because.", Fix: "Do\n\tnot.", Refs: []string{"man 8 execstack", "https://example.org/a b?c#d"}},
	{ID: "glibc-floor", Title: "Too new", Severity: abi.Error, Why: "Why.", Fix: "Fix."},
	{ID: "library-not-in-target", Title: "No such library", Severity: abi.Error, Why: "Why.", Fix: "Fix."},
	{ID: "soname-missing", Title: "No name", Severity: abi.Note, Why: "Why.", Fix: "Fix.", Release: true},
}

func TestGolden(t *testing.T) {
	writers := map[string]func(*bytes.Buffer) error{
		"report.txt":   func(b *bytes.Buffer) error { return Text(b, sample(), TextOptions{}) },
		"report.json":  func(b *bytes.Buffer) error { return JSON(b, sample()) },
		"report.jsonl": func(b *bytes.Buffer) error { return JSONL(b, sample()) },
		"report.sarif": func(b *bytes.Buffer) error { return SARIF(b, sample(), docs, "1.2.3") },
	}
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			require.NoError(t, write(&got))
			golden := filepath.Join("testdata", name)
			if *update {
				require.NoError(t, os.WriteFile(golden, got.Bytes(), 0o666))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), got.String())
		})
	}
}

func TestNothingIsNull(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, JSON(&b, &abi.Report{}))
	assert.Contains(t, b.String(), `"files": []`)
	assert.Contains(t, b.String(), `"target": ""`)

	b.Reset()
	require.NoError(t, JSON(&b, &abi.Report{Results: []abi.Result{{Path: "x", Findings: []abi.Finding{{}}}}}))
	assert.NotContains(t, b.String(), "null")
	assert.NotContains(t, b.String(), `"member"`)
	assert.NotContains(t, b.String(), `"error":`)

	b.Reset()
	require.NoError(t, SARIF(&b, &abi.Report{}, nil, ""))
	assert.NotContains(t, b.String(), "null")
}

func TestTextWithoutTarget(t *testing.T) {
	r := sample()
	r.Target = ""
	var b strings.Builder
	require.NoError(t, Text(&b, r, TextOptions{}))
	assert.Contains(t, b.String(), "lib/clean.so: linux/amd64\n  needs GLIBC_2.17 (libc.so.6)\n")
	assert.Contains(t, b.String(), "checked 3 files against no target: 1 error, 1 warning, 1 note; 1 file could not be checked\n")
}

func TestTextOfNothing(t *testing.T) {
	var b strings.Builder
	require.NoError(t, Text(&b, &abi.Report{Target: "debian:11"}, TextOptions{}))
	assert.Equal(t, "checked 0 files against debian:11: no findings\n", b.String())
}

func TestColor(t *testing.T) {
	var plain, colored strings.Builder
	require.NoError(t, Text(&plain, sample(), TextOptions{}))
	require.NoError(t, Text(&colored, sample(), TextOptions{Color: true}))
	assert.NotContains(t, plain.String(), "\x1b")
	assert.Contains(t, colored.String(), "\x1b[31merror\x1b[0m glibc-floor")
}

// Whatever a file is called and holds, it stays words on its own line.
func TestTextIsHarmless(t *testing.T) {
	evil := []string{
		"a\nchecked 9 files: all is well", "\x1b[2J", "\x9b2J", "\xff\xfe", "right\u202eto left", "tab\there", "\r",
		"::error::x", "  ::set-env name=A::b", "##[error]x", "x##vso[task.setvariable]", "\u2028",
	}
	for _, s := range evil {
		finding := abi.Finding{Rule: "r", Severity: abi.Error, Message: s, Evidence: []string{s}, Fix: s}
		r := &abi.Report{Target: s, Results: []abi.Result{
			{Path: s, Member: s, Platform: abi.Platform{OS: s, Arch: s}, Findings: []abi.Finding{finding}, Skipped: []abi.Skipped{{Rule: "r", Why: s}}},
			{Path: s, Err: errors.New(s)},
		}}
		var b strings.Builder
		require.NoError(t, Text(&b, r, TextOptions{}))
		lines := strings.Split(b.String(), "\n")
		assert.Len(t, lines, 9, "%q", s)
		for _, line := range lines {
			assert.True(t, isHarmless(line), "%q", line)
			assert.False(t, strings.HasPrefix(strings.TrimSpace(line), "::"), "%q", line)
			assert.NotContains(t, line, "##")
		}
	}
}

func TestCleanKeepsWords(t *testing.T) {
	for _, s := range []string{"", "libc.so.6", "Fünf 日本 ✓", "std::string", "a#b", `back\slash "quoted"`, "\ufffd"} {
		if s == "\ufffd" {
			continue // stands for a byte that is not UTF-8 as well
		}
		assert.Equal(t, s, Clean(s))
	}
	assert.Equal(t, `a\nb`, Clean("a\nb"))
	assert.Equal(t, `\xff`, Clean("\xff"))
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriteError(t *testing.T) {
	var w brokenPipe
	assert.ErrorIs(t, Text(w, sample(), TextOptions{}), os.ErrClosed)
	assert.ErrorIs(t, JSON(w, sample()), os.ErrClosed)
	assert.ErrorIs(t, JSONL(w, sample()), os.ErrClosed)
	assert.ErrorIs(t, SARIF(w, sample(), docs, ""), os.ErrClosed)
}

// The contract, read as a program of another author would: keys and types, no
// structure of ours.
func TestContract(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, JSON(&b, sample()))
	var doc map[string]any
	require.NoError(t, json.Unmarshal(b.Bytes(), &doc))
	assert.Equal(t, "abivet/1", doc["schema"])
	assert.Equal(t, "debian:11", doc["target"])
	assert.Equal(t, map[string]any{"files": 4., "errors": 1., "warnings": 1., "notes": 1., "unchecked": 1.}, doc["summary"])
	files := doc["files"].([]any)
	second := files[1].(map[string]any)
	assert.Equal(t, map[string]any{"os": "linux", "arch": "amd64"}, second["platform"])
	assert.Equal(t, "elf", second["format"])
	assert.Equal(t, []any{map[string]any{"rule": "library-not-in-target", "why": "debian:11 lists no libraries"}}, second["skipped"])
	finding := second["findings"].([]any)[0].(map[string]any)
	assert.Equal(t, "glibc-floor", finding["rule"])
	assert.Equal(t, "error", finding["severity"])
	assert.Equal(t, []any{"__libc_start_main@GLIBC_2.34"}, finding["evidence"])
	assert.Equal(t, "a.o", files[2].(map[string]any)["member"])
	assert.Equal(t, "elf: offset 0x40: program header: cut", files[3].(map[string]any)["error"])
}

func TestManyReasons(t *testing.T) {
	r := &abi.Report{Target: "debian:11"}
	for i := range 10 {
		for range i + 1 {
			r.Results = append(r.Results, abi.Result{Skipped: []abi.Skipped{
				{Rule: "runtime-floor", Why: "no word of NS" + string(rune('A'+i))},
				{Rule: "a-rule", Why: "one and the same"},
				{Rule: "b-rule", Why: "one and the same"},
			}})
		}
	}
	var b strings.Builder
	require.NoError(t, Text(&b, r, TextOptions{}))
	assert.Equal(t, `not judged:
  a-rule, b-rule: one and the same (55 files)
  runtime-floor: no word of NSJ (10 files)
  runtime-floor: no word of NSI (9 files)
  runtime-floor: no word of NSH (8 files)
  runtime-floor: no word of NSG (7 files)
  runtime-floor: 6 more reasons; the JSON has them all
checked 55 files against debian:11: no findings
`, b.String())
}

func TestTextSaysAFixOnce(t *testing.T) {
	fix := "Link it\nagain:\n  cc  -o x\nor not."
	finding := abi.Finding{Rule: "r", Severity: abi.Error, Message: "m", Fix: fix}
	r := &abi.Report{Results: []abi.Result{
		{Path: "a", Findings: []abi.Finding{finding, finding}},
		{Path: "b", Findings: []abi.Finding{finding}},
	}}
	var b strings.Builder
	require.NoError(t, Text(&b, r, TextOptions{}))
	require.Contains(t, b.String(), "      fix: Link it again:\n             cc  -o x\n           or not.\n", "paragraphs are joined, tables are not")
	require.Contains(t, b.String(), "      fix: as above\n")
	require.Contains(t, b.String(), "      fix: as for a\n")
	require.Equal(t, 1, strings.Count(b.String(), "Link it"))
}

func TestTextCountsManyRules(t *testing.T) {
	var few, many abi.Result
	for _, rule := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		many.Skipped = append(many.Skipped, abi.Skipped{Rule: rule, Why: "is for another"})
	}
	few.Skipped = []abi.Skipped{{Rule: "a", Why: "not known"}, {Rule: "b", Why: "not known"}}
	var b strings.Builder
	require.NoError(t, Text(&b, &abi.Report{Results: []abi.Result{few, many}}, TextOptions{}))
	assert.Contains(t, b.String(), "\n  a, b: not known (1 file)\n")
	assert.Contains(t, b.String(), "\n  26 rules: is for another (1 file)\n")
}

// A package runs on no one platform: it is called by its kind, and keeps a tag.
func TestTextOfPackage(t *testing.T) {
	var b strings.Builder
	r := &abi.Report{Results: []abi.Result{{Path: "x.whl", Format: "wheel", Floor: []string{"manylinux_2_17_x86_64"}}}}
	require.NoError(t, Text(&b, r, TextOptions{}))
	assert.Contains(t, b.String(), "x.whl: wheel\n  keeps manylinux_2_17_x86_64\n")
}
