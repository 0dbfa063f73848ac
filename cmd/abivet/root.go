package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/report"
	"github.com/abivet/abivet/abi/userspace"
	"github.com/abivet/abivet/elfcheck/ldso"
	"github.com/abivet/abivet/internal/rootpath"
	"github.com/abivet/abivet/machocheck/dyld"
)

// loadFlags says in which user space files are loaded, and in what
// surroundings.
type loadFlags struct {
	root    []string
	image   imageFlags
	host    string
	mode    string
	env     []string
	cpu     string
	intel   bool
	kernel  string
	within  []string
	mac     macFlags
	inside  bool
	explain bool
	changed string // one of loadFlagNames that was given
	stderr  func() io.Writer
	told    map[string]bool // files of which it was said that they are of this machine
}

// loadFlagNames are the flags that mean nothing without --root.
var loadFlagNames = []string{"host", "mode", "env", "cpu", "intel", "kernel", "within", "inside", "sdk", "image", "image-platform", "max-root-entries", "max-root-layers", "max-root-expanded", "max-root-ratio"}

func (f *loadFlags) register(c *cobra.Command) {
	f.stderr = c.ErrOrStderr
	flags := c.Flags()
	flags.StringArrayVar(&f.root, "root", nil, "the user space, a `DIR|FILE`: a directory, an image (OCI layout or docker save), a tar of a root, a .deb, or, for Mach-O files, a package that brings its libraries (wheel, npm package, zip), which has no loader for ELF files; repeated, a set of .deb files")
	f.image.register(c)
	flags.StringVar(&f.host, "host", "", "the `program` in the user space that opens a shared object; a bare one if none is named. Of the files of a directory check lets it open its own extensions alone")
	flags.StringVar(&f.mode, "mode", "now", "how a shared object is opened: now or lazy")
	flags.StringArrayVar(&f.env, "env", nil, "an environment variable `NAME=VALUE`: LD_LIBRARY_PATH, LD_PRELOAD, LD_BIND_NOW, DYLD_LIBRARY_PATH, DYLD_FRAMEWORK_PATH, either as DYLD_FALLBACK_, or DYLD_INSERT_LIBRARIES; may be repeated")
	flags.StringVar(&f.cpu, "cpu", "x86-64-v4", "the processor's level on amd64: x86-64-v1 to x86-64-v4")
	flags.BoolVar(&f.intel, "intel", false, "the processor is one of Intel's: glibc up to 2.36 then looks in haswell/ and the like too, and puts that for $PLATFORM")
	flags.StringVar(&f.kernel, "kernel", "", "the running Linux, such as 4.18, which glibc up to 2.35 holds libraries against; newer than any asks for if not said")
	flags.StringSliceVar(&f.within, "within", nil, "every library must come from this `directory` of the user space; may be repeated")
	flags.BoolVar(&f.inside, "inside", false, "the files are paths in the user space; so they are anyway where they lie below its directory, or only it has them")
	flags.StringVar(&f.mac.sdk, "sdk", "", "Mach-O: an SDK of Apple's `DIR`ectory, whose .tbd files say what macOS has")
	complete(c, "mode", "now", "lazy")
	complete(c, "cpu", "x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4")
}

var errNoRoot = errors.New("--root: want the user space, a directory or an image")

// request turns the flags into what every file is loaded with.
func (f *loadFlags) request() (ldso.Request, error) {
	r := ldso.Request{Host: f.host, Lazy: f.mode == "lazy", Intel: f.intel}
	if err := oneOf("--mode", f.mode, "now", "lazy"); err != nil {
		return r, err
	}
	if err := oneOf("--cpu", f.cpu, "x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4"); err != nil {
		return r, err
	}
	r.Level = int(f.cpu[len(f.cpu)-1] - '0')
	if f.kernel != "" {
		kernel, err := abi.ParseVersion(f.kernel)
		if err != nil {
			return r, fmt.Errorf("--kernel: %w", err)
		}
		r.Kernel = kernel
	}
	for _, e := range f.env {
		name, value, ok := strings.Cut(e, "=")
		switch {
		case !ok:
			return r, fmt.Errorf("--env %q: want NAME=VALUE", e)
		case name == "LD_LIBRARY_PATH":
			if value != "" { // an empty element is the working directory
				r.LibraryPath = strings.Split(strings.ReplaceAll(value, ";", ":"), ":")
			}
		case name == "LD_PRELOAD":
			r.Preload = strings.FieldsFunc(value, func(c rune) bool { return c == ':' || c == ' ' })
		case name == "LD_BIND_NOW":
			r.BindNow = value != ""
		case strings.HasPrefix(name, "DYLD_"): // see macRequest
		default:
			return r, fmt.Errorf("--env %q: want LD_LIBRARY_PATH, LD_PRELOAD, LD_BIND_NOW, DYLD_LIBRARY_PATH, DYLD_FRAMEWORK_PATH, either as DYLD_FALLBACK_, or DYLD_INSERT_LIBRARIES; no other variable is modelled", e)
		}
	}
	return r, nil
}

// A space is an opened user space.
type space struct {
	*ldso.Space
	macho *dyld.Space
	files *userspace.Space
	// outside is what lies beside the user space; nil where there is nothing.
	outside *machine
	close   func() error
}

// openSpace opens a user space so that files outside it can be loaded as well.
func openSpace(names []string, image imageFlags) (*space, error) {
	if len(names) == 0 {
		return nil, errNoRoot
	}
	options, err := image.options()
	if err != nil {
		return nil, err
	}
	files, err := openRoot(names, options)
	if errors.Is(err, abi.ErrFormat) {
		err = fmt.Errorf("user space %q: want a directory, an image (OCI layout or docker save), a tar, a .deb or a zip; it is none of these", strings.Join(names, " "))
	}
	if err != nil {
		return nil, unchecked(err)
	}
	s := &space{Space: ldso.New(files), macho: dyld.New(files), files: files, close: files.Close}
	if m, err := openMachine(options.Limits); err == nil { // else there is no outside, as on Windows
		s.outside = m
		s.Beside(m)
		s.macho.Beside(m)
		s.close = func() error { return errors.Join(m.Close(), files.Close()) }
	}
	return s, nil
}

// sources says for each path whether it is one of the user space or of this
// machine.
func (f *loadFlags) sources(s *space, paths []string) []audit.Source {
	sources := make([]audit.Source, len(paths))
	for i, name := range paths {
		sources[i] = audit.Source{Path: name}
		if inside, ok := f.insidePath(s, name); ok {
			sources[i] = audit.Source{FS: s.files, Path: inside, Inside: true}
		} else if f.ambiguous(s, name) && !f.told[name] {
			if f.told == nil {
				f.told = map[string]bool{} // parity asks for each file twice
			}
			f.told[name] = true
			fmt.Fprintf(f.stderr(), "abivet: %s is read from this machine, and the user space has one of that path too: --inside means that one\n", report.Clean(name))
		}
	}
	return sources
}

// ambiguous reports whether an absolute path is one of this machine and of the
// user space, if these are not the same.
func (f *loadFlags) ambiguous(s *space, name string) bool {
	if !filepath.IsAbs(name) || s.files.Kind() == userspace.Directory && s.files.Name() == "/" {
		return false
	}
	info, err := fs.Stat(s.files, s.real(strings.TrimPrefix(path.Clean(filepath.ToSlash(name)), "/")))
	return err == nil && info.Mode().IsRegular()
}

// insidePath returns the name that a path has in the user space, if it is one
// of it.
func (f *loadFlags) insidePath(s *space, name string) (string, bool) {
	trimmed := strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(name)), "/")
	if trimmed == "" {
		trimmed = "."
	}
	if f.inside {
		return s.real(trimmed), true
	}
	if s.files.Kind() == userspace.Directory {
		if below, ok := belowDir(s.files.Name(), name); ok {
			return below, true
		}
	}
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		if _, err := fs.Stat(s.files, s.real(trimmed)); err == nil {
			return s.real(trimmed), true
		}
	}
	return "", false
}

// real follows the links of the user space, which it does not do by itself. A
// name that leads nowhere is left as it is, for whoever opens it to complain.
func (s *space) real(name string) string {
	real, _, err := rootpath.New(s.files).Resolve("/" + name)
	if err != nil {
		return name
	}
	return rootpath.FSName(real)
}

// belowDir returns the name of a path below a directory, with the links of both
// followed as far as their directories go.
func belowDir(dir, name string) (string, bool) {
	name = filepath.Clean(name)
	parent, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err != nil {
		return "", false
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", false
	}
	root, err1 := filepath.Abs(root)
	full, err2 := filepath.Abs(filepath.Join(parent, filepath.Base(name)))
	if err1 != nil || err2 != nil || root == "/" {
		return "", false
	}
	below, err := filepath.Rel(root, full)
	if err != nil || !filepath.IsLocal(below) {
		return "", false
	}
	return filepath.ToSlash(below), true
}
