package machocheck

import (
	"bytes"
	"encoding/binary"
	"runtime/debug"
)

// A GoBuild is what the go command wrote into a file that it built.
type GoBuild struct {
	// Version is of the toolchain: go1.26.8. It is empty in what Go before
	// 1.18 built, which has it behind pointers.
	Version string
	Path    string // of the main package
	// Settings are the likes of CGO_ENABLED, GOAMD64, -buildmode, -ldflags.
	Settings map[string]string
}

const (
	goBuildSection = "__go_buildinfo"

	// maxGoBuild is far above what a module with a thousand dependencies
	// has; they are listed one a line.
	maxGoBuild = 4 << 20
)

var goBuildMagic = []byte("\xff Go buildinf:")

// isGo reports whether the go command built the file. Some programs lack the
// build information, such as esbuild; none can do without the line table.
func (f *File) isGo() bool {
	_, build := f.Section(goBuildSection)
	_, lines := f.Section("__gopclntab")
	return build || lines || f.Go != nil
}

// goBuild reads the section that go version -m reads.
//
// The layout is that of debug/buildinfo, whose reader is not used since it
// reads the whole file by way of debug/macho.
func (d *decoder) goBuild() error {
	s, ok := d.file.Section(goBuildSection)
	if !ok || s.Offset == 0 || d.file.Kind == Object {
		return nil
	}
	raw, err := d.read(span{s.Offset, min(s.Size, maxGoBuild)})
	if err != nil {
		return err
	}
	if len(raw) < 32 || !bytes.HasPrefix(raw, goBuildMagic) {
		return nil // the section is there for another reason
	}
	d.file.Go = &GoBuild{}
	const inline = 2
	if raw[15]&inline == 0 {
		return nil
	}
	version, rest, ok := goString(raw[32:])
	if !ok {
		return damaged(d.base+int64(s.Offset)+32, "the Go version is cut off")
	}
	module, _, ok := goString(rest)
	if !ok {
		return damaged(d.base+int64(s.Offset)+32, "the Go build information is cut off")
	}
	d.file.Go = goBuildOf(version, module)
	return nil
}

// goString reads a string with its length before it.
func goString(raw []byte) (s string, rest []byte, ok bool) {
	n, used := binary.Uvarint(raw)
	if used <= 0 || n > uint64(len(raw)-used) {
		return "", nil, false
	}
	return string(raw[used : used+int(n)]), raw[used+int(n):], true
}

func goBuildOf(version, module string) *GoBuild {
	b := &GoBuild{Version: version}
	const marks = 16 // at either end, so that it can be found in a running program
	if len(module) < 2*marks+1 || module[len(module)-marks-1] != '\n' {
		return b
	}
	info, err := debug.ParseBuildInfo(module[marks : len(module)-marks])
	if err != nil {
		return b // the version alone is known
	}
	b.Path = info.Path
	for _, s := range info.Settings {
		if b.Settings == nil {
			b.Settings = map[string]string{}
		}
		b.Settings[s.Key] = s.Value
	}
	return b
}
