package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// TextOptions says how text looks; it changes nothing of what is said.
type TextOptions struct {
	Color bool // the reader is a terminal
}

// Text writes a report for people: a block for each file that has something to
// be said of, then the rules that did not judge, then one line of numbers.
// Files that pass are counted, not listed; without a target, every file is
// listed with its floor.
func Text(w io.Writer, r *abi.Report, o TextOptions) error {
	t := text{Writer: bufio.NewWriter(w), color: o.Color}
	for _, result := range r.Results {
		t.result(result, r.Target == "")
	}
	t.skipped(r.Results)
	t.summary(r)
	return t.Flush()
}

type text struct {
	*bufio.Writer // keeps the first error until Flush
	color         bool
}

func (t text) result(r abi.Result, floor bool) {
	floor = floor && len(r.Floor) > 0
	if len(r.Findings) == 0 && r.Err == nil && !floor {
		return
	}
	fmt.Fprintf(t, "%s: %s\n", t.paint(bold, name(r)), t.what(r))
	if floor {
		fmt.Fprintf(t, "  needs %s\n", oneLine(strings.Join(r.Floor, ", ")))
	}
	for _, f := range r.Findings {
		t.finding(f)
	}
}

// name is the path and the member of a result.
func name(r abi.Result) string {
	if r.Member == "" {
		return Clean(r.Path)
	}
	return Clean(r.Path + "(" + r.Member + ")")
}

func (t text) what(r abi.Result) string {
	if r.Err != nil {
		return t.paint(red, "could not be checked: ") + Clean(r.Err.Error())
	}
	return Clean(r.Platform.String())
}

func (t text) finding(f abi.Finding) {
	fmt.Fprintf(t, "  %s %s: %s\n", t.paint(colorOf(f.Severity), f.Severity.String()), f.Rule, oneLine(f.Message))
	for _, line := range f.Evidence {
		fmt.Fprintf(t, "      %s\n", Clean(line))
	}
	if f.Fix != "" {
		fmt.Fprintf(t, "      fix: %s\n", oneLine(f.Fix))
	}
}

// skipped says each reason once: with one target, thousands of files have the
// same.
func (t text) skipped(results []abi.Result) {
	files := map[abi.Skipped]int{}
	rules := map[string][]string{} // by reason
	for _, r := range results {
		for _, s := range r.Skipped {
			if files[s] == 0 {
				rules[s.Why] = append(rules[s.Why], s.Rule)
			}
			files[s]++
		}
	}
	if len(files) == 0 {
		return
	}
	fmt.Fprintln(t, "not judged:")
	var lines []string
	for why, ids := range rules {
		slices.Sort(ids)
		most := 0
		for _, id := range ids {
			most = max(most, files[abi.Skipped{Rule: id, Why: why}])
		}
		lines = append(lines, fmt.Sprintf("  %s: %s (%s)", strings.Join(ids, ", "), oneLine(why), count(most, "file")))
	}
	slices.Sort(lines)
	for _, line := range lines {
		fmt.Fprintln(t, line)
	}
}

func (t text) summary(r *abi.Report) {
	s := r.Summary()
	target := "against no target"
	if r.Target != "" {
		target = "against " + Clean(r.Target)
	}
	fmt.Fprintf(t, "checked %s %s: %s, %s, %s", count(s.Files-s.Unchecked, "file"), target,
		count(s.Errors, "error"), count(s.Warnings, "warning"), count(s.Notes, "note"))
	if s.Unchecked > 0 {
		fmt.Fprint(t, "; ", t.paint(red, count(s.Unchecked, "file")+" could not be checked"))
	}
	fmt.Fprintln(t)
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

// The colours, as parameters of the sequence that selects them.
const (
	bold   = "1"
	red    = "31"
	yellow = "33"
	cyan   = "36"
)

func colorOf(s abi.Severity) string {
	switch s {
	case abi.Error:
		return red
	case abi.Warning:
		return yellow
	}
	return cyan
}

func (t text) paint(color, s string) string {
	if !t.color {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}
