package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/userspace"
)

// imageFlags say which of several images in a file is meant, and how far to go
// into one.
type imageFlags struct {
	platform string
	image    string
	limits   userspace.Limits
}

func (f *imageFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.platform, "image-platform", "", "of an image for several platforms the one for `OS/ARCH`, such as linux/arm64 or linux/arm/v7")
	flags.StringVar(&f.image, "image", "", "of an archive with several images the one of this `name`")
	f.limits = userspace.Defaults()
	l := &f.limits
	flags.IntVar(&l.Entries, "max-root-entries", l.Entries, "how many files and directories a user space may have that is an image or a package")
	flags.IntVar(&l.Layers, "max-root-layers", l.Layers, "how many layers it may have")
	flags.Var((*byteSize)(&l.Expanded), "max-root-expanded", "how many `bytes` of it may be decompressed; K, M, G and T are units")
	flags.Int64Var(&l.Ratio, "max-root-ratio", l.Ratio, "how many times its size a compressed layer may expand to, from 64M on")
}

func (f *imageFlags) options() (userspace.Options, error) {
	o := userspace.Options{Image: f.image, Limits: f.limits}
	for name, value := range map[string]int64{"entries": int64(f.limits.Entries), "layers": int64(f.limits.Layers), "expanded": f.limits.Expanded, "ratio": f.limits.Ratio} {
		if value <= 0 {
			return o, fmt.Errorf("--max-root-%s %d: want more than 0", name, value)
		}
	}
	if f.platform == "" {
		return o, nil
	}
	platform := f.platform
	if parts := strings.Split(platform, "/"); len(parts) == 3 {
		platform, o.Variant = parts[0]+"/"+parts[1], parts[2]
	}
	var err error
	if o.Platform, err = abi.ParsePlatform(platform); err != nil {
		return o, fmt.Errorf("--image-platform: %w", err)
	}
	return o, nil
}

// openRoot opens a user space: one directory or image, or a set of packages.
func openRoot(names []string, o userspace.Options) (*userspace.Space, error) {
	if len(names) == 1 {
		return userspace.Open(names[0], o)
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".deb") {
			return nil, fmt.Errorf("%q: want one directory or image, or .deb files alone", name)
		}
	}
	return userspace.OpenDebs(names, o)
}
