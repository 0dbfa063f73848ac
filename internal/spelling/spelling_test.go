package spelling

import "testing"

func TestChanges(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"glibc-flor", "glibc-floor", 1}, {"debain", "debian", 2}, {"kitten", "sitting", 3},
	} {
		if got := Changes(test.a, test.b); got != test.want {
			t.Errorf("Changes(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
