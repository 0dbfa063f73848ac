package report

import (
	"bytes"
	"errors"
	"testing"

	"github.com/abivet/abivet/abi"
)

// A line is what encoding/json makes of it.
func FuzzLines(f *testing.F) {
	f.Add("usr/lib/libx.so", "GLIBC_2.34 (libc.so.6)", "debian:12", uint8(0))
	f.Add("a \"quoted\\\n\x7f\xff name", "<&>\u2028ä", "", uint8(255))
	f.Fuzz(func(t *testing.T, a, b, target string, has uint8) {
		r := abi.Result{Path: a, Format: b, Platform: abi.Platform{OS: "linux", Arch: a}}
		if has&1 != 0 {
			r.Member = b
		}
		if has&2 != 0 {
			r.Floor = []string{a, b}
		}
		if has&4 != 0 {
			r.Skipped = []abi.Skipped{{Rule: a, Why: b}, {Rule: b}}
		}
		if has&8 != 0 {
			r.Findings = []abi.Finding{{Rule: a, Severity: abi.Error, Message: b, Evidence: []string{a, b}, Fix: b, Target: target}, {Subject: a}}
		}
		if has&16 != 0 {
			r.Err = errors.New(b)
		}
		var got, want bytes.Buffer
		lines := NewLines(&got, target)
		for range 2 { // its memory is used again
			if err := lines.Write(r); err != nil {
				t.Fatal(err)
			}
			if err := encoder(&want, "").Encode(struct {
				Schema string `json:"schema"`
				Target string `json:"target"`
				File
			}{Schema, target, NewFile(r)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := lines.Flush(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Fatalf("wrote\n%s\nwant\n%s", got.Bytes(), want.Bytes())
		}
	})
}
