//go:build unix

package userspace

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Random layers give what a real file system gives when they are unpacked into
// it one after the other, as containerd's applyNaive does.
func TestLayersAreWhatUnpackingGives(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	same := 0
	for range 200 {
		dir := t.TempDir()
		require.NoError(t, os.Chmod(dir, 0o755))
		var i testImage
		var err error
		for range 1 + random.IntN(4) {
			layer := randomLayer(random)
			i.layers = append(i.layers, tarOf(layer...))
			unpacked := map[string]bool{}
			for _, h := range layer {
				err = errors.Join(err, unpack(dir, h, unpacked))
			}
		}
		s, openErr := Open(writeFile(t, tarOf(dockerSave(i)...)), Options{})
		if err != nil {
			// We write through links to nothing, which it takes a
			// resolver to do; all else it refuses we refuse.
			if openErr == nil {
				require.NoError(t, s.Close())
			}
			continue
		}
		require.NoError(t, openErr)
		same++
		require.Equal(t, walk(t, open(t, dir, Options{})), walk(t, s))
		require.NoError(t, s.Close())
	}
	require.Greater(t, same, 40, "most layers are refused")
}

// randomLayer has its whiteouts first, where the specification wants them: only
// there unpacking does what it says. Links lead to the top, one level up at
// most, so that they never leave the directory.
func randomLayer(random *rand.Rand) (layer []*tar.Header) {
	top := func() string { return fmt.Sprint("d", random.IntN(4)) }
	name := func() string {
		return []string{top(), top() + "/" + top(), top() + "/" + top() + "/f", top() + "/f", top() + "/g", "f"}[random.IntN(6)]
	}
	for range random.IntN(4) {
		if random.IntN(3) == 0 {
			layer = append(layer, opaque(top()))
		} else {
			layer = append(layer, whiteoutOf(name()))
		}
	}
	for n := range 2 + random.IntN(7) {
		switch random.IntN(10) {
		case 0:
			layer = append(layer, symlink(top(), top()))
		case 1:
			layer = append(layer, symlink(top()+"/"+top(), "../"+top()))
		case 2:
			file := regular(name(), fmt.Sprint(n))
			layer = append(layer, file, hardlink(name(), file.Name))
		case 3, 4:
			layer = append(layer, directoryOf(name(), 0o700+int64(random.IntN(64))))
		default:
			layer = append(layer, regular(name(), fmt.Sprint(n)))
		}
	}
	return layer
}

func unpack(dir string, h *tar.Header, unpacked map[string]bool) error {
	at := filepath.Join(dir, h.Name)
	parent, base := filepath.Split(at)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	parent, err := filepath.EvalSymlinks(parent)
	if err != nil {
		return err
	}
	at = filepath.Join(parent, base)
	if hidden, ok := strings.CutPrefix(base, whiteoutPrefix); ok {
		if hidden == opaqueName {
			return unpackOpaque(parent, unpacked)
		}
		return os.RemoveAll(filepath.Join(parent, hidden))
	}
	if there, err := os.Lstat(at); err == nil && (!there.IsDir() || h.Typeflag != tar.TypeDir) {
		if err := os.RemoveAll(at); err != nil {
			return err
		}
	}
	unpacked[at] = true
	switch h.Typeflag {
	case tar.TypeDir:
		if err := os.Mkdir(at, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	case tar.TypeSymlink:
		return os.Symlink(h.Linkname, at)
	case tar.TypeLink:
		if err := os.Link(filepath.Join(dir, h.Linkname), at); err != nil {
			return err
		}
		if info, err := os.Lstat(at); err != nil || info.Mode()&fs.ModeSymlink != 0 {
			return err
		}
	default:
		if err := os.WriteFile(at, []byte(h.PAXRecords["TEST.data"]), 0o644); err != nil {
			return err
		}
	}
	return os.Chmod(at, fs.FileMode(h.Mode))
}

func unpackOpaque(dir string, unpacked map[string]bool) error {
	list, err := os.ReadDir(dir)
	for _, e := range list {
		if at := filepath.Join(dir, e.Name()); !unpacked[at] {
			err = errors.Join(err, os.RemoveAll(at))
		}
	}
	return err
}
