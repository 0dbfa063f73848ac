package elfcheck

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"runtime/debug"
)

// A GoBuild is the build information that Go's linker leaves in a file.
type GoBuild struct {
	Version  string            // go1.26.8
	Path     string            // of the main package
	Settings map[string]string // GOAMD64, CGO_ENABLED, -buildmode and the like
}

// buildMagic starts the build information. Origin: debug/buildinfo.
const buildMagic = "\xff Go buildinf:"

const (
	buildHeader  = 32
	buildAlign   = 16
	flagInline   = 2
	maxBuildInfo = 4 << 20 // the largest seen has 60 KiB
)

// goBuild looks for the build information in the writable segments, where the
// linker puts it, of a file that carries Go's build ID.
func (d *decoder) goBuild() error {
	if !d.f.Notes.GoBuildID {
		return nil
	}
	for _, s := range d.f.Segments {
		if s.Type != ptLoad || s.Flags&elf.PF_W == 0 {
			continue
		}
		at, err := d.findMagic(int64(s.Offset), int64(s.FileSize))
		if err != nil || at < 0 {
			if err != nil {
				return err
			}
			continue
		}
		return d.readBuild(at, int64(s.Offset+s.FileSize))
	}
	return nil
}

// findMagic returns the place of the build information in a segment, or -1.
func (d *decoder) findMagic(off, size int64) (int64, error) {
	const overlap = buildAlign
	for done := int64(0); done < size; done += chunkSize - overlap {
		b, err := d.bytes(&d.chunk, off+done, min(chunkSize, size-done), "data segment")
		if err != nil {
			return 0, err
		}
		for from := 0; ; {
			i := bytes.Index(b[from:], []byte(buildMagic))
			if i < 0 {
				break
			}
			if at := off + done + int64(from+i); at%buildAlign == 0 {
				return at, nil
			}
			from += i + 1
		}
	}
	return -1, nil
}

// readBuild reads the inline form, which Go has written since 1.18: two
// strings, each with its length before it. Of older files only the fact that
// Go built them is known.
func (d *decoder) readBuild(at, end int64) error {
	d.f.Go = &GoBuild{}
	head, err := d.record(at, min(buildHeader, d.size-at), "Go build information")
	if err != nil || len(head) < buildHeader || head[15]&flagInline == 0 {
		return err
	}
	version, next, err := d.varString(at+buildHeader, end)
	if err != nil {
		return err
	}
	modules, _, err := d.varString(next, end)
	if err != nil {
		return err
	}
	d.f.Go.Version = version
	if len(modules) >= 33 && modules[len(modules)-17] == '\n' {
		modules = modules[16 : len(modules)-16] // it stands between two marks
	}
	info, err := debug.ParseBuildInfo(modules)
	if err != nil {
		return d.damaged(at, "Go build information: %v", err)
	}
	d.f.Go.Path = info.Path
	d.f.Go.Settings = make(map[string]string, len(info.Settings))
	for _, s := range info.Settings {
		d.f.Go.Settings[s.Key] = s.Value
	}
	return nil
}

// varString reads a string with its length before it, and tells where it ends.
func (d *decoder) varString(at, end int64) (s string, next int64, err error) {
	const what = "Go build information"
	b, err := d.record(at, max(0, min(binary.MaxVarintLen64, end-at)), what)
	if err != nil {
		return "", 0, err
	}
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(min(end-at-int64(used), maxBuildInfo)) {
		return "", 0, d.damaged(at, "%s: it is cut short", what)
	}
	at += int64(used)
	b, err = d.bytes(&d.strs, at, int64(n), what)
	return string(b), at + int64(n), err
}
