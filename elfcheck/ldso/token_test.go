package ldso

import (
	"strings"
	"testing"
)

// No token is left in what expand returns, unless what it put in has one, and
// nothing but tokens is changed.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"$ORIGIN/../lib", "${LIB}x", "$ORIGINX", "/a/$$ORIGIN$PLATFORM", "${ORIGIN", "$", "$ORIGIN_$LIB1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		const origin, lib = "/o", "l"
		full, ok := expand(s, origin, lib, "p")
		if !ok {
			t.Fatalf("%q: a token stands for nothing", s)
		}
		if again, _ := expand(full, origin, lib, "p"); again != full && !strings.Contains(s, "$$") && !strings.Contains(s, "${") {
			t.Errorf("%q: %q still has a token", s, full)
		}
		if !strings.Contains(s, "$") && full != s {
			t.Errorf("%q became %q", s, full)
		}
		if _, ok := expand(s, "", "", ""); ok && full != s {
			t.Errorf("%q has tokens that may stand for nothing", s)
		}
	})
}
