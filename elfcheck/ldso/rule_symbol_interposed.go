package ldso

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
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
		return "the symbols of the process were not kept"
	},
}

// everywhere lists what linkers and start files put into every library, and
// what is made to be replaced.
var everywhere = []string{"_init", "_fini", "_start", "__bss_start", "_edata", "_end", "__data_start", "data_start", "_IO_stdin_used", "__odr_asan"}

func checkSymbolInterposed(p *Process, _ abi.Target) []abi.Finding {
	first := map[string]*Object{}
	shared := map[[2]*Object][]string{}
	for _, o := range p.Objects {
		for i := range o.File.Exports {
			s := &o.File.Exports[i]
			if !interposable(s) {
				continue
			}
			if before, ok := first[s.Name]; !ok {
				first[s.Name] = o
			} else if before != o {
				pair := [2]*Object{before, o}
				shared[pair] = append(shared[pair], s.Name)
			}
		}
	}
	var findings []abi.Finding
	for _, a := range p.Objects {
		for _, b := range p.Objects {
			if names := shared[[2]*Object{a, b}]; len(names) > 0 {
				slices.Sort(names)
				what := names[0]
				if len(names) > 1 {
					what = fmt.Sprintf("%d symbols, such as %s", len(names), names[0])
				}
				findings = append(findings, abi.Finding{
					Message:  fmt.Sprintf("%s and %s both define %s", shown(a.Path), shown(b.Path), what),
					Evidence: append([]string{p.route(shown(a.Path)), p.route(shown(b.Path))}, names[:min(len(names), 20)]...),
					Subject:  shown(a.Path) + " " + shown(b.Path),
				})
			}
		}
	}
	return findings
}

// interposable reports whether another library's symbol of the name would be
// taken for this one. Weak ones are made for that, as C++ makes its inline
// functions.
func interposable(s *elfcheck.Symbol) bool {
	return s.Bind == elf.STB_GLOBAL && s.Version == "" && s.Visibility == elf.STV_DEFAULT && !s.Absolute &&
		(s.Type == elf.STT_FUNC || s.Type == elf.STT_OBJECT) &&
		!slices.Contains(everywhere, s.Name) && !strings.HasPrefix(s.Name, "_ZT")
}
