package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var symbolInterposed = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "symbol-interposed",
		Title:    "two libraries define the same symbols",
		Severity: abi.Note,
		Release:  true,
		Why: `A symbol without a version that two libraries of a process export is one symbol: every
library that refers to it gets that of the library that was loaded first, its own
included. Where both hold a copy of OpenSSL, zlib or SQLite in different releases,
one runs with the other's structures.`,
		Fix: `link the copy with -Wl,--exclude-libs,ALL or a version script, compile with
-fvisibility=hidden, or use the shared library in both`,
		Refs: []string{"https://github.com/openssl/openssl/issues/18257", "https://www.akkadia.org/drepper/dsohowto.pdf"},
	},
	Check: checkSymbolInterposed,
	Skip: func(p *Process, _ abi.Target) string {
		if p.Symbols {
			return ""
		}
		return "the symbols of the process were not compared"
	},
}

func checkSymbolInterposed(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, shared := range p.Shared {
		a, b, names := shown(shared.First.Path), shown(shared.Second.Path), shared.Names
		what := names[0]
		if len(names) > 1 {
			what = fmt.Sprintf("%d symbols, such as %s", len(names), names[0])
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("%s and %s both define %s", a, b, what),
			Evidence: append([]string{p.route(a), p.route(b)}, names[:min(len(names), 20)]...),
			Subject:  a + " " + b,
		})
	}
	return findings
}
