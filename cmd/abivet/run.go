package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi/report"
)

// The exit codes, as the package comment has them.
const (
	exitClean     = 0
	exitFindings  = 1
	exitUsage     = 2
	exitUnchecked = 3
)

// An exit ends the command with a code. One without an error says nothing: the
// report has said it.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// unchecked is for what keeps the command from doing its work. Every error
// that is not an exit is one of usage.
func unchecked(err error) error { return &exit{exitUnchecked, err} }

// run is the whole command.
func run(args []string, stdout, stderr io.Writer) int {
	root, stop := newRoot(args), func() {}
	defer func() { stop() }()
	root.PersistentPreRun = func(c *cobra.Command, args []string) {
		if !brief(c, args) {
			stop = interruptible(c)
		}
	}
	root.SetArgs(args)
	out := &printed{Writer: stdout}
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.Execute()
	if out.err != nil {
		err = unchecked(out.err) // whatever was found, nobody was told
	}
	if err == nil {
		return exitClean
	}
	var end *exit
	if !errors.As(err, &end) {
		end = &exit{exitUsage, err}
	}
	if end.err != nil {
		for i, line := range strings.Split(strings.TrimSpace(end.err.Error()), "\n") {
			lead := "abivet: "
			if i > 0 {
				lead = "  "
			}
			fmt.Fprintln(stderr, lead+report.Clean(strings.TrimSpace(line)))
		}
	}
	if end.code == exitUsage {
		fmt.Fprintln(stderr, "abivet -h says what can be asked")
	}
	return end.code
}

// newRoot makes the command with those of its commands that arguments may be about.
func newRoot(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "abivet",
		Short: "Says whether native code loads and works in a user space",
		Long: `abivet reads ELF and Mach-O files, without running them, and says whether they
load and work in a user space: which symbol, library, segment or load command
is in the way, and the change that mends it.

Exit codes, in every format:
  0  clean
  1  findings at or above --fail-on
  2  usage: unknown flag, format, target or rule
  3  could not check: no native file, or a file or user space that is unreadable or damaged`,
		Example: `  abivet check --target debian:11 dist/
  abivet check --target manylinux_2_28 --target macos:13 wheel/
  abivet show /bin/ls
  abivet targets debian:12
  abivet explain glibc-floor`,
		SilenceUsage:  true,
		SilenceErrors: true,
		// A run that asked for nothing must not look like one that was clean.
		RunE: func(c *cobra.Command, args []string) error {
			c.SetOut(c.ErrOrStderr())
			if err := c.Help(); err != nil {
				return err
			}
			return &exit{code: exitUsage}
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
	if c := named(args); c != nil {
		// Nothing asks for the others, nor for what cobra would add.
		root.AddCommand(c)
		root.SetHelpCommand(&cobra.Command{Hidden: true})
		root.CompletionOptions.DisableDefaultCmd = true
		return root
	}
	root.Version = buildVersion() // asks for --version
	root.SetVersionTemplate(versionLine())
	for _, c := range makers {
		root.AddCommand(c.make())
	}
	return root
}

// makers make the commands, by their names.
var makers = []struct {
	name string
	make func() *cobra.Command
}{
	{"check", newCheck}, {"gomod", newGomod}, {"show", newShow}, {"luajit", newLuaJIT}, {"load", newLoad}, {"tree", newTree},
	{"needs", newNeeds}, {"parity", newParity}, {"diff", newDiff}, {"targets", newTargets}, {"explain", newExplain}, {"version", newVersion},
}

// named makes the command that arguments begin with, or returns nil: to make all takes a
// tenth of the start.
func named(args []string) *cobra.Command {
	for _, c := range makers {
		if len(args) > 0 && args[0] == c.name {
			return c.make()
		}
	}
	return nil
}

// flagError says of a value what was wanted, in the place of strconv's words.
func flagError(err error) error {
	number, ok := errors.AsType[*strconv.NumError](err)
	if !ok {
		return err
	}
	want := "want a whole number"
	if number.Func == "ParseBool" {
		want = "want true or false"
	}
	return errors.New(strings.TrimSuffix(err.Error(), number.Error()) + want)
}
