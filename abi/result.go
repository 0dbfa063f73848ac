package abi

// Skipped is a rule that could not judge a file, or not all of it.
type Skipped struct {
	Rule string
	Why  string
}

// A Result is what is to be said of one file, one slice of a universal file or
// one member of an archive.
//
// A result without findings is a pass only where Err is nil.
type Result struct {
	Path     string // as given, joined with / below a directory
	Member   string // of an archive
	Format   string // elf, macho, luajit-bytecode, the kind of a package; empty where it could not be told
	Platform Platform
	// Floor is the newest version of each namespace that the file asks for,
	// or the oldest macOS: what it needs when no target is given.
	Floor    []string
	Findings []Finding
	Skipped  []Skipped
	Err      error // it could not be checked
}

// A Report is the results of one run, in a stable order.
type Report struct {
	Target  string // as it was asked for; empty without one
	Results []Result
}

// A Summary counts a report.
type Summary struct {
	Files     int `json:"files"`
	Errors    int `json:"errors"`
	Warnings  int `json:"warnings"`
	Notes     int `json:"notes"`
	Unchecked int `json:"unchecked"` // files that could not be checked
}

// Summary counts the results and findings.
func (r *Report) Summary() Summary {
	var s Summary
	for _, result := range r.Results {
		if result.Format != "go" { // a Go build is no file
			s.Files++
		}
		if result.Err != nil {
			s.Unchecked++
		}
		for _, f := range result.Findings {
			switch f.Severity {
			case Error:
				s.Errors++
			case Warning:
				s.Warnings++
			default:
				s.Notes++
			}
		}
	}
	return s
}

// Worst returns the heaviest severity among the findings, or zero.
func (r *Report) Worst() Severity {
	var worst Severity
	for _, result := range r.Results {
		for _, f := range result.Findings {
			worst = max(worst, f.Severity)
		}
	}
	return worst
}
