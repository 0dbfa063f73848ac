package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/gomod"
	"github.com/abivet/abivet/abi/report"
)

// gomodFlags is what gomod was asked.
type gomodFlags struct {
	check        checkFlags
	goos, goarch string
	tags         string
}

func newGomod() *cobra.Command {
	var f gomodFlags
	c := &cobra.Command{
		Use:   "gomod [--target NAME]... [--goos OS] [--goarch ARCH] [--tags LIST] [PACKAGE...]",
		Short: "Check the native files that the packages of a Go build bring",
		Long: `gomod asks "go list -deps" what a build of the packages (as the go command is
given them; . without one) takes in on a platform, with cgo, and checks every
native file among it: .syso files, the archives, objects and shared libraries that
the #cgo LDFLAGS of any package name by path or by -L and -l, and embedded files.
Nothing is compiled or linked, and the go command is all that is run.

Each file is named by the module that brings it, with its version. Objects and
members of archives are judged by the names that they ask for (archive-floor);
what another file of the same build defines is no need. Embedded files for other
platforms than the build's are left out, and so are libraries of the system.

The packages that use cgo are listed. Where only the standard library's do,
accidental-cgo says that CGO_ENABLED=0 is enough.

The platform is that of the target where it has one alone, or what the go command
builds for. Exit codes are those of check; 3 as well where go list fails or no
package matches.`,
		Example: `  abivet gomod --target debian:11/amd64 ./...
  abivet gomod --target alpine:3.20 --goarch arm64 --tags musl ./cmd/server`,
		RunE: func(c *cobra.Command, patterns []string) error {
			return f.run(c.Context(), patterns, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := c.Flags()
	f.check.target.register(c)
	flags.StringVar(&f.goos, "goos", "", "the `system` to build for, in the words of GOOS")
	flags.StringVar(&f.goarch, "goarch", "", "the `processor` to build for, in the words of GOARCH")
	flags.StringVar(&f.tags, "tags", "", "build tags, a `list` with commas")
	f.check.registerReport(c)
	return c
}

func (f gomodFlags) run(ctx context.Context, patterns []string, stdout, stderr io.Writer) error {
	failOn, options, err := f.check.options()
	if err != nil {
		return err
	}
	build, err := f.list(ctx, options.Targets, patterns, stderr)
	if err != nil {
		return err
	}
	if err := serves(options.Targets, build.Platform); err != nil {
		return err
	}
	out, err := newOutput(f.check.output, stdout)
	if err != nil {
		return unchecked(fmt.Errorf("--output %q: %w", f.check.output, err))
	}
	done := func() {}
	if isTerminal(stderr) {
		options.Progress, done = newProgress(stderr)
	}
	r, err := checkBuild(ctx, build, options)
	done()
	if err == nil {
		err = writeReport(out, r, f.check.format)
	}
	if err == nil && f.check.format == formatText {
		if len(r.Results) == 1 { // which is the build
			_, err = fmt.Fprintln(out, "no package brings a native file")
		}
		_, errCgo := fmt.Fprintln(out, report.Clean(cgoLine(build)))
		err = errors.Join(err, errCgo)
	}
	var count tally
	if err = out.finish(err); err == nil {
		for _, result := range r.Results {
			count.add(result)
		}
	}
	var unknown *audit.UnknownRuleError
	switch {
	case errors.As(err, &unknown):
		return err
	case err != nil:
		return unchecked(err)
	case count.unchecked > 0:
		return unchecked(count.say(f.check.format))
	case count.worst >= failOn:
		return &exit{code: exitFindings}
	}
	return nil
}

// writeReport writes a report that is complete.
func writeReport(out *output, r *abi.Report, format string) error {
	switch format {
	case formatJSON:
		return report.JSON(out, r)
	case formatSARIF:
		return report.SARIF(out, r, audit.Docs(), buildVersion())
	case formatJSONL:
		lines := report.NewLines(out, r.Target)
		for _, result := range r.Results {
			if err := lines.Write(result); err != nil {
				return errors.Join(err, lines.Flush())
			}
		}
		return lines.Flush()
	}
	return report.Text(out, r, report.TextOptions{Color: wantsColor(out.Writer), Readable: readable})
}

// cgoLine says which packages use cgo.
func cgoLine(b *gomod.Build) string {
	std, others := b.Cgo()
	if len(std)+len(others) == 0 {
		return "no package uses cgo"
	}
	line := "cgo is used by "
	for i, p := range append(others, std...) {
		if i > 0 {
			line += ", "
		}
		line += p.String()
	}
	return line
}
