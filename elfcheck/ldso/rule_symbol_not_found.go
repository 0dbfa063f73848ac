package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/closure"
)

var symbolNotFound = abi.Rule[*Process]{
	Doc:   closure.SymbolNotFound,
	Check: checkSymbolNotFound,
}

func checkSymbolNotFound(p *Process, _ abi.Target) []abi.Finding {
	findings := failures(p, MissingSymbol)
	if p.Plugin {
		return append(ofLibraries(p), fromHost(p)...)
	}
	for _, f := range p.Deferred {
		finding := f.finding(p)
		finding.Severity = abi.Warning
		finding.Message += " (at the first call)"
		findings = append(findings, finding)
	}
	if p.Hosted {
		for i := range findings {
			findings[i].Fix = "install the release of the library that has the symbol; or name another program (--host): the one that was named has it not"
		}
	}
	return findings
}

// ofLibraries are the symbols whose version names a library that is there: no
// host brings another.
func ofLibraries(p *Process) []abi.Finding {
	var findings []abi.Finding
	for i := range p.Failures {
		if f := &p.Failures[i]; f.Category == MissingSymbol && f.Provider != "" {
			findings = append(findings, f.finding(p))
		}
	}
	return findings
}

// fromHost makes one note of what a plugin leaves to the program that opens it.
func fromHost(p *Process) []abi.Finding {
	var names []string
	for _, f := range p.Failures {
		if f.Category == MissingSymbol && f.Provider == "" {
			names = append(names, f.Subject)
		}
	}
	if len(names) == 0 {
		return nil
	}
	message := fmt.Sprintf("leaves %s to the program that opens it", names[0])
	if len(names) > 1 {
		message = fmt.Sprintf("leaves %s and %d more symbols to the program that opens it", names[0], len(names)-1)
	}
	return []abi.Finding{{Severity: abi.Note, Message: message, Evidence: names, Subject: names[0]}}
}
