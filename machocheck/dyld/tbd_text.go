package dyld

import (
	"fmt"
	"strings"
)

// A tbdReader reads the YAML of stubs. What Apple's tools write of YAML is: keys
// at the start of a line, lists of groups below some of them, each group begun by
// a dash, and lists of words between brackets that may run over several lines.
type tbdReader struct {
	rest   string
	line   int
	stubs  []Stub
	open   bool // a document has begun
	old    bool // version 1 or 2
	archs  []string
	in     string // the key of the groups that are being read
	budget int
}

func readTBDText(text string) ([]Stub, error) {
	r := &tbdReader{rest: text, budget: maxTBDNames*len(text) + 1}
	for r.rest != "" {
		if err := r.next(); err != nil {
			return nil, fmt.Errorf("line %d: %w", r.line, err)
		}
	}
	if len(r.stubs) == 0 {
		return nil, errTBD
	}
	for _, stub := range r.stubs {
		if stub.InstallName == "" {
			return nil, fmt.Errorf("%w: a library without an install name", errTBD)
		}
	}
	return r.stubs, nil
}

func (r *tbdReader) take() string {
	line, rest, _ := strings.Cut(r.rest, "\n")
	r.rest = rest
	r.line++
	return strings.TrimRight(line, " \t\r")
}

// next reads one key with its value.
func (r *tbdReader) next() error {
	line := r.take()
	word := strings.TrimLeft(line, " ")
	indent := len(line) - len(word)
	switch {
	case word == "" || word[0] == '#':
		return nil
	case strings.HasPrefix(line, "---"):
		r.stubs = append(r.stubs, Stub{})
		r.open, r.in, r.archs = true, "", nil
		r.old = !strings.Contains(line, "!tapi-tbd") || strings.Contains(line, "tapi-tbd-v2")
		return nil
	case strings.HasPrefix(line, "..."):
		r.open = false
		return nil
	case !r.open:
		return errTBD
	}
	group := false
	if rest, ok := strings.CutPrefix(word, "-"); ok {
		group = true
		word = strings.TrimLeft(rest, " ")
	}
	key, value, ok := strings.Cut(word, ":")
	if !ok {
		if indent == 0 && !group {
			return fmt.Errorf("%q: want a key and a colon", clip(word))
		}
		return nil // an entry of a list that is of no interest
	}
	value = strings.TrimSpace(value)
	names := []string{unquote(value)}
	if strings.HasPrefix(value, "[") {
		var err error
		if names, err = r.words(value); err != nil {
			return err
		}
	}
	if indent == 0 && !group {
		r.top(key, names)
		return nil
	}
	return r.inGroup(key, names, group)
}

// top takes a key of the library itself.
func (r *tbdReader) top(key string, names []string) {
	stub := &r.stubs[len(r.stubs)-1]
	r.in = key
	switch key {
	case "install-name":
		stub.InstallName = names[0]
	case "targets", "archs":
		r.archs = archsOf(names)
	case "tbd-version":
		r.old = false
	}
}

// inGroup takes a key of a group of exports.
func (r *tbdReader) inGroup(key string, names []string, begins bool) error {
	stub := &r.stubs[len(r.stubs)-1]
	switch r.in {
	case "exports", "reexports", "reexported-libraries":
	default:
		return nil
	}
	if begins || len(stub.Exports) == 0 {
		stub.Exports = append(stub.Exports, StubExports{Archs: r.archs})
	}
	e := &stub.Exports[len(stub.Exports)-1]
	if key == "targets" || key == "archs" {
		e.Archs = archsOf(names)
		return nil
	}
	for _, name := range names {
		r.budget -= len(name)
	}
	if r.budget < 0 {
		return fmt.Errorf("more names than the file has room for")
	}
	e.add(key, names, r.old)
	return nil
}

// words reads a list between brackets, which may go on in the next lines.
func (r *tbdReader) words(value string) ([]string, error) {
	var list []string
	value = value[1:]
	for {
		value = strings.TrimLeft(value, " \t,")
		switch {
		case value == "" && r.rest == "":
			return nil, fmt.Errorf("a list without an end")
		case value == "":
			value = strings.TrimSpace(r.take())
			continue
		case value[0] == ']':
			return list, nil
		}
		end := strings.IndexAny(value, ",]")
		if q := value[0]; q == '\'' || q == '"' {
			if end = strings.IndexByte(value[1:], q); end < 0 {
				return nil, fmt.Errorf("%q: a quotation without an end", clip(value))
			}
			end += 2
		}
		if end < 0 {
			end = len(value)
		}
		list = append(list, unquote(strings.TrimSpace(value[:end])))
		value = value[end:]
	}
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// clip shortens what a message quotes.
func clip(s string) string { return s[:min(len(s), 60)] }
