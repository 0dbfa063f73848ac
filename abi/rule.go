package abi

import (
	"fmt"
	"slices"
	"strings"
)

// A Severity says how much a finding weighs. The zero value is not set.
type Severity int

// The severities, from the lightest.
const (
	_       Severity = iota
	Note             // worth knowing; nothing breaks
	Warning          // breaks some user, or breaks in silence
	Error            // does not load or does not work in the target
)

var severityNames = [...]string{"unset", "note", "warning", "error"}

func (s Severity) String() string {
	if s < 0 || int(s) >= len(severityNames) {
		return fmt.Sprintf("severity %d", int(s))
	}
	return severityNames[s]
}

// ParseSeverity reads note, warning or error.
func ParseSeverity(s string) (Severity, error) {
	for i, name := range severityNames[1:] {
		if s == name {
			return Severity(i + 1), nil
		}
	}
	return 0, fmt.Errorf("severity %q: want note, warning or error", s)
}

// A Doc is what a reader wants to know of a rule. A hazard that exists in
// several forms (an ELF file, a Mach-O file, a closure) has one Doc and one
// Rule for each form.
type Doc struct {
	ID       string   // kebab case, stable for ever
	Title    string   // one line, no full stop
	Severity Severity // of its findings, where they do not say otherwise
	Why      string   // what happens, to whom, and who enforces it
	Fix      string   // what to change
	Refs     []string // specifications, loader sources, threads
	// Release marks a rule of hygiene and hardening: it is no question of
	// the ABI and runs only when the release preset is asked for.
	Release bool
	// Costly marks a rule whose facts take far longer to read than all others
	// together. It runs only when it is asked for.
	Costly bool
}

// A Rule judges an F: a file, the slices of a universal file, a whole resolved
// process. It is a value; Check is a pure function.
type Rule[F any] struct {
	Doc
	// Check returns what it finds wrong with f for the target. It returns
	// nothing where the target lacks the promise that it needs.
	Check func(f F, t Target) []Finding
	// Skip says what of f the rule cannot judge against the target, and
	// why, or "". A nil Skip judges everything.
	Skip func(f F, t Target) string
}

// A Finding is one thing wrong with one file. Fields that a rule leaves empty
// are filled from its Doc by [Check].
type Finding struct {
	Rule     string
	Severity Severity
	Message  string   // names both values that were compared
	Evidence []string // lets a doubter look for himself
	Fix      string
	Target   string // that it was judged against; empty where none was named
	// Subject is the library, symbol or segment to blame. It stays the same
	// when numbers in the message change, so that a finding can be known
	// again.
	Subject string
}

// Validate refuses malformed rules: one without an ID in kebab case, Title,
// Severity, Why, Fix or Check, and an ID that stands twice.
func Validate[F any](rules []Rule[F]) error {
	seen := map[string]bool{}
	for i, r := range rules {
		if !isKebab(r.ID) {
			return fmt.Errorf("rule %d: ID %q: want lower-case words with hyphens", i, r.ID)
		}
		if seen[r.ID] {
			return fmt.Errorf("rule %s: the ID stands twice", r.ID)
		}
		seen[r.ID] = true
		for _, f := range []struct {
			name string
			ok   bool
		}{
			{"Title", r.Title != ""},
			{"Severity", r.Severity >= Note && r.Severity <= Error},
			{"Why", strings.TrimSpace(r.Why) != ""},
			{"Fix", strings.TrimSpace(r.Fix) != ""},
			{"Check", r.Check != nil},
		} {
			if !f.ok {
				return fmt.Errorf("rule %s: no %s", r.ID, f.name)
			}
		}
	}
	return nil
}

func isKebab(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' || strings.Contains(s, "--") {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Check runs the rules over f. What a rule could not judge is in the second
// result, never left out in silence.
func Check[F any](rules []Rule[F], f F, t Target) ([]Finding, []Skipped) {
	var findings []Finding
	var room [24]Skipped // or each of thousands of files leaves lists of all sizes behind
	skipped := room[:0]
	for i := range rules {
		r := &rules[i]
		if r.Skip != nil {
			if why := r.Skip(f, t); why != "" {
				skipped = append(skipped, Skipped{Rule: r.ID, Why: why})
			}
		}
		for _, finding := range r.Check(f, t) {
			finding.Rule, finding.Target = r.ID, t.Name
			if finding.Severity == 0 {
				finding.Severity = r.Severity
			}
			if finding.Fix == "" {
				finding.Fix = r.Fix
			}
			findings = append(findings, finding)
		}
	}
	if len(skipped) == 0 {
		return findings, nil
	}
	return findings, slices.Clone(skipped)
}
