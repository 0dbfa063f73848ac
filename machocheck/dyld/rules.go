package dyld

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// Rules lists the rules over a process, by ID.
func Rules() []abi.Rule[*Process] {
	return []abi.Rule[*Process]{
		compatibilityVersion,
		dynamicLookupUnresolved,
		extensionHostABI,
		libraryAborts,
		libraryNotFound,
		libraryTwice,
		libraryValidation,
		loaderRefuses,
		luajitBytecodeMode,
		luajitHardenedRuntime,
		luajitHostDecides,
		luajitNewState,
		luajitPageZero,
		luajitTwoRuntimes,
		minosInconsistent,
		platformMismatch,
		rpathUnresolved,
		signatureDamaged,
		sliceMissing,
		symbolNotFound,
		unsignedARM64,
		weakMissing,
	}
}

// failures makes findings of what the loader stops at in some categories, but
// for what a rule over files says of the file that is asked about.
func failures(p *Process, categories ...Category) []abi.Finding {
	var findings []abi.Finding
	for _, f := range p.Failures {
		if slices.Contains(categories, f.Category) && (f.Rule == "" || !p.isAsked(f.Object)) {
			findings = append(findings, f.finding(p))
		}
	}
	return findings
}

// isAsked reports whether a file is the one that is asked about.
func (p *Process) isAsked(name string) bool {
	root := p.root()
	return name == p.File || root != nil && name == shown(root.Path)
}

// byCategory is the Check of a rule that reports some kinds of failure.
func byCategory(categories ...Category) func(*Process, abi.Target) []abi.Finding {
	return func(p *Process, _ abi.Target) []abi.Finding { return failures(p, categories...) }
}

// finding has the first line of what dyld says as its message, and all of it as
// evidence.
func (f *Failure) finding(p *Process) abi.Finding {
	message, _, _ := strings.Cut(f.Message, "\n")
	if f.Object != "" && f.Object != p.File && !strings.HasPrefix(message, f.Object+":") {
		message += fmt.Sprintf(" (needed by %s)", f.Object)
	}
	if f.Provider != "" && f.Category == MissingSymbol {
		message += fmt.Sprintf("; expected in %s", f.Provider)
	}
	var evidence []string
	for line := range strings.Lines(f.Message) {
		evidence = append(evidence, "dyld: "+strings.TrimSpace(line))
	}
	if f.Why != "" {
		evidence = append(evidence, f.Why)
	}
	for _, place := range f.Elsewhere {
		evidence = append(evidence, "a file of that name is "+place)
	}
	if f.Object != "" && f.Object != p.File {
		evidence = append(evidence, "brought in by "+p.route(f.Object))
	}
	return abi.Finding{Severity: abi.Error, Message: message, Evidence: evidence, Subject: f.Subject}
}

// route tells through which libraries an object came into the process.
func (p *Process) route(path string) string {
	for _, o := range p.Objects {
		if shown(o.Path) == path {
			return o.route()
		}
	}
	return path
}

// maxRoute bounds a route, which may be as long as there are libraries.
const maxRoute = 20

func (o *Object) route() string {
	s := shown(o.Path)
	n := 0
	for o = o.Loader; o != nil && n < maxRoute; o = o.Loader {
		s = shown(o.Path) + " -> " + s
		n++
	}
	return s
}

// What the rules refer to.
const (
	loaderSource     = "https://github.com/apple-oss-distributions/dyld/blob/main/dyld/Loader.cpp"
	justInTimeSource = "https://github.com/apple-oss-distributions/dyld/blob/main/dyld/JustInTimeLoader.cpp"
	platformSource   = "https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/UnsafeHeader.cpp"
)
