package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/elfcheck/ldso"
)

func newParity() *cobra.Command {
	var f loadFlags
	var to []string
	var format string
	c := &cobra.Command{
		Use:   "parity --from DIR|IMAGE --to DIR|IMAGE FILE...",
		Short: "Say what files find in one user space and not in another",
		Long: `parity loads each file in two user spaces as load does, and lists what the first has
for it and the second has not, by cause: why it works on the laptop and breaks in
production.

Exit codes: 0 the second does as well as the first, 1 it lacks something, 2 usage,
3 no verdict on one, or it could not be read.`,
		Example: `  abivet parity --from / --to image-root/ ./server`,
		RunE: func(c *cobra.Command, paths []string) error {
			if err := oneOf("--format", format, formatText, formatJSONL); err != nil {
				return err
			}
			if len(f.root) == 0 || len(to) == 0 {
				return errors.New("parity: want --from and --to, each a directory or an image")
			}
			return parity(c.Context(), f, to, paths, format, c.OutOrStdout())
		},
	}
	f.register(c)
	f.mac.register(c)
	flags := c.Flags()
	flags.Lookup("root").Hidden = true
	flags.StringArrayVar(&f.root, "from", nil, "the user space in which the files work, `DIR|FILE` as --root of load")
	flags.StringArrayVar(&to, "to", nil, "the user space in which they are to work, `DIR|FILE`")
	flags.StringVar(&format, "format", formatText, "text or jsonl (a line for each difference)")
	complete(c, "format", formatText, formatJSONL)
	return c
}

// A difference is something that the second user space lacks.
type difference struct {
	File     string `json:"file"`
	Category string `json:"category"`
	Subject  string `json:"subject"`
	Message  string `json:"message"`
	Why      string `json:"why,omitempty"`
}

func parity(ctx context.Context, from loadFlags, to []string, paths []string, format string, stdout io.Writer) error {
	first := map[string]loaded{}
	err := from.each(ctx, paths, func(l loaded) error {
		first[l.asked] = l
		return nil
	})
	if err != nil {
		return err
	}
	second, worst := from, exitClean
	second.root = to
	seen := map[string]bool{}
	err = second.each(ctx, paths, func(l loaded) error {
		had, ok := first[l.asked]
		seen[l.asked] = true
		if !ok { // the first cannot have more for a file that it has not
			if format == formatText {
				_, err := fmt.Fprintf(stdout, "%s: is only in %s\n", report.Clean(l.name()), strings.Join(to, ", "))
				return err
			}
			return nil
		}
		if had.process == nil || l.process == nil || had.Verdict == unknown || l.Verdict == unknown {
			worst = exitUnchecked
			l.Verdict = unknown
			if format == formatJSONL {
				return l.writeJSON(stdout)
			}
			return l.writeText(stdout, false)
		}
		for _, d := range compare(had, l) {
			worst = max(worst, exitFindings)
			if err := d.write(stdout, format); err != nil {
				return err
			}
		}
		return nil
	})
	for _, asked := range slices.Sorted(maps.Keys(first)) {
		if err == nil && !seen[asked] {
			worst = max(worst, exitFindings)
			name := first[asked].name()
			err = difference{File: name, Category: string(ldso.MissingLibrary), Subject: name, Message: "is not in " + strings.Join(to, ", ")}.write(stdout, format)
		}
	}
	if err == nil && worst != exitClean {
		err = &exit{code: worst}
	}
	if err == nil && format == formatText {
		_, err = fmt.Fprintf(stdout, "%s has all that %s has for %s\n", strings.Join(to, ", "), strings.Join(from.root, ", "), numbered(len(first), "file"))
	}
	var end *exit
	if err != nil && !errors.As(err, &end) {
		err = unchecked(err)
	}
	return err
}

// compare returns the failures of the second user space that the first does
// not have.
func compare(had, l loaded) []difference {
	known := map[string]bool{}
	for _, f := range had.failures {
		known[f.Category+" "+f.Subject] = true
	}
	var list []difference
	for _, f := range l.failures {
		if key := f.Category + " " + f.Subject; !known[key] {
			known[key] = true
			list = append(list, difference{File: l.File, Category: f.Category, Subject: f.Subject, Message: f.Message, Why: f.Why})
		}
	}
	return list
}

func (d difference) write(w io.Writer, format string) error {
	if format == formatJSONL {
		return writeJSON(w, "", struct {
			Schema string `json:"schema"`
			difference
		}{report.Schema, d})
	}
	_, err := fmt.Fprintf(w, "%s: %s: %s\n", report.Clean(d.File), d.Category, oneLine(d.Message))
	if err == nil && d.Why != "" {
		_, err = fmt.Fprintf(w, "    %s\n", report.Clean(d.Why))
	}
	return err
}
