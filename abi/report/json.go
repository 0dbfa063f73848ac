package report

import (
	"bufio"
	"encoding/json"
	"io"

	"github.com/abivet/abivet/abi"
)

// Schema names the form of the JSON. Keys may be added to it; none is renamed
// or taken away.
const Schema = "abivet/1"

// A File is what the JSON says of one file, slice of a universal file or
// member of an archive. Its lists are never null.
type File struct {
	Path     string       `json:"path"`
	Member   string       `json:"member,omitempty"`
	Format   string       `json:"format"`
	Platform abi.Platform `json:"platform"`
	Floor    []string     `json:"floor"`
	Findings []Finding    `json:"findings"`
	Skipped  []Skipped    `json:"skipped"`
	// Error says why the file could not be checked. A file without findings
	// is a pass only where there is none.
	Error string `json:"error,omitempty"`
}

// A Finding is an [abi.Finding] in JSON.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity string   `json:"severity"` // error, warning, note
	Message  string   `json:"message"`
	Evidence []string `json:"evidence"`
	Fix      string   `json:"fix"`
	Subject  string   `json:"subject,omitempty"`
	Target   string   `json:"target,omitempty"`
}

// A Skipped is an [abi.Skipped] in JSON.
type Skipped struct {
	Rule string `json:"rule"`
	Why  string `json:"why"`
}

// NewFile says in the words of the JSON what a result says.
func NewFile(r abi.Result) File {
	file := File{
		Path:     r.Path,
		Member:   r.Member,
		Format:   r.Format,
		Platform: r.Platform,
		Floor:    list(r.Floor),
		Findings: make([]Finding, 0, len(r.Findings)),
		Skipped:  make([]Skipped, 0, len(r.Skipped)),
	}
	for _, f := range r.Findings {
		file.Findings = append(file.Findings, Finding{
			Rule:     f.Rule,
			Severity: f.Severity.String(),
			Message:  f.Message,
			Evidence: list(f.Evidence),
			Fix:      paragraph(f.Fix),
			Subject:  f.Subject,
			Target:   f.Target,
		})
	}
	for _, s := range r.Skipped {
		file.Skipped = append(file.Skipped, Skipped(s))
	}
	if r.Err != nil {
		file.Error = r.Err.Error()
	}
	return file
}

// list makes [] of what would be null.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// JSON writes the whole report as one document.
func JSON(w io.Writer, r *abi.Report) error {
	files := make([]File, len(r.Results))
	for i, result := range r.Results {
		files[i] = NewFile(result)
	}
	out := bufio.NewWriter(w)
	if err := encoder(out, "  ").Encode(struct {
		Schema  string      `json:"schema"`
		Target  string      `json:"target"`
		Files   []File      `json:"files"`
		Summary abi.Summary `json:"summary"`
	}{Schema, r.Target, files, r.Summary()}); err != nil {
		return err
	}
	return out.Flush()
}

func encoder(w io.Writer, indent string) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // messages speak of <, > and &
	e.SetIndent("", indent)
	return e
}
