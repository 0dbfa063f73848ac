package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck/dyld"
)

// macFlags say on what Mac a Mach-O file is loaded.
type macFlags struct {
	sdk     string
	release string
	arch    string
	hashes  bool // of signatures; no flag, load asks for them
}

// register adds the flags that check has in its targets already.
func (f *macFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.release, "macos", "", "Mach-O: the release of macOS, such as 13.0; the newest that is modelled if none is named")
	c.Flags().StringVar(&f.arch, "arch", "", "Mach-O: load this slice alone: arm64, amd64, or a `name` that lipo has")
}

// macRequest turns the flags into what every Mach-O file is loaded with.
func (f *loadFlags) macRequest() (dyld.Request, error) {
	r := dyld.Request{Host: f.host, Lazy: f.mode == "lazy", Arch: f.mac.arch, Hashes: f.mac.hashes}
	if f.mac.release != "" {
		release, err := abi.ParseVersion(f.mac.release)
		if err != nil {
			return r, fmt.Errorf("--macos: %w", err)
		}
		r.Release = release
	}
	for _, e := range f.env {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "DYLD_") {
			continue
		}
		dirs := strings.Split(value, ":") // an empty one is a directory as well
		switch name {
		case "DYLD_LIBRARY_PATH":
			r.LibraryPath = dirs
		case "DYLD_FALLBACK_LIBRARY_PATH":
			r.Fallback = dirs
		case "DYLD_FRAMEWORK_PATH":
			r.FrameworkPath = dirs
		case "DYLD_FALLBACK_FRAMEWORK_PATH":
			r.FrameworkFallback = dirs
		case "DYLD_INSERT_LIBRARIES":
			r.Insert = dirs
		default:
			return r, fmt.Errorf("--env %q: want DYLD_LIBRARY_PATH, DYLD_FRAMEWORK_PATH, either as DYLD_FALLBACK_, or DYLD_INSERT_LIBRARIES; no other variable of dyld is modelled", e)
		}
	}
	return r, nil
}

// openSDK gives the space what is known of the system's libraries.
func (s *space) openSDK(f macFlags) error {
	if f.sdk == "" {
		return nil
	}
	root, err := os.OpenRoot(f.sdk)
	if err != nil {
		return unchecked(fmt.Errorf("--sdk %q: %w", f.sdk, err))
	}
	if _, err := root.Stat("usr/lib"); err != nil {
		return unchecked(errors.Join(fmt.Errorf("--sdk %q: want a directory with usr/lib, such as MacOSX.sdk: %w", f.sdk, err), root.Close()))
	}
	s.macho.SDK = dyld.NewSDK(root.FS())
	closeRest := s.close
	s.close = func() error { return errors.Join(root.Close(), closeRest()) }
	return nil
}
