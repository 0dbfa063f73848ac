package dyld

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/closure"
)

var symbolNotFound = abi.Rule[*Process]{
	Doc:   closure.SymbolNotFound,
	Check: checkSymbolNotFound,
	Skip:  skipSymbolNotFound,
}

// skipSymbolNotFound says which symbols were left open.
func skipSymbolNotFound(p *Process, _ abi.Target) string {
	return strings.Join(p.NotJudged, "; ")
}

func checkSymbolNotFound(p *Process, _ abi.Target) []abi.Finding {
	findings := failures(p, MissingSymbol)
	for _, f := range p.Deferred {
		finding := f.finding(p)
		finding.Severity = abi.Warning
		finding.Message += " (at the first call)"
		findings = append(findings, finding)
	}
	if p.Plugin && len(p.FromHost) > 0 {
		findings = append(findings, p.fromHost())
	}
	return findings
}

// fromHost makes one note of what a plugin leaves to the program that opens it.
func (p *Process) fromHost() abi.Finding {
	names := make([]string, len(p.FromHost))
	for i, symbol := range p.FromHost {
		names[i] = symbol.Name
	}
	message := fmt.Sprintf("leaves %s to the program that opens it", names[0])
	if len(names) > 1 {
		message = fmt.Sprintf("leaves %s and %d more symbols to the program that opens it", names[0], len(names)-1)
	}
	return abi.Finding{Severity: abi.Note, Message: message, Evidence: names, Subject: names[0]}
}
