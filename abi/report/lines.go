package report

import (
	"bufio"
	"bytes"
	"io"

	"github.com/abivet/abivet/abi"
)

// A Lines writes results as lines of JSON, each with its schema and target, so
// that a line can be understood alone. Results need not be kept for it.
type Lines struct {
	out    *bufio.Writer
	target string
	line   []byte
}

// NewLines returns a writer of lines. Flush it in the end.
func NewLines(w io.Writer, target string) *Lines {
	return &Lines{out: bufio.NewWriterSize(w, 64<<10), target: target}
}

// Write writes the line of one result: a [File] with its schema and target. Most
// files have no findings, and with encoding/json their lines take as long as
// their rules; a test holds the two against each other.
func (l *Lines) Write(r abi.Result) error {
	b := append(l.line[:0], `{"schema":"`+Schema+`","target":`...)
	b = appendString(b, l.target)
	b = appendString(append(b, `,"path":`...), r.Path)
	if r.Member != "" {
		b = appendString(append(b, `,"member":`...), r.Member)
	}
	b = appendString(append(b, `,"format":`...), r.Format)
	b = appendString(append(b, `,"platform":{"os":`...), r.Platform.OS)
	b = appendString(append(b, `,"arch":`...), r.Platform.Arch)
	b = append(b, `},"floor":[`...)
	for i, version := range r.Floor {
		b = appendString(comma(b, i), version)
	}
	b = append(b, `],"findings":[`...)
	if len(r.Findings) > 0 {
		for i, f := range NewFile(r).Findings {
			b = appendJSON(comma(b, i), f)
		}
	}
	b = append(b, `],"skipped":[`...)
	for i, s := range r.Skipped {
		b = appendString(append(comma(b, i), `{"rule":`...), s.Rule)
		b = append(appendString(append(b, `,"why":`...), s.Why), '}')
	}
	b = append(b, ']')
	if r.Err != nil && r.Err.Error() != "" {
		b = appendString(append(b, `,"error":`...), r.Err.Error())
	}
	l.line = append(b, '}', '\n')
	_, err := l.out.Write(l.line)
	return err
}

// Flush writes what is still held back.
func (l *Lines) Flush() error { return l.out.Flush() }

func comma(b []byte, i int) []byte {
	if i == 0 {
		return b
	}
	return append(b, ',')
}

// appendString writes what is plain by itself, and has encoding/json escape the
// rest.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendJSON(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

func appendJSON(b []byte, value any) []byte {
	var out bytes.Buffer
	if err := encoder(&out, "").Encode(value); err != nil {
		panic(err) // of strings and lists of them there is none
	}
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte{'\n'})...)
}

// JSONL writes the report as lines of JSON, one for each result.
func JSONL(w io.Writer, r *abi.Report) error {
	lines := NewLines(w, r.Target)
	for _, result := range r.Results {
		if err := lines.Write(result); err != nil {
			return err
		}
	}
	return lines.Flush()
}
