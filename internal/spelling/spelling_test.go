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

func TestMeant(t *testing.T) {
	for _, test := range []struct {
		name, other string
		want        bool
	}{{"debain:11", "debian:11", true}, {"glibc-flor", "glibc-floor", true}, {"v1", "v3", true}, {"foo", "goamd64", false}, {"", "el7", false}} {
		if got := Changes(test.name, test.other) <= Meant(test.name); got != test.want {
			t.Errorf("%q for %q: %v, want %v", test.name, test.other, got, test.want)
		}
	}
}
