package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// TextOptions says how text looks; it changes nothing of what is said.
type TextOptions struct {
	Color bool // the reader is a terminal
	// Readable, where it is not nil, is given each line of evidence: names in it
	// may be written out.
	Readable func(line string) string
}

// Text writes a report for people: a block for each file that has something to
// be said of, then the rules that did not judge, then one line of numbers.
// Files that pass are counted, not listed; without a target, every file is
// listed with its floor.
func Text(w io.Writer, r *abi.Report, o TextOptions) error {
	t := text{Writer: bufio.NewWriter(w), color: o.Color, fixes: map[string]string{}, readable: o.Readable}
	if t.readable == nil {
		t.readable = func(line string) string { return line }
	}
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
	fixes         map[string]string // that were said, and of which file
	readable      func(line string) string
}

func (t text) result(r abi.Result, floor bool) {
	floor = floor && len(r.Floor) > 0
	if len(r.Findings) == 0 && r.Err == nil && !floor {
		return
	}
	fmt.Fprintf(t, "%s: %s\n", t.paint(bold, name(r)), t.what(r))
	if floor {
		verb := "needs"
		if r.Platform == (abi.Platform{}) {
			verb = "keeps" // of a package its tag
		}
		fmt.Fprintf(t, "  %s %s\n", verb, oneLine(strings.Join(r.Floor, ", ")))
	}
	for _, f := range r.Findings {
		t.finding(name(r), f)
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
	if r.Platform == (abi.Platform{}) && r.Format != "" {
		return Clean(r.Format) // a package
	}
	return Clean(r.Platform.String())
}

func (t text) finding(name string, f abi.Finding) {
	fmt.Fprintf(t, "  %s %s: %s\n", t.paint(colorOf(f.Severity), f.Severity.String()), f.Rule, oneLine(f.Message))
	for _, line := range f.Evidence {
		fmt.Fprintf(t, "      %s\n", Clean(t.readable(line)))
	}
	t.fix(name, f.Fix)
}

// fix says how to mend it, once: a thousand files may have the same fix. Its
// paragraphs become lines; what is indented in it, commands and tables, stays as
// it is.
func (t text) fix(name, fix string) {
	if fix == "" {
		return
	}
	if first, ok := t.fixes[fix]; ok {
		if first == name {
			fmt.Fprintln(t, "      fix: as above")
		} else {
			fmt.Fprintf(t, "      fix: as for %s\n", first)
		}
		return
	}
	t.fixes[fix] = name
	lead := "fix: "
	for _, line := range layout(fix) {
		fmt.Fprintf(t, "      %s%s\n", lead, line)
		lead = "     "
	}
}

// layout joins the lines of each paragraph, and leaves indented lines alone.
func layout(s string) []string {
	var lines []string
	open := false // the last line goes on
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.Trim(line, " \t") == "":
			open = false
		case strings.HasPrefix(line, "  "):
			lines, open = append(lines, Clean(line)), false
		case open:
			lines[len(lines)-1] += " " + Clean(strings.Trim(line, " \t"))
		default:
			lines, open = append(lines, Clean(strings.Trim(line, " \t"))), true
		}
	}
	return lines
}

// maxReasons is how many reasons of the same rules are shown: a rule may name
// what it could not judge in each file.
const maxReasons = 4

// A reason is why rules did not judge some files.
type reason struct {
	rules string
	why   string
	files int
}

// names are the rules, or how many they are: those over files that are for no
// target are all that there are.
func (r reason) names() string {
	const many = 25
	if n := strings.Count(r.rules, ", ") + 1; n > many {
		return count(n, "rule")
	}
	return r.rules
}

// skipped says each reason once: thousands of files have the same.
func (t text) skipped(results []abi.Result) {
	reasons := reasonsOf(results)
	if len(reasons) == 0 {
		return
	}
	fmt.Fprintln(t, "not judged:")
	for len(reasons) > 0 {
		same := 1
		for same < len(reasons) && reasons[same].rules == reasons[0].rules {
			same++
		}
		for _, r := range reasons[:min(same, maxReasons)] {
			fmt.Fprintf(t, "  %s: %s (%s)\n", r.names(), oneLine(r.why), count(r.files, "file"))
		}
		if more := same - maxReasons; more > 0 {
			fmt.Fprintf(t, "  %s: %s; the JSON has them all\n", reasons[0].names(), count(more, "more reason"))
		}
		reasons = reasons[same:]
	}
}

// reasonsOf puts rules that have a reason in common together, and the reason
// of most files first.
func reasonsOf(results []abi.Result) []reason {
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
	reasons := make([]reason, 0, len(rules))
	for why, ids := range rules {
		slices.Sort(ids)
		r := reason{rules: strings.Join(ids, ", "), why: why}
		for _, id := range ids {
			r.files = max(r.files, files[abi.Skipped{Rule: id, Why: why}])
		}
		reasons = append(reasons, r)
	}
	slices.SortFunc(reasons, func(a, b reason) int {
		return cmp.Or(cmp.Compare(a.rules, b.rules), b.files-a.files, cmp.Compare(a.why, b.why))
	})
	return reasons
}

func (t text) summary(r *abi.Report) {
	s := r.Summary()
	target := "against no target"
	if r.Target != "" {
		target = "against " + Clean(r.Target)
	}
	findings := "no findings"
	if s.Errors+s.Warnings+s.Notes > 0 {
		findings = count(s.Errors, "error") + ", " + count(s.Warnings, "warning") + ", " + count(s.Notes, "note")
	}
	fmt.Fprintf(t, "checked %s %s: %s", count(s.Files-s.Unchecked, "file"), target, findings)
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
