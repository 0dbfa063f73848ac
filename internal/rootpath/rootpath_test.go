package rootpath

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func link(target string) *fstest.MapFile {
	return &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte(target)}
}

func file() *fstest.MapFile { return &fstest.MapFile{Mode: 0o755} }

func userspace() fstest.MapFS {
	m := fstest.MapFS{
		"lib":                       link("usr/lib"),
		"usr/lib/libc.so.6":         file(),
		"usr/lib/libabs.so":         link("/lib/libc.so.6"),
		"usr/lib/libup.so":          link("../../../../lib/libc.so.6"),
		"usr/lib/libgone.so":        link("libnothing.so"),
		"usr/lib/empty":             link(""),
		"usr/lib/loop":              link("pool"),
		"usr/lib/pool":              link("/lib/loop"),
		"usr/lib/slash":             link("libc.so.6/"),
		"usr/lib/here":              link("./"),
		"usr/lib/throughfile":       link("libc.so.6/x"),
		"private":                   {Mode: fs.ModeDir | 0o700},
		"private/libp.so":           file(),
		"chain0":                    link("usr/lib/libc.so.6"),
		strings.Repeat("n", 255):    file(),
		"usr/lib64/ld-linux.so.2":   link("//lib///libc.so.6"),
		"usr/lib64/through/..keep":  file(),
		"usr/lib64/through/a/b/c/d": file(),
	}
	for i := range 45 {
		m[fmt.Sprintf("chain%d", i+1)] = link(fmt.Sprintf("/chain%d", i))
	}
	return m
}

func TestResolve(t *testing.T) {
	tests := map[string]struct {
		name string
		real string
		err  error
	}{
		"the root":                     {"/", "/", nil},
		"root, many slashes":           {"///", "/", nil},
		"above the root":               {"/../..", "/", nil},
		"plain":                        {"/usr/lib/libc.so.6", "/usr/lib/libc.so.6", nil},
		"directory link":               {"/lib/libc.so.6", "/usr/lib/libc.so.6", nil},
		"absolute link below the root": {"/lib/libabs.so", "/usr/lib/libc.so.6", nil},
		"link above the root":          {"/lib/libup.so", "/usr/lib/libc.so.6", nil},
		"slashes in a link":            {"/usr/lib64/ld-linux.so.2", "/usr/lib/libc.so.6", nil},
		"dot dot is physical":          {"/lib/../lib64/through/a", "/usr/lib64/through/a", nil},
		"dots":                         {"/./usr//lib/./here/./libc.so.6", "/usr/lib/libc.so.6", nil},
		"two dots begin a name":        {"/usr/lib64/through/..keep", "/usr/lib64/through/..keep", nil},
		"directory with slash":         {"/lib/", "/usr/lib", nil},
		"longest name":                 {"/" + strings.Repeat("n", 255), "/" + strings.Repeat("n", 255), nil},
		"40 links":                     {"/chain39", "/usr/lib/libc.so.6", nil},

		"empty":                   {"", "", syscall.ENOENT},
		"relative":                {"usr/lib", "", syscall.ENOENT},
		"not there":               {"/lib/libm.so.6", "", syscall.ENOENT},
		"directory not there":     {"/opt/lib/libm.so.6", "", syscall.ENOENT},
		"link to nothing":         {"/lib/libgone.so", "", syscall.ENOENT},
		"empty link":              {"/lib/empty", "", syscall.ENOENT},
		"file as directory":       {"/lib/libc.so.6/x", "", syscall.ENOTDIR},
		"file with slash":         {"/lib/libc.so.6/", "", syscall.ENOTDIR},
		"file with dots":          {"/lib/libc.so.6/..", "", syscall.ENOTDIR},
		"link with slash":         {"/lib/slash", "", syscall.ENOTDIR},
		"link through a file":     {"/lib/throughfile", "", syscall.ENOTDIR},
		"loop":                    {"/lib/loop", "", syscall.ELOOP},
		"41 links":                {"/chain40", "", syscall.ELOOP},
		"name too long":           {"/" + strings.Repeat("n", 256), "", syscall.ENAMETOOLONG},
		"path too long":           {strings.Repeat("/", 4096), "", syscall.ENAMETOOLONG},
		"closed directory":        {"/private/libp.so", "", syscall.EACCES},
		"nothing in a closed one": {"/private/nothing", "", syscall.EACCES},
	}
	r := NewUnprivileged(userspace())
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time it is known
				real, info, err := r.Resolve(test.name)
				assert.Equal(t, test.real, real)
				if test.err != nil {
					assert.Nil(t, info)
					assert.ErrorIs(t, err, test.err)
					var e *Error
					require.ErrorAs(t, err, &e)
					assert.Equal(t, test.name, e.Name)
					continue
				}
				require.NoError(t, err)
				assert.Zero(t, info.Mode()&fs.ModeSymlink)
			}
		})
	}
}

// 40 links stay 40 links, whatever was asked before.
func TestResolveCountsLinksOfKnownNames(t *testing.T) {
	fsys := userspace()
	fsys["dir0"] = link("usr/lib")
	for i := range 38 {
		fsys[fmt.Sprintf("dir%d", i+1)] = link(fmt.Sprintf("dir%d", i))
	}
	r := New(fsys)
	for range 2 {
		_, _, err := r.Resolve("/dir38/libc.so.6") // 39
		assert.NoError(t, err)
		_, _, err = r.Resolve("/dir37/here/libc.so.6") // 39
		assert.NoError(t, err)
		_, _, err = r.Resolve("/dir37/libabs.so") // 38, libabs.so, lib
		assert.NoError(t, err)
		_, _, err = r.Resolve("/dir38/libabs.so")
		assert.ErrorIs(t, err, syscall.ELOOP)
	}
}

func TestPrivilegedSearchesEverything(t *testing.T) {
	real, _, err := New(userspace()).Resolve("/private/libp.so")
	require.NoError(t, err)
	assert.Equal(t, "/private/libp.so", real)
}

func TestErrorSaysWhereItEnded(t *testing.T) {
	_, _, err := New(userspace()).Resolve("/lib/libgone.so")
	assert.EqualError(t, err, `"/lib/libgone.so": at "/usr/lib/libnothing.so": no such file or directory`)
	_, _, err = New(userspace()).Resolve("/usr/x")
	assert.EqualError(t, err, `"/usr/x": no such file or directory`)
}

// os.Root refuses absolute links and os.DirFS follows them out of the root.
func TestResolveInDirectories(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "usr/lib"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/lib/libc.so.6"), []byte("inside"), 0o644))
	require.NoError(t, os.Link(filepath.Join(dir, "usr/lib/libc.so.6"), filepath.Join(dir, "usr/lib/libc-2.so")))
	require.NoError(t, os.Symlink("/usr/lib", filepath.Join(dir, "lib")))
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "passwd")))

	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	for name, fsys := range map[string]fs.FS{"os.Root": root.FS(), "os.DirFS": os.DirFS(dir)} {
		t.Run(name, func(t *testing.T) {
			r := New(fsys)
			f, err := r.Open("/lib/libc.so.6")
			require.NoError(t, err)
			defer f.Close()
			_, _, err = r.Resolve("/passwd")
			assert.ErrorIs(t, err, fs.ErrNotExist)

			_, a, err := r.Resolve("/lib/libc.so.6")
			require.NoError(t, err)
			_, b, err := r.Resolve("/lib/libc-2.so")
			require.NoError(t, err)
			idA, known := Identity(a)
			assert.True(t, known)
			idB, _ := Identity(b)
			assert.Equal(t, idA, idB)
		})
	}
}

func TestIdentityIsNotKnown(t *testing.T) {
	_, info, err := New(userspace()).Resolve("/lib/libc.so.6")
	require.NoError(t, err)
	_, known := Identity(info)
	assert.False(t, known)
}

func TestGoroutinesShareAResolver(t *testing.T) {
	r := New(userspace())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				_, _, err := r.Resolve("/lib/libabs.so")
				assert.NoError(t, err)
				_, _, err = r.Resolve("/chain44")
				assert.ErrorIs(t, err, syscall.ELOOP)
			}
		})
	}
	wg.Wait()
}

func BenchmarkKnown(b *testing.B) {
	r := New(userspace())
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = r.Resolve("/lib/libabs.so")
	}
}

// What is forgotten is looked at again, and nothing else is.
func TestForget(t *testing.T) {
	m := fstest.MapFS{"d/a": file(), "d/b": file()}
	r := New(m)
	find := func(name string) error { _, _, err := r.Resolve(name); return err }
	for _, name := range []string{"/d/a", "/d/b"} {
		require.NoError(t, find(name))
	}
	names, nodes := len(r.names), len(r.nodes)
	clear(m)
	r.Forget("/d/a")
	r.Forget("/d/c")
	assert.Equal(t, []int{names - 1, nodes - 1}, []int{len(r.names), len(r.nodes)})
	assert.ErrorIs(t, find("/d/a"), fs.ErrNotExist)
	assert.NoError(t, find("/d/b"))
}
