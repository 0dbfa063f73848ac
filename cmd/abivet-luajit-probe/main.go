// Command abivet-luajit-probe loads a library that embeds a LuaJIT and asks it
// what it is. It is apart from abivet because whoever can load libraries needs
// libc.so.6, and abivet does not.
//
//	abivet-luajit-probe /usr/lib/x86_64-linux-gnu/libluajit-5.1.so.2
//
// Code of the library runs, in a process of its own: what it does there, crash,
// hang or exit, is the answer. Do it to libraries you trust.
//
// # Exit codes
//
//	0  it answered, and the file says the same
//	1  it answered, and the file says otherwise
//	2  usage
//	3  it gave no answer, and is told why
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"

	"github.com/abivet/abivet/luajit/probe"
)

func main() {
	probe.Child()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("abivet-luajit-probe", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintf(stderr, "usage: abivet-luajit-probe [-format text|json] LIBRARY\n\nLoads a library and asks the LuaJIT in it. Code of the library runs.\n")
	}
	format := flags.String("format", "text", "text or json")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() != 1 || *format != "text" && *format != "json" {
		flags.Usage()
		return 2
	}
	library := flags.Arg(0)
	info, err := fileSays(library)
	if err != nil {
		fmt.Fprintf(stderr, "abivet-luajit-probe: %s: %v\n", library, err)
		return 3
	}
	answer, err := probe.Run(ctx, library)
	if err != nil {
		fmt.Fprintf(stderr, "abivet-luajit-probe: %v\n", err)
		return 3
	}
	result := result{answer, answer.Compare(info)}
	if err := result.write(stdout, *format); err != nil {
		fmt.Fprintf(stderr, "abivet-luajit-probe: %v\n", err)
		return 3
	}
	switch {
	case len(result.Disagrees) > 0:
		return 1
	case answer.Outcome != probe.Answered:
		return 3
	}
	return 0
}

// A result is the answer of the library, held against the file.
type result struct {
	probe.Answer
	Disagrees []string `json:"disagrees,omitempty"`
}

func (r result) write(w io.Writer, format string) error {
	if format == "json" {
		return json.NewEncoder(w).Encode(r)
	}
	if r.Outcome != probe.Answered {
		_, err := fmt.Fprintf(w, "%s: %s\n", r.Outcome, quoted(r.Detail))
		return err
	}
	on := "off"
	if r.JITOn {
		on = "on"
	}
	_, err := fmt.Fprintf(w, "LuaJIT %s on %s/%s: gc64 %s, jit %s (%s), ffi %s\n",
		quoted(r.Version), quoted(r.OS), quoted(r.Arch), r.GC64, r.JIT, on, r.FFI)
	for _, line := range r.Disagrees {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %s\n", line)
		}
	}
	return err
}

// quoted keeps what a library says from being obeyed by a terminal.
func quoted(s string) string {
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}
