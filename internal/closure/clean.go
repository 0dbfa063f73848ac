package closure

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Clean makes text out of files fit for a terminal and for a line of a log:
// what would move the cursor, end the line or begin an escape sequence is
// written as Go does.
func Clean(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1: // a terminal may take the byte for C1
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r < ' ', r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029':
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// Line writes one line, clean.
func Line(b *strings.Builder, format string, args ...any) {
	b.WriteString(Clean(fmt.Sprintf(format, args...)) + "\n")
}
