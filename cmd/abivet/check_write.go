package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
)

// A tally is what the exit code comes from.
type tally struct {
	worst     abi.Severity
	unchecked int
}

func (t *tally) add(r abi.Result) {
	if r.Err != nil {
		t.unchecked++
	}
	for _, f := range r.Findings {
		t.worst = max(t.worst, f.Severity)
	}
}

// say returns an error for those who do not read the report; text has its own
// line.
func (t *tally) say(format string) error {
	if format == formatText {
		return nil
	}
	return fmt.Errorf("%d of the files could not be checked", t.unchecked)
}

// write checks and writes the report. Lines of JSON are written as the results
// come, so that their number does not matter.
func (f checkFlags) write(ctx context.Context, out *output, sources []audit.Source, o audit.Options, count *tally) error {
	if f.format == formatJSONL {
		lines := report.NewLines(out, o.TargetName)
		for result, err := range audit.Results(ctx, sources, o) {
			if err != nil && !errors.Is(err, audit.ErrNothing) {
				// Lines that just end would look like all of them.
				result = abi.Result{Err: fmt.Errorf("the report is cut short here: %w", err)}
			}
			if result.Err != nil || err == nil {
				count.add(result)
				err = errors.Join(lines.Write(result), err)
			}
			if err != nil {
				return errors.Join(lines.Flush(), err)
			}
		}
		return lines.Flush()
	}
	r, err := audit.Check(ctx, sources, o)
	if r == nil {
		return err
	}
	for _, result := range r.Results {
		count.add(result)
	}
	var writeErr error
	switch f.format {
	case formatText:
		writeErr = report.Text(out, r, report.TextOptions{Color: wantsColor(out.Writer), Readable: readable})
	case formatJSON:
		writeErr = report.JSON(out, r)
	case formatSARIF:
		writeErr = report.SARIF(out, r, audit.Docs(), buildVersion())
	}
	if writeErr != nil {
		return writeErr
	}
	return err
}
