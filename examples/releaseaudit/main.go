// Command releaseaudit is the last step of a release: it holds everything below
// a directory against all systems that are promised to users, and leaves two
// reports, one for a service that shows SARIF and one for programs.
//
//	releaseaudit dist
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/abi/targets"
)

// promised is what the download page says. A file is judged by the targets
// that have its platform.
var promised = []string{"debian:11", "manylinux_2_28", "macos:13"}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: releaseaudit directory")
		os.Exit(2)
	}
	code, err := releaseAudit(os.Args[1], ".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "releaseaudit:", err)
	}
	os.Exit(code)
}

// releaseAudit returns the exit code of the command abivet: 1 for errors, 3
// where something, or everything, could not be checked.
func releaseAudit(dist, reports string) (code int, err error) {
	o := audit.Options{TargetName: strings.Join(promised, ","), Release: true}
	for _, name := range promised {
		set, err := targets.Lookup(name)
		if err != nil {
			return 2, err
		}
		o.Targets = append(o.Targets, set)
	}
	r, err := audit.Check(context.Background(), audit.Files(dist), o)
	if err != nil {
		return 3, err // audit.ErrNothing, too: an empty directory is not a clean release
	}
	for name, write := range map[string]func(io.Writer) error{
		"abi.json":  func(w io.Writer) error { return report.JSON(w, r) },
		"abi.sarif": func(w io.Writer) error { return report.SARIF(w, r, audit.Docs(), "1.0") },
	} {
		var b strings.Builder
		if err := write(&b); err != nil {
			return 3, err
		}
		if err := os.WriteFile(filepath.Join(reports, name), []byte(b.String()), 0o666); err != nil {
			return 3, err
		}
	}
	switch s := r.Summary(); {
	case s.Unchecked > 0:
		return 3, fmt.Errorf("%d files could not be checked", s.Unchecked)
	case s.Errors > 0:
		return 1, fmt.Errorf("%d errors in %d files; see abi.json", s.Errors, s.Files)
	}
	return 0, nil
}
