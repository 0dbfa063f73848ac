package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/abi/targets"
)

func newTargets() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "targets [NAME]",
		Short: "List the targets, or print everything that one promises",
		Example: `  abivet targets
  abivet targets debian:12
  abivet targets manylinux_2_28/arm64 --format json`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			return completeTargets(c, args, word)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf("--format", format, formatText, formatJSON); err != nil {
				return err
			}
			if len(args) == 0 {
				return written(listTargets(c.OutOrStdout(), targets.All(), format))
			}
			release, err := findRelease(args[0])
			if err != nil {
				return err
			}
			return written(printTarget(c.OutOrStdout(), release, format))
		},
	}
	c.Flags().StringVar(&format, "format", formatText, "text or json")
	complete(c, "format", formatText, formatJSON)
	return c
}

// findRelease looks a name up. Names with an architecture or a patch level are
// in no list; what is known of their release is taken from there.
func findRelease(spec string) (targets.Release, error) {
	set, err := targets.Lookup(spec)
	if err != nil {
		return targets.Release{}, err
	}
	release := targets.Release{Name: set[0].Name}
	for _, r := range targets.All() {
		if r.Name == release.Name {
			release = r
		}
	}
	release.Targets = set
	return release, nil
}

func listTargets(w io.Writer, all []targets.Release, format string) error {
	if format == formatJSON {
		return writeJSON(w, "  ", newTargetsJSON(all))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range all {
		var arches []string
		for _, target := range r.Targets {
			arches = append(arches, target.Platform.Arch)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Name, r.Title, strings.Join(arches, " "))
	}
	return t.Flush()
}

func printTarget(w io.Writer, r targets.Release, format string) error {
	if format == formatJSON {
		return writeJSON(w, "  ", newTargetsJSON([]targets.Release{r}))
	}
	var t facts
	fmt.Fprintf(&t, "%s: %s\n", r.Name, r.Title)
	t.say("aliases", strings.Join(r.Aliases, ", "))
	t.say("origin", r.Origin)
	t.say("date", r.Date)
	if r.Measured {
		t.say("measured", "yes: versions were read from the libraries")
	} else {
		t.say("measured", "no: versions follow from those of the C library and the compiler")
	}
	for _, target := range r.Targets {
		t.promises(target)
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// promises writes all that a target promises. What has no line is not
// promised.
func (t *facts) promises(p abi.Target) {
	fmt.Fprintf(t, "%s\n", p.Platform)
	t.say("libc", strings.TrimSpace(string(p.Libc)+" "+string(p.LibcVersion)))
	var symbols []string
	for _, namespace := range slices.Sorted(maps.Keys(p.Symbols)) {
		symbols = append(symbols, namespace+"_"+string(p.Symbols[namespace]))
	}
	t.all("versions", symbols)
	var there, absent []string
	for _, marker := range slices.Sorted(maps.Keys(p.Markers)) {
		if p.Markers[marker] {
			there = append(there, marker)
		} else {
			absent = append(absent, marker)
		}
	}
	t.say("markers", strings.Join(there, " "))
	t.say("not there", strings.Join(absent, " "))
	t.say("libraries", strings.Join(p.Libraries, " "))
	for _, soname := range slices.Sorted(maps.Keys(p.Forbidden)) {
		t.say("forbidden", soname+": "+strings.Join(p.Forbidden[soname], " "))
	}
	if p.MinOS != "" {
		t.say("oldest macOS", string(p.MinOS))
	}
	t.say("isa", p.ISA)
	if p.PageSize != 0 {
		t.say("page size", fmt.Sprintf("up to %d bytes", p.PageSize))
	}
	t.say("kernel", string(p.Kernel))
}

type targetsJSON struct {
	Schema  string        `json:"schema"`
	Targets []releaseJSON `json:"targets"`
}

type releaseJSON struct {
	Name      string         `json:"name"`
	Aliases   []string       `json:"aliases"`
	Title     string         `json:"title"`
	Family    string         `json:"family"`
	Origin    string         `json:"origin"`
	Date      string         `json:"date"`
	Measured  bool           `json:"measured"`
	Platforms []promisesJSON `json:"platforms"`
}

// promisesJSON has the words of a target file.
type promisesJSON struct {
	Platform    abi.Platform           `json:"platform"`
	Libc        abi.Libc               `json:"libc,omitempty"`
	LibcVersion abi.Version            `json:"libc_version,omitempty"`
	Symbols     map[string]abi.Version `json:"symbols,omitempty"`
	Markers     map[string]bool        `json:"markers,omitempty"`
	Libraries   []string               `json:"libraries,omitempty"`
	Forbidden   map[string][]string    `json:"forbidden,omitempty"`
	MinOS       abi.Version            `json:"min_os,omitempty"`
	ISA         string                 `json:"isa,omitempty"`
	PageSize    uint64                 `json:"page_size,omitempty"`
	Kernel      abi.Version            `json:"kernel,omitempty"`
}

func newTargetsJSON(all []targets.Release) targetsJSON {
	doc := targetsJSON{Schema: report.Schema}
	for _, r := range all {
		release := releaseJSON{
			Name: r.Name, Aliases: notNull(r.Aliases), Title: r.Title, Family: r.Family,
			Origin: r.Origin, Date: r.Date, Measured: r.Measured,
		}
		for _, t := range r.Targets {
			release.Platforms = append(release.Platforms, promisesJSON{
				t.Platform, t.Libc, t.LibcVersion, t.Symbols, t.Markers, t.Libraries, t.Forbidden,
				t.MinOS, t.ISA, t.PageSize, t.Kernel,
			})
		}
		doc.Targets = append(doc.Targets, release)
	}
	return doc
}
