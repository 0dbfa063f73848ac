package report

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// SARIF writes a report in the Static Analysis Results Interchange Format,
// version 2.1.0, as one run. Each file that could not be checked and each rule that
// did not judge some is a notification of the run, and the former make it one that
// was not successful.
//
// Results of all the rules in docs can be described; version is abivet's own.
// GitHub refuses a run of more than 25,000 results; nothing is left out to
// please it.
func SARIF(w io.Writer, r *abi.Report, docs []abi.Doc, version string) error {
	s := sarif{rules: make([]sarifRule, 0, len(docs)), index: map[string]int{}}
	for i, d := range docs {
		s.rules = append(s.rules, newSARIFRule(d))
		s.index[d.ID] = i
	}
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name:           "abivet",
			Version:        version,
			InformationURI: "https://github.com/abivet/abivet",
			Rules:          s.rules,
		}},
		Invocations: []sarifInvocation{s.invocation(r)},
		Results:     s.results(r),
		ColumnKind:  "utf16CodeUnits",
		Properties:  map[string]any{"target": r.Target, "summary": r.Summary()},
	}
	out := bufio.NewWriter(w)
	if err := encoder(out, "  ").Encode(sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	}); err != nil {
		return err
	}
	return out.Flush()
}

type sarif struct {
	rules []sarifRule
	index map[string]int // of a rule, by its ID
}

func newSARIFRule(d abi.Doc) sarifRule {
	why, fix := paragraph(d.Why), paragraph(d.Fix)
	text := why + "\n\nFix: " + fix
	markdown := why + "\n\n**Fix:** " + fix
	for _, ref := range d.Refs {
		text += "\n" + ref
		markdown += "\n- " + ref
	}
	rule := sarifRule{
		ID:               d.ID,
		ShortDescription: sarifText{Text: d.Title},
		FullDescription:  sarifText{Text: why},
		Help:             sarifText{Text: text, Markdown: markdown},
		Configuration:    sarifConfiguration{Level: d.Severity.String(), Enabled: !d.Release},
		Properties:       map[string]any{"tags": tags(d)},
	}
	for _, ref := range d.Refs {
		if strings.HasPrefix(ref, "https://") {
			rule.HelpURI = escapePath(ref, ":?#=&%+,@()")
			break
		}
	}
	return rule
}

func tags(d abi.Doc) []string {
	if d.Release {
		return []string{"release"}
	}
	return []string{"abi"}
}

func (s sarif) results(r *abi.Report) []sarifResult {
	results := []sarifResult{} // never null: null says that nothing was looked at
	for _, file := range r.Results {
		for _, f := range file.Findings {
			result := sarifResult{
				RuleID:       f.Rule,
				Level:        f.Severity.String(),
				Message:      sarifText{Text: message(f)},
				Locations:    []sarifLocation{location(file)},
				Fingerprints: fingerprints(file, f),
				Properties:   map[string]any{"platform": file.Platform.String(), "evidence": list(f.Evidence), "fix": paragraph(f.Fix)},
			}
			if i, ok := s.index[f.Rule]; ok {
				result.RuleIndex = &i
			}
			results = append(results, result)
		}
	}
	return results
}

// message has the evidence and the fix of this very finding in it: GitHub
// shows the message beside the file, and only the rule's own help below.
func message(f abi.Finding) string {
	lines := append([]string{f.Message}, f.Evidence...)
	if f.Fix != "" {
		lines = append(lines, "Fix: "+paragraph(f.Fix))
	}
	return strings.Join(lines, "\n")
}

func location(file abi.Result) sarifLocation {
	var l sarifLocation
	l.Physical.Artifact.URI = pathURI(file.Path)
	l.Physical.Region.StartLine = 1 // GitHub drops a result that has no line
	if file.Member != "" {
		l.Logical = []sarifLogicalLocation{{
			Name:      file.Member,
			Qualified: file.Path + "(" + file.Member + ")",
			Kind:      "member",
		}}
	}
	return l
}

// pathURI percent-encodes a path; an absolute one becomes a file URI, a
// relative one stays relative.
func pathURI(path string) string {
	if strings.HasPrefix(path, "/") {
		return "file://" + escapePath(path, "")
	}
	return escapePath(strings.TrimPrefix(path, "./"), "")
}

// escapePath keeps what RFC 3986 calls unreserved, slashes and the bytes in
// keep. A colon is not among them: in the first word of a relative path it
// would make a scheme of that word.
func escapePath(path, keep string) string {
	const unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"
	var b strings.Builder
	for i := range len(path) {
		if strings.IndexByte(unreserved, path[i]) >= 0 || strings.IndexByte(keep, path[i]) >= 0 {
			b.WriteByte(path[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", path[i])
		}
	}
	return b.String()
}

// fingerprints let a finding be known again in a later run: by what it is
// about, never by the file's contents or the numbers in its message.
func fingerprints(file abi.Result, f abi.Finding) map[string]string {
	h := sha256.New()
	for _, part := range []string{f.Rule, file.Path, file.Member, file.Platform.String(), f.Subject, f.Target} {
		fmt.Fprintf(h, "%d:%s", len(part), part) // so that a:bc is not ab:c
	}
	sum := hex.EncodeToString(h.Sum(nil)[:16])
	return map[string]string{
		"abivet/v1": sum,
		// The one key that GitHub reads. Without it, it hashes the lines of
		// the file, which a binary does not have.
		"primaryLocationLineHash": sum,
	}
}

func (s sarif) invocation(r *abi.Report) sarifInvocation {
	v := sarifInvocation{Successful: true, Notifications: []sarifNotification{}}
	for _, file := range r.Results {
		if file.Err != nil {
			v.Successful = false
			v.Notifications = append(v.Notifications, sarifNotification{
				Level:     "error",
				Message:   sarifText{Text: "could not be checked: " + file.Err.Error()},
				Locations: []sarifLocation{location(file)},
			})
		}
	}
	v.Notifications = append(v.Notifications, s.skipped(r)...)
	return v
}

// skipped is one notification for each rule, with all its reasons: a rule may
// name in each file what it could not judge there.
func (s sarif) skipped(r *abi.Report) []sarifNotification {
	files, reasons := map[string]int{}, map[abi.Skipped]int{}
	for _, file := range r.Results {
		for i, skipped := range file.Skipped {
			reasons[skipped]++
			if !slices.ContainsFunc(file.Skipped[:i], func(other abi.Skipped) bool { return other.Rule == skipped.Rule }) {
				files[skipped.Rule]++
			}
		}
	}
	byRule := map[string][]abi.Skipped{}
	for skipped := range reasons {
		byRule[skipped.Rule] = append(byRule[skipped.Rule], skipped)
	}
	var all []sarifNotification
	for _, rule := range slices.Sorted(maps.Keys(byRule)) {
		text := fmt.Sprintf("%s did not judge %s:", rule, count(files[rule], "file"))
		why := byRule[rule]
		slices.SortFunc(why, func(a, b abi.Skipped) int {
			return cmp.Or(reasons[b]-reasons[a], strings.Compare(a.Why, b.Why))
		})
		if len(why) == 1 {
			text += " " + paragraph(why[0].Why)
		} else {
			for _, skipped := range why {
				text += fmt.Sprintf("\n%s (%s)", paragraph(skipped.Why), count(reasons[skipped], "file"))
			}
		}
		n := sarifNotification{Level: "note", Message: sarifText{Text: text}}
		if i, ok := s.index[rule]; ok {
			n.Rule = &sarifReference{ID: rule, Index: i}
		}
		all = append(all, n)
	}
	return all
}
