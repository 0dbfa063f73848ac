// Command linter holds plugins against a rule of the house and against ours. It
// imports elfcheck alone: nothing else comes with it.
//
//	linter plugin.so...
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// oldOpenSSL is a rule of the house: a value, like all rules.
var oldOpenSSL = abi.Rule[*elfcheck.File]{
	Doc: abi.Doc{
		ID:       "house-old-openssl",
		Title:    "needs an OpenSSL that our servers have not had since 2023",
		Severity: abi.Error,
		Why:      "OpenSSL 1.1 gets no more fixes, and our images have version 3 alone.",
		Fix:      "build in the image of this year",
	},
	Check: func(f *elfcheck.File, _ abi.Target) []abi.Finding {
		var findings []abi.Finding
		for _, name := range f.Needed {
			if strings.HasPrefix(name, "libssl.so.1.") || strings.HasPrefix(name, "libcrypto.so.1.") {
				findings = append(findings, abi.Finding{Message: fmt.Sprintf("needs %q", name), Subject: name})
			}
		}
		return findings
	},
}

// servers is the oldest system that a plugin must load on.
var servers = abi.Target{
	Name:     "our servers",
	Platform: abi.Platform{OS: "linux", Arch: "amd64"},
	Libc:     abi.Glibc,
	Symbols:  map[string]abi.Version{"GLIBC": "2.28"},
}

func main() {
	clean := true
	for _, name := range os.Args[1:] {
		f, err := elfcheck.ReadFile(name, elfcheck.WantImports)
		if err != nil {
			fmt.Fprintln(os.Stderr, "linter:", err)
			os.Exit(3)
		}
		clean = lint(os.Stdout, name, f) && clean
	}
	if !clean {
		os.Exit(1)
	}
}

// lint prints what is wrong with a file, and whether that is nothing.
func lint(w io.Writer, name string, f *elfcheck.File) (clean bool) {
	findings, _ := abi.Check(append(elfcheck.Rules(), oldOpenSSL), f, servers)
	for _, found := range findings {
		fmt.Fprintf(w, "%s: %s: %s: %s\n", name, found.Severity, found.Rule, found.Message)
	}
	return len(findings) == 0
}
