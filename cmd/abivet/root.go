package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/elfcheck/ldso"
)

// loadFlags says in which user space files are loaded, and in what
// surroundings.
type loadFlags struct {
	root    string
	host    string
	mode    string
	env     []string
	cpu     string
	kernel  string
	within  []string
	explain bool
}

func (f *loadFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.root, "root", "", "the user space: a directory or an image `DIR|FILE`")
	flags.StringVar(&f.host, "host", "", "the `program` in the user space that opens a shared object; a bare one if none is named")
	flags.StringVar(&f.mode, "mode", "now", "how a shared object is opened: now or lazy")
	flags.StringArrayVar(&f.env, "env", nil, "an environment variable `NAME=VALUE`: LD_LIBRARY_PATH or LD_BIND_NOW; may be repeated")
	flags.StringVar(&f.cpu, "cpu", "x86-64-v4", "the processor's level on amd64: x86-64-v1 to x86-64-v4")
	flags.StringSliceVar(&f.within, "within", nil, "every library must come from this `directory` of the user space; may be repeated")
	complete(c, "mode", "now", "lazy")
	complete(c, "cpu", "x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4")
}

var errNoRoot = errors.New("--root: want the user space, a directory or an image")

// request turns the flags into what every file is loaded with.
func (f *loadFlags) request() (ldso.Request, error) {
	r := ldso.Request{Host: f.host, Lazy: f.mode == "lazy"}
	if err := oneOf("--mode", f.mode, "now", "lazy"); err != nil {
		return r, err
	}
	if err := oneOf("--cpu", f.cpu, "x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4"); err != nil {
		return r, err
	}
	r.Level = int(f.cpu[len(f.cpu)-1] - '0')
	for _, e := range f.env {
		name, value, ok := strings.Cut(e, "=")
		switch {
		case !ok:
			return r, fmt.Errorf("--env %q: want NAME=VALUE", e)
		case name == "LD_LIBRARY_PATH":
			r.LibraryPath = strings.FieldsFunc(value, func(c rune) bool { return c == ':' || c == ';' })
		case name == "LD_BIND_NOW":
			r.BindNow = value != ""
		default:
			return r, fmt.Errorf("--env %q: want LD_LIBRARY_PATH or LD_BIND_NOW; no other variable is modelled", e)
		}
	}
	return r, nil
}

// A space is an opened user space.
type space struct {
	*ldso.Space
	fs    fs.FS
	close func() error
}

// openSpace opens a user space so that files outside it can be loaded as well.
func openSpace(name string) (*space, error) {
	if name == "" {
		return nil, errNoRoot
	}
	fsys, closeRoot, err := openRoot(name)
	if err != nil {
		return nil, unchecked(fmt.Errorf("--root %q: %w", name, err))
	}
	s := &space{Space: ldso.New(fsys), fs: fsys, close: closeRoot}
	if machine, err := os.OpenRoot("/"); err == nil { // else there is no outside, as on Windows
		s.Beside(machine.FS())
		s.close = func() error { return errors.Join(machine.Close(), closeRoot()) }
	}
	return s, nil
}
