package audit

import "github.com/abivet/abivet/abi"

// A Fit says where a file can go: which user spaces it satisfies, and what
// stands in the way of the next older one.
type Fit struct {
	Satisfied []string // names of targets, the newest first
	// Next is the newest target that the file does not satisfy and that is
	// older than all that it does; where it satisfies none, the newest of
	// its own kind. It is empty where there is no such target.
	Next    string
	Because []string // messages of the errors found against Next
	// Unjudged says what the oldest of Satisfied does not tell of itself, such
	// as the version of a library that the file needs: so much is assumed.
	Unjudged []string
}

// FitOf holds an entry against user spaces, which are given the newest first.
// Only errors count, and only rules that every user asks for: hygiene keeps no
// file from running. Of what no loader takes, an object or the debug information
// of another file, and of a packed program nothing can be said, and ok is false: an
// object gets its versions when it is linked.
func FitOf(e Entry, sets []abi.TargetSet) (fit Fit, ok bool) {
	if !e.file().Loaded() || e.ELF != nil && e.ELF.Packed != "" {
		return Fit{}, false
	}
	var last, next *abi.Target // the oldest satisfied one; what stands after it
	var because []string
	for _, set := range sets {
		t, ok := nearestIn(set, e.Platform())
		if !ok {
			continue
		}
		messages, unjudged := e.file().Obstacles(t)
		switch {
		case len(messages) == 0:
			fit.Satisfied = append(fit.Satisfied, t.Name)
			fit.Unjudged = unjudged
			last, next = &t, nil
		case next == nil && (last == nil || sameKind(*last, t)),
			last == nil && !kindOfEntry(e, *next) && kindOfEntry(e, t):
			next, because = &t, messages
		}
	}
	if next != nil {
		fit.Next, fit.Because = next.Name, because
	}
	return fit, true
}

// sameKind reports whether older can be said of two targets: a musl has no
// place among the releases of glibc.
func sameKind(a, b abi.Target) bool {
	return a.Platform.OS == b.Platform.OS && a.Libc == b.Libc
}

func kindOfEntry(e Entry, t abi.Target) bool {
	return e.ELF == nil || e.ELF.Libc == "" || e.ELF.Libc == t.Libc
}
