package rootpath

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// openat2(2) with RESOLVE_IN_ROOT does the same in the kernel. It is the
// oracle, and not the way it is done, since an image is no directory.
func kernelResolve(root int, name string) (FileID, error) {
	how := struct{ flags, mode, resolve uint64 }{
		flags:   0x200000 | syscall.O_CLOEXEC, // O_PATH
		resolve: 0x10,                         // RESOLVE_IN_ROOT
	}
	p, err := syscall.BytePtrFromString(name)
	if err != nil {
		return FileID{}, err
	}
	const openat2 = 437 // on every architecture
	fd, _, errno := syscall.Syscall6(openat2, uintptr(root), uintptr(unsafe.Pointer(p)),
		uintptr(unsafe.Pointer(&how)), unsafe.Sizeof(how), 0, 0)
	if errno != 0 {
		return FileID{}, errno
	}
	defer syscall.Close(int(fd))
	var st syscall.Stat_t
	if err := syscall.Fstat(int(fd), &st); err != nil {
		return FileID{}, err
	}
	id, _ := inode(&st)
	return id, nil
}

// Random trees full of links, random names: we and the kernel agree on the file
// and on the error.
func TestResolveAgreesWithTheKernel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	names, found := 0, 0
	for range 60 {
		dir := t.TempDir()
		fill(t, random, dir)
		root, err := syscall.Open(dir, syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
		require.NoError(t, err)
		defer syscall.Close(root)
		r := New(os.DirFS(dir))
		for range 400 {
			name := "/" + randomPath(random)
			want, wantErr := kernelResolve(root, name)
			if errors.Is(wantErr, syscall.ENOSYS) || errors.Is(wantErr, syscall.EPERM) {
				t.Skip("openat2 is not allowed here")
			}
			names++
			_, info, err := r.Resolve(name)
			if wantErr != nil {
				assert.ErrorIs(t, err, wantErr, "%s %q", dir, name)
				continue
			}
			found++
			if assert.NoError(t, err, "%s %q", dir, name) {
				id, _ := Identity(info)
				assert.Equal(t, want, id, "%s %q", dir, name)
			}
		}
		if t.Failed() {
			return
		}
	}
	assert.Greater(t, found, names/10, "the names do not exercise much")
}

func fill(t *testing.T, random *rand.Rand, dir string) {
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a/b/c"), 0o755))
	for i := range 40 {
		parent := []string{"", "a", "a/b", "a/b/c"}[random.IntN(4)]
		at := filepath.Join(dir, parent, string(rune('d'+random.IntN(10))))
		if _, err := os.Lstat(at); err == nil {
			continue // to write through a link might leave the directory
		}
		var err error
		switch random.IntN(4) {
		case 0:
			err = os.WriteFile(at, []byte(fmt.Sprint(i)), 0o644)
		case 1:
			err = os.Mkdir(at, 0o755)
		default:
			target := randomPath(random)
			if random.IntN(2) == 0 {
				target = "/" + target
			}
			err = os.Symlink(target, at)
		}
		if err != nil && !errors.Is(err, syscall.ENOENT) { // of an empty link
			t.Fatal(err)
		}
	}
}

func randomPath(random *rand.Rand) string {
	parts := make([]string, 1+random.IntN(5))
	for i := range parts {
		parts[i] = []string{"", ".", "..", "a", "b", "c", "a/b/c", "a", "a/b"}[random.IntN(9)]
		if random.IntN(3) == 0 {
			parts[i] = string(rune('d' + random.IntN(10)))
		}
	}
	return strings.Join(parts, "/") + "/.."[:random.IntN(2)]
}
