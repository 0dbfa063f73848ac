package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/container"
	"github.com/abivet/abivet/abi/userspace"
)

// containersHelp is for the long help of commands that look into containers.
const containersHelp = `
Containers are looked into, those in containers as well: zip archives (wheels,
.jar, .apk, .nupkg, .conda, .pex), tars, compressed or not (npm packages, gems,
crates), Debian and RPM packages, compressed files. They are known by what is in them.
A place in one reads a.whl!pkg/_x.so. Of what was compressed, large files go to a temporary one. The limits are
of each file that is named or met, with all that is in it.
`

// containerFlags says how far to go into containers.
type containerFlags struct{ limits container.Limits }

func (f *containerFlags) register(c *cobra.Command) {
	f.limits = container.Defaults()
	flags, l := c.Flags(), &f.limits
	flags.IntVar(&l.Depth, "max-depth", l.Depth, "how many containers may stand around a file; 0 does not look into any")
	flags.IntVar(&l.Members, "max-members", l.Members, "how many members the containers in a file may have")
	flags.Var((*byteSize)(&l.Expanded), "max-expanded", "how many `bytes` of a file may be decompressed; K, M, G and T are units")
	flags.Int64Var(&l.Ratio, "max-ratio", l.Ratio, "how many times its size something compressed, or all that is in a file, may expand to, from 64M on")
	flags.Var((*byteSize)(&l.Memory), "max-memory", "how many `bytes` of members to hold for a file, what is behind the first 16 MiB of one in a temporary file")
}

// in returns the sources with containers that are looked into.
func (f containerFlags) in(sources []audit.Source) ([]audit.Source, error) {
	l := f.limits
	for _, flag := range []struct {
		name  string
		value int64
	}{{"max-members", int64(l.Members)}, {"max-expanded", l.Expanded}, {"max-ratio", l.Ratio}, {"max-memory", l.Memory}} {
		if flag.value <= 0 {
			return nil, fmt.Errorf("--%s %d: want more than 0", flag.name, flag.value)
		}
	}
	if l.Depth < 0 {
		return nil, fmt.Errorf("--max-depth %d: want 0 or more", l.Depth)
	}
	if l.Depth > 0 {
		for i := range sources {
			sources[i].Containers = container.Walker{Limits: l}
		}
	}
	return sources, nil
}

// unpackIn returns what opens a container in a user space, within the same limits: a
// package of a distribution as that with the package installed, any other as the
// directory that it makes. The packages that are named are installed together.
func (f containerFlags) unpackIn(s *space, named []string) func(string, io.ReaderAt, int64) (audit.Unpacked, error) {
	o := userspace.Options{Limits: userspace.Limits{Entries: f.limits.Members, Expanded: f.limits.Expanded, Ratio: f.limits.Ratio}}
	in := s.installer(named, o)
	return func(name string, r io.ReaderAt, size int64) (audit.Unpacked, error) {
		made, err := in.with(userspace.Packed{Name: name, R: r, Size: size})
		installed := !errors.Is(err, abi.ErrFormat)
		if !installed {
			made, err = userspace.OpenPacked(name, r, size, o)
		}
		if err != nil {
			return audit.Unpacked{}, err
		}
		return audit.Unpacked{FS: made, Installed: installed, Close: made.Close}, nil
	}
}

// A byteSize is a flag in bytes.
type byteSize int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"T", 1 << 40}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}}

func (b *byteSize) Set(s string) error {
	number, unit := s, int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			number, unit = rest, u.bytes
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > 1<<62/unit {
		return fmt.Errorf("%q: want a number of bytes, such as 1073741824 or 1G", s)
	}
	*b = byteSize(n * unit)
	return nil
}

func (b *byteSize) String() string {
	for _, u := range sizeUnits {
		if n := int64(*b); n != 0 && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(*b), 10)
}

func (b *byteSize) Type() string { return "bytes" }
