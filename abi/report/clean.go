package report

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Clean makes one harmless line of a text that may hold words out of a file:
// names of files, symbols and libraries are whatever their author wanted.
// Control characters, bytes that are not UTF-8 and characters that reorder a
// line are written as Go writes them, so that no terminal obeys them.
// Continuous integration systems take orders from lines of output as well
// (::error:: at the start of a line, ##[error] and ##vso[...] anywhere): these
// are broken up.
func Clean(s string) string {
	if !isHarmless(s) {
		s = escape(s)
	}
	if rest, ok := strings.CutPrefix(strings.TrimLeft(s, " "), "::"); ok {
		s = `\x3a:` + rest
	}
	if strings.Contains(s, "##") {
		s = strings.ReplaceAll(s, "##", `#\x23`)
	}
	return s
}

func isHarmless(s string) bool {
	for _, c := range s {
		if c == utf8.RuneError || !strconv.IsPrint(c) {
			return false
		}
	}
	return true
}

func escape(s string) string {
	var b strings.Builder
	for s != "" {
		c, n := utf8.DecodeRuneInString(s)
		if c == utf8.RuneError || !strconv.IsPrint(c) {
			quoted := strconv.Quote(s[:n])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// oneLine is Clean for the texts of a rule, which may be written on several
// lines.
func oneLine(s string) string { return Clean(paragraph(s)) }

// paragraph joins the lines of a text that stands indented in a source file.
func paragraph(s string) string { return strings.Join(strings.Fields(s), " ") }
