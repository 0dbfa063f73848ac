// Command buildtool links a program with LuaJIT in it. It takes the flags that
// LuaJIT needs from the library, not from its own memory, and looks at the
// result: a linker that drops a flag leaves no other trace.
//
//	buildtool darwin/amd64 macos:13 program program.o libluajit.a
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/abi/targets"
	"github.com/abivet/abivet/luajit"
)

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: buildtool os/arch target output object...")
		os.Exit(2)
	}
	if err := build(cc, os.Args[1], os.Args[2], os.Args[3], os.Args[4:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "buildtool:", err)
		os.Exit(1)
	}
}

// A linker makes a program. Its arguments are those of a C compiler.
type linker func(args ...string) error

func cc(args ...string) error {
	c := exec.Command("cc", args...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c.Run()
}

func build(link linker, platform, target, output string, objects []string, out io.Writer) error {
	p, err := abi.ParsePlatform(platform)
	if err != nil {
		return err
	}
	// Whether libluajit has GC64 is not known here: the flags that help either.
	flags := luajit.LinkFlags(p, luajit.Unknown)
	if err := link(slices.Concat(objects, flags, []string{"-o", output})...); err != nil {
		return err
	}
	return verify(output, target, out)
}

// verify says what is wrong with a file, and whether it may be shipped.
func verify(file, target string, out io.Writer) error {
	set, err := targets.Lookup(target)
	if err != nil {
		return err
	}
	r, err := audit.Check(context.Background(), audit.Files(file), audit.Options{
		Targets:    []abi.TargetSet{set},
		TargetName: target,
	})
	if err != nil {
		return err
	}
	if err := report.Text(out, r, report.TextOptions{}); err != nil {
		return err
	}
	if r.Worst() == abi.Error || r.Summary().Unchecked > 0 {
		return fmt.Errorf("%s does not work on %s", file, target)
	}
	return nil
}
