package report

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// readSARIF reads the first run as another program would.
func readSARIF(t *testing.T, r *abi.Report) map[string]any {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, SARIF(&b, r, docs, "1.2.3"))
	var log map[string]any
	require.NoError(t, json.Unmarshal(b.Bytes(), &log))
	assert.Equal(t, "2.1.0", log["version"])
	runs := log["runs"].([]any)
	require.Len(t, runs, 1)
	return runs[0].(map[string]any)
}

// at follows keys and indices into a decoded document.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			require.Greater(t, len(v.([]any)), step)
			v = v.([]any)[step]
		}
	}
	return v
}

func TestSARIFRun(t *testing.T) {
	run := readSARIF(t, sample())
	rules := at(t, run, "tool", "driver", "rules").([]any)
	results := run["results"].([]any)
	require.Len(t, results, 3)
	for _, r := range results {
		if i, ok := r.(map[string]any)["ruleIndex"]; ok {
			assert.Equal(t, at(t, r, "ruleId"), at(t, rules, int(i.(float64)), "id"), "ruleIndex points at another rule")
		}
		assert.Contains(t, []any{"error", "warning", "note"}, at(t, r, "level"))
		assert.Len(t, at(t, r, "locations"), 1)
	}
	assert.Equal(t, "lib/new%20%26%20%3Codd%3E.so", at(t, results, 0, "locations", 0, "physicalLocation", "artifactLocation", "uri"))
	assert.Equal(t, "file:///abs/lib.a", at(t, results, 2, "locations", 0, "physicalLocation", "artifactLocation", "uri"))
	assert.Equal(t, "a.o", at(t, results, 2, "locations", 0, "logicalLocations", 0, "name"))
	assert.Equal(t, "https://example.org/a%20b?c#d", at(t, rules, 0, "helpUri"))
	assert.Equal(t, "warning", at(t, rules, 0, "defaultConfiguration", "level"))
	assert.Equal(t, false, at(t, rules, 3, "defaultConfiguration", "enabled"), "a rule of the release preset")

	assert.Equal(t, false, at(t, run, "invocations", 0, "executionSuccessful"), "cut.so could not be checked")
	notes := at(t, run, "invocations", 0, "toolExecutionNotifications").([]any)
	require.Len(t, notes, 2)
	assert.Equal(t, "error", at(t, notes, 0, "level"))
	assert.Equal(t, "cut.so", at(t, notes, 0, "locations", 0, "physicalLocation", "artifactLocation", "uri"))
	assert.Equal(t, "library-not-in-target did not judge 2 files: debian:11 lists no libraries", at(t, notes, 1, "message", "text"))
	assert.Equal(t, "library-not-in-target", at(t, notes, 1, "associatedRule", "id"))
}

// A rule that has another reason in each file is one notification, which says all.
func TestSARIFGathers(t *testing.T) {
	runtime := func(why string) abi.Skipped { return abi.Skipped{Rule: "runtime-floor", Why: why} }
	run := readSARIF(t, &abi.Report{Results: []abi.Result{
		{Path: "a", Skipped: []abi.Skipped{runtime("nothing of A"), {Rule: "glibc-floor", Why: "x"}}},
		{Path: "b", Skipped: []abi.Skipped{runtime("nothing of B"), runtime("nothing of C")}},
		{Path: "c", Skipped: []abi.Skipped{runtime("nothing of B")}},
	}})
	notes := at(t, run, "invocations", 0, "toolExecutionNotifications").([]any)
	require.Len(t, notes, 2)
	assert.Equal(t, "glibc-floor did not judge 1 file: x", at(t, notes, 0, "message", "text"))
	assert.Equal(t, "runtime-floor did not judge 3 files:\nnothing of B (2 files)\nnothing of A (1 file)\nnothing of C (1 file)", at(t, notes, 1, "message", "text"))
}

func TestSARIFSuccess(t *testing.T) {
	r := sample()
	r.Results = r.Results[:1]
	run := readSARIF(t, r)
	assert.Equal(t, true, at(t, run, "invocations", 0, "executionSuccessful"))
	assert.Equal(t, []any{}, run["results"])
}

// A fingerprint follows the rule, the place and the subject, and nothing else.
func TestFingerprints(t *testing.T) {
	file := abi.Result{Path: "a.so", Member: "m", Platform: abi.Platform{OS: "linux", Arch: "arm64"}}
	finding := abi.Finding{Rule: "glibc-floor", Subject: "libc.so.6", Message: "needs 2.34"}
	want := fingerprints(file, finding)

	same := finding
	same.Message, same.Evidence, same.Severity = "needs 2.35", []string{"x"}, abi.Error
	assert.Equal(t, want, fingerprints(file, same))

	for name, change := range map[string]func(*abi.Result, *abi.Finding){
		"path":     func(r *abi.Result, _ *abi.Finding) { r.Path = "b.so" },
		"member":   func(r *abi.Result, _ *abi.Finding) { r.Member = "n" },
		"platform": func(r *abi.Result, _ *abi.Finding) { r.Platform.Arch = "amd64" },
		"rule":     func(_ *abi.Result, f *abi.Finding) { f.Rule = "weak-version" },
		"subject":  func(_ *abi.Result, f *abi.Finding) { f.Subject = "ld-linux.so.2" },
		"boundary": func(r *abi.Result, f *abi.Finding) { r.Path, r.Member = "a.som", "" },
	} {
		r, f := file, finding
		change(&r, &f)
		assert.NotEqual(t, want, fingerprints(r, f), name)
	}
}

func TestPathURI(t *testing.T) {
	for path, want := range map[string]string{
		"lib/a.so":   "lib/a.so",
		"./lib/a.so": "lib/a.so",
		"../a.so":    "../a.so",
		"c:d":        "c%3Ad",
		"100%?#.so":  "100%25%3F%23.so",
		"/a b":       "file:///a%20b",
		"\xff\n":     "%FF%0A",
	} {
		got := pathURI(path)
		assert.Equal(t, want, got)
		u, err := url.Parse(got)
		require.NoError(t, err)
		assert.Equal(t, strings.TrimPrefix(path, "./"), u.Path, "read back")
	}
}
