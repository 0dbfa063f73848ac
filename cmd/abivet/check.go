package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
)

// checkFlags is what check was asked.
type checkFlags struct {
	target  targetFlags
	load    loadFlags
	inside  containerFlags
	format  string
	output  string
	failOn  string
	preset  string
	only    []string
	disable []string
	isaScan bool
	jobs    int
	held    byteSize
}

const jobsHelp = "how many files to read at the same time; 0 is one for each processor"

func newCheck() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check [--target NAME]... PATH...",
		Short: "Check files, directories, archives and packages against user spaces",
		Long: `check finds the ELF and Mach-O files among the paths, below directories and in
static archives, and says what keeps them from loading or working in a user
space. A path that is a symbolic link is followed; below a directory none is.

A file is judged against every target that exists for its platform. Without a
target only the rules that need none run; what each file needs is printed, and
so are the rules that did not run.

A target is given by name (abivet targets lists them), as a file in YAML, or in
pieces. A target file has the fields

  name: our-servers          # for messages
  platform: linux/amd64      # GOOS/GOARCH
  libc: glibc                # glibc, musl or bionic
  libc_version: 1.2.5        # of musl; for bionic the API level
  symbols: {GLIBC: 2.31, GLIBCXX: 3.4.28}    # newest of each namespace
  markers: {GLIBC_ABI_DT_RELR: false}        # there or not
  libraries: [libc.so.6]     # all that may be needed
  forbidden: {libz.so.1: [_dist_code]}       # symbols not to be used
  min_os: 13.0               # oldest macOS, for darwin alone
  isa: v2                    # GOAMD64, GOARM64 or GOARM
  page_size: 4096            # largest of its kernels, in bytes
  kernel: 5.10               # oldest Linux

of which only platform must be there. What is left out is not promised.
` + containersHelp + `
With --root every program and shared object is laid out in that user space as
load does, and judged with all that it brings; with no path besides, everything
in the user space is, against itself. A package of Debian, Alpine or Arch is laid
over the user space, as if it had been unpacked with all others that are named: its
scripts are not run, and what they make is missed, but for the links that a postinst of
Debian asks of update-alternatives (libblas.so.3). A wheel, an npm package or a zip stands for the
directory that it makes.

Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, 3 could not
check, which wins over 1.`,
		Example: `  abivet check --target debian:11 dist/
  abivet check --target manylinux_2_28/amd64 --format sarif --output abi.sarif build/
  abivet check --glibc 2.17 --gcc 4.8 libfoo.so
  abivet check --macos 13 MyApp.app
  abivet check --root rootfs/
  abivet check --root rootfs/ --within /opt/app dist/app
  abivet check --preset release --disable soname-missing plugins/`,
		RunE: func(c *cobra.Command, paths []string) error {
			for _, name := range loadFlagNames {
				if c.Flags().Changed(name) {
					f.load.changed = name
				}
			}
			return check(c.Context(), f, paths, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f.target.register(c)
	f.load.register(c)
	f.inside.register(c)
	f.held = 64 << 20
	c.Flags().Var(&f.held, "max-held", "how many `bytes` of what was read of packages that are unpacked below a directory to hold until they end")
	f.registerReport(c)
	return c
}

// registerReport registers the flags for what is judged, and how it is said.
func (f *checkFlags) registerReport(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.format, "format", formatText, "text, json, jsonl (a line for each file) or sarif (2.1.0)")
	flags.StringVar(&f.output, "output", "", "write to this `file`, which appears when it is whole")
	flags.StringVar(&f.failOn, "fail-on", "error", "the lightest finding that exits with 1: error, warning or note")
	flags.StringVar(&f.preset, "preset", "abi", "abi, or release: hygiene and hardening as well")
	flags.StringSliceVar(&f.only, "only", nil, "run only this `rule`; may be repeated")
	flags.StringSliceVar(&f.disable, "disable", nil, "do not run this `rule`; may be repeated")
	flags.BoolVar(&f.isaScan, "isa-scan", false, "also decode all code of amd64 and arm64, for instructions that the target's processors lack (rule isa-used)")
	flags.IntVar(&f.jobs, "jobs", 0, jobsHelp)
	complete(c, "format", formatText, formatJSON, formatJSONL, formatSARIF)
	complete(c, "fail-on", "error", "warning", "note")
	complete(c, "preset", "abi", "release")
	completeRules(c, "only")
	completeRules(c, "disable")
}

func check(ctx context.Context, f checkFlags, paths []string, stdout, stderr io.Writer) error {
	failOn, options, err := f.options()
	if err != nil {
		return err
	}
	sources, closeRoot, err := f.sources(paths, &options)
	if err != nil {
		return err
	}
	defer closeRoot()
	switch {
	case userCollects():
	case len(f.load.root) > 0:
		// Most of the heap are the libraries, which stay. With 50, ten times 2,761 files
		// took 73 MB.
		debug.SetGCPercent(30)
	case f.format == formatJSONL:
		// Nothing is kept from file to file: what lives are a few MiB, which would
		// be looked through after every few MiB that were used.
		debug.SetGCPercent(300)
	}
	if sources, err = f.inside.in(sources); err != nil {
		return err
	}
	out, err := newOutput(f.output, stdout)
	if err != nil {
		return unchecked(fmt.Errorf("--output %q: %w", f.output, err))
	}
	// Lines on a terminal come while the work is going on: both would mix.
	if isTerminal(stderr) && !(f.format == formatJSONL && f.output == "") {
		show, done := newProgress(stderr)
		options.Progress = show
		defer done()
	}
	var count tally
	err = f.write(ctx, out, sources, options, &count)
	var unknown *audit.UnknownRuleError
	nothing := errors.Is(err, audit.ErrNothing)
	if nothing {
		err = out.finish(nil) // an empty report is a report
	} else {
		err = out.finish(err)
	}
	switch {
	case errors.As(err, &unknown):
		return err
	case err != nil:
		return unchecked(err)
	case nothing:
		return unchecked(audit.ErrNothing)
	case count.unchecked > 0:
		return unchecked(count.say(f.format))
	case count.worst >= failOn:
		return &exit{code: exitFindings}
	}
	return nil
}

// sources is what is to be checked, and opens the user space that it is loaded
// in.
func (f checkFlags) sources(paths []string, o *audit.Options) ([]audit.Source, func() error, error) {
	if len(f.load.root) == 0 {
		if name := f.load.changed; name != "" {
			return nil, nil, fmt.Errorf("--%s: want --root beside it", name)
		}
		if len(paths) == 0 {
			return nil, nil, errors.New("check: want at least one file or directory")
		}
		return audit.Files(paths...), func() error { return nil }, nil
	}
	var err error
	if o.Load, err = f.load.request(); err != nil {
		return nil, nil, err
	}
	s, err := openSpace(f.load.root, f.load.image)
	if err != nil {
		return nil, nil, err
	}
	if o.LoadMachO, err = f.load.macRequest(); err == nil {
		err = s.openSDK(f.load.mac)
	}
	if err != nil {
		return nil, nil, errors.Join(err, s.close())
	}
	o.TargetName = strings.TrimPrefix(o.TargetName+","+strings.Join(f.load.root, ","), ",") // what the files are held against
	o.Space, o.MachOSpace, o.Within, o.Unpack = s.Space, s.macho, f.load.within, f.inside.unpackIn(s, paths)
	if len(paths) > 0 {
		return f.load.sources(s, paths), func() error { return s.close() }, nil // which grows
	}
	all := audit.FilesIn(s.files)
	all[0].Inside = true
	return all, s.close, nil
}

// options checks the words of the flags.
func (f checkFlags) options() (failOn abi.Severity, o audit.Options, err error) {
	if err = oneOf("--format", f.format, formatText, formatJSON, formatJSONL, formatSARIF); err != nil {
		return 0, o, err
	}
	if err = oneOf("--preset", f.preset, "abi", "release"); err != nil {
		return 0, o, err
	}
	if failOn, err = abi.ParseSeverity(f.failOn); err != nil {
		return 0, o, fmt.Errorf("--fail-on: %w", err)
	}
	if f.jobs < 0 {
		return 0, o, fmt.Errorf("--jobs %d: want 0 or more", f.jobs)
	}
	if f.held < 0 {
		return 0, o, fmt.Errorf("--max-held %d: want 0 or more", f.held)
	}
	for _, id := range append(f.only, f.disable...) {
		if _, err := audit.FindRule(id); err != nil {
			return 0, o, err
		}
	}
	if err := f.mayJudge(); err != nil {
		return 0, o, err
	}
	o = audit.Options{Release: f.preset == "release", ISAScan: f.isaScan, Only: f.only, Disable: f.disable, Workers: f.jobs, MaxHeld: int64(f.held)}
	o.Targets, o.TargetName, err = f.target.sets()
	return failOn, o, err
}

// mayJudge refuses a choice of rules of which none could find anything: that
// would look like a pass.
func (f checkFlags) mayJudge() error {
	if len(f.only) == 0 {
		return nil
	}
	left := 0
	for _, id := range f.only {
		if slices.Contains(f.disable, id) {
			continue
		}
		left++
		rule, err := audit.FindRule(id)
		if err != nil {
			return err
		}
		overProcess := !slices.ContainsFunc(rule.Forms, func(form string) bool { return !strings.HasSuffix(form, "process") })
		if overProcess && len(f.load.root) == 0 {
			return fmt.Errorf("--only %s: the rule judges what a file brings in a user space: want --root beside it", id)
		}
	}
	if left == 0 {
		return errors.New("--only and --disable: no rule is left to run")
	}
	return nil
}
