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
		return fromHost(p, findings)
	}
	for _, f := range p.Deferred {
		finding := f.finding(p)
		finding.Severity = abi.Warning
		finding.Message += " (at the first call)"
		findings = append(findings, finding)
	}
	return findings
}

// fromHost makes one note of what a plugin leaves to the program that opens it.
func fromHost(p *Process, findings []abi.Finding) []abi.Finding {
	if len(findings) == 0 {
		return nil
	}
	var names []string
	for _, f := range findings {
		names = append(names, f.Subject)
	}
	first := names[0]
	message := fmt.Sprintf("leaves %s to the program that opens it", first)
	if len(names) > 1 {
		message = fmt.Sprintf("leaves %s and %d more symbols to the program that opens it", first, len(names)-1)
	}
	return []abi.Finding{{Severity: abi.Note, Message: message, Evidence: names, Subject: first}}
}
