package ldso

import "strings"

// expand replaces the tokens $ORIGIN, $LIB and $PLATFORM, in braces or not. It
// is false where one stands for nothing. What begins like a token and goes on
// is none: $ORIGINX is a name.
func expand(s, origin, lib, platform string) (string, bool) {
	if !strings.Contains(s, "$") {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '$' {
			b.WriteByte(s[i])
			i++
			continue
		}
		name, size := tokenAt(s[i+1:])
		var value string
		switch name {
		case "ORIGIN":
			value = origin
		case "LIB":
			value = lib
		case "PLATFORM":
			value = platform
		default:
			b.WriteByte('$')
			i++
			continue
		}
		if value == "" {
			return "", false
		}
		b.WriteString(value)
		i += 1 + size
	}
	return b.String(), true
}

// tokenAt returns the identifier at the start of s and how long it is with its
// braces.
func tokenAt(s string) (string, int) {
	if strings.HasPrefix(s, "{") {
		if end := strings.IndexByte(s, '}'); end > 0 {
			return s[1:end], end + 1
		}
		return "", 0
	}
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] >= '0' && s[n] <= '9' && n > 0 || s[n] >= 'A' && s[n] <= 'Z' || s[n] >= 'a' && s[n] <= 'z') {
		n++
	}
	return s[:n], n
}
