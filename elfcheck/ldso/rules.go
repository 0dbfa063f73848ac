package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

// Rules lists the rules over a process, by ID.
func Rules() []abi.Rule[*Process] {
	return []abi.Rule[*Process]{
		execStack,
		extensionHostABI,
		glibcFloor,
		glibcMarker,
		goCSharedMusl,
		interpreterMissing,
		isaDeclared,
		kernelTooOld,
		libcMismatch,
		libraryNotFound,
		libraryTwice,
		libstdcxxFloor,
		loaderRefuses,
		luajitBytecodeMode,
		luajitLowMemory,
		luajitNewState,
		luajitTwoRuntimes,
		relrUnsupported,
		runtimeFloor,
		staticTLS,
		symbolInterposed,
		symbolNotFound,
		versionNotFound,
		wrongArchitecture,
	}
}

// failures makes findings of what the loader stops at in some categories.
func failures(p *Process, categories ...Category) []abi.Finding {
	var findings []abi.Finding
	for _, f := range p.Failures {
		for _, c := range categories {
			if f.Category == c {
				findings = append(findings, f.finding(p))
			}
		}
	}
	return findings
}

func (f *Failure) finding(p *Process) abi.Finding {
	evidence := []string{"loader: " + f.Message}
	if f.Why != "" {
		evidence = append(evidence, f.Why)
	}
	if f.Package != "" {
		evidence = append(evidence, fmt.Sprintf("%s is of package %s", f.Object, f.Package))
	}
	if f.ProviderPackage != "" {
		evidence = append(evidence, fmt.Sprintf("%s is of package %s", f.Provider, f.ProviderPackage))
	}
	for _, place := range f.Elsewhere {
		evidence = append(evidence, "a file of that name is "+place)
	}
	if f.Object != "" && f.Object != p.File {
		evidence = append(evidence, "brought in by "+p.route(f.Object))
	}
	return abi.Finding{Severity: abi.Error, Message: f.Message, Evidence: evidence, Subject: f.Subject}
}

// route tells through which libraries an object came into the process.
func (p *Process) route(path string) string {
	for _, o := range p.Objects {
		if shown(o.Path) != path {
			continue
		}
		s := path
		for o = o.Loader; o != nil; o = o.Loader {
			s = shown(o.Path) + " -> " + s
		}
		return s
	}
	return path
}

// byCategory is the Check of a rule that reports some kinds of failure.
func byCategory(categories ...Category) func(*Process, abi.Target) []abi.Finding {
	return func(p *Process, _ abi.Target) []abi.Finding { return failures(p, categories...) }
}

// libcName is the C library of a process as sentences have it.
func (p *Process) libcName() string {
	if p.Version == "" {
		return string(p.Libc)
	}
	return fmt.Sprintf("%s %s", p.Libc, p.Version)
}

// What the rules refer to.
const (
	glibcVersionSource = "https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-version.c"
	glibcLoadSource    = "https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-load.c"
	muslLoadSource     = "https://git.musl-libc.org/cgit/musl/tree/ldso/dynlink.c"
	manual             = "https://man7.org/linux/man-pages/man8/ld.so.8.html"
)
