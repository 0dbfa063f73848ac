package ldso

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The loader of this machine, asked by ldd -r, and the model agree on programs
// of /usr/bin.
func TestThisMachine(t *testing.T) {
	ldd, err := exec.LookPath("ldd")
	if out, _ := exec.Command("getconf", "GNU_LIBC_VERSION").Output(); err != nil || runtime.GOOS != "linux" || !bytes.HasPrefix(out, []byte("glibc")) {
		t.Skip("this machine has no glibc with ldd: its own loader is not asked")
	}
	if os.Getenv("LD_LIBRARY_PATH")+os.Getenv("LD_PRELOAD") != "" {
		t.Skip("the environment changes what the loader does")
	}
	names, err := filepath.Glob("/usr/bin/*")
	require.NoError(t, err)
	rand.New(rand.NewPCG(5, 6)).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	root, err := os.OpenRoot("/")
	require.NoError(t, err)
	defer root.Close()
	space, asked := New(root.FS()), 0
	for _, name := range names {
		if asked == 40 {
			break
		}
		// ldd gives the loader the name of a link, and with it another $ORIGIN than
		// the kernel, which has followed the link.
		if name, err = filepath.EvalSymlinks(name); err != nil {
			continue
		}
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o005 != 0o005 || info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 {
			continue
		}
		p, err := space.Load(Request{Path: name, BindNow: true})
		if err != nil || p.Loader == "" || p.Unknown != "" || p.Objects[0].Path != name {
			continue // a script, a static program, or a library that may be run
		}
		asked++
		out, err := exec.Command(ldd, "-r", name).CombinedOutput()
		said := err == nil && !bytes.Contains(out, []byte("not found")) && !bytes.Contains(out, []byte("undefined symbol"))
		assert.Equal(t, said, p.Verdict() == OK, "%s: ldd -r says\n%s\nours %+v", name, out, p.Failures)
		if said {
			assert.ElementsMatch(t, lddPaths(string(out)), p.paths()[1:], name)
		}
	}
	if asked == 0 {
		t.Skip("/usr/bin has no program with a loader")
	}
}

// lddPaths are the files that ldd names.
func lddPaths(out string) []string {
	var paths []string
	for l := range strings.Lines(out) {
		l, _, _ = strings.Cut(l, " (0x")
		if _, after, ok := strings.Cut(l, " => "); ok {
			l = after
		}
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "/") {
			paths = append(paths, l)
		}
	}
	return paths
}

// paths are the files of the process that are in its scope.
func (p *Process) paths() []string {
	s := state{process: p}
	var paths []string
	for _, o := range s.group(p.Objects[0]) {
		paths = append(paths, o.Path)
	}
	return paths
}

var printed = regexp.MustCompile(`^\t(\S+) \(([^)]*)\) => (\S+)$`)

// ldconfig prints the cache of this machine as it is read here.
func TestCacheOfThisMachine(t *testing.T) {
	ldconfig, err := exec.LookPath("ldconfig")
	if err != nil {
		ldconfig = "/sbin/ldconfig"
	}
	const file = "/etc/ld.so.cache"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Skip("this machine has no ld.so.cache")
	}
	out, err := exec.Command(ldconfig, "-p", "-C", file).Output()
	if err != nil {
		t.Skip("this machine has no ldconfig that prints the cache")
	}
	c, err := parseCache(b)
	require.NoError(t, err)
	have := map[string]int{}
	for name, entries := range c.entries {
		for _, e := range entries {
			have[name+" "+e.path]++
		}
	}
	count := 0
	for l := range strings.Lines(string(out)) {
		if m := printed.FindStringSubmatch(strings.TrimRight(l, "\n")); m != nil {
			count++
			assert.Positive(t, have[m[1]+" "+m[3]], l)
			have[m[1]+" "+m[3]]--
		}
	}
	assert.NotZero(t, count)
	for entry, n := range have {
		assert.Zero(t, n, entry)
	}
}
