package container

import (
	"fmt"
	"io"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/ar"
)

// isPart knows the two parts of a package, of which old ones were compressed with
// LZMA. Those that begin with _ are nobody's.
func isPart(name string) bool {
	return strings.HasPrefix(name, "data.tar") || strings.HasPrefix(name, "control.tar")
}

// ifLZMA names the compression that packages had before xz, of dpkg 1.14 and of
// rpm 4.6, and that is not undone.
func ifLZMA(start []byte) string {
	if strings.HasPrefix(string(start), "\x5d\x00\x00") {
		return " (LZMA)"
	}
	return ""
}

// deb looks at the members of a Debian package: control.tar, whose scripts may
// be programs, and data.tar.
func (w *walk) deb(p place, b blob, depth int) error {
	return w.atWill(b, func(at io.ReaderAt, size int64) error {
		start := make([]byte, startSize)
		data := false
		for m, err := range ar.Members(at, size) {
			if err != nil {
				return err
			}
			if err := w.checkName(p, m.Name); err != nil {
				return err
			}
			data = data || strings.HasPrefix(m.Name, "data.tar")
			n, err := readStart(io.NewSectionReader(at, m.Offset, m.Size), start)
			if err != nil {
				return fmt.Errorf("member %q: %w", m.Name, err)
			}
			if isPart(m.Name) && m.Size > 0 && !isContainer(start[:n]) {
				if err := w.tell(p.inside(m.Name), fmt.Errorf("begins with %q%s: want a tar, as it is or with gzip, bzip2, xz or zstd", start[:min(n, 6)], ifLZMA(start[:n]))); err != nil {
					return err
				}
				continue
			}
			part := io.NewSectionReader(at, m.Offset, m.Size)
			if err := w.member(p, m.Name, blob{start: start[:n], at: part, size: m.Size}, depth); err != nil {
				return err
			}
		}
		if !data {
			return &abi.FormatError{Format: "deb", Offset: size, What: "no data.tar in the package: it may be cut short"}
		}
		return nil
	})
}
