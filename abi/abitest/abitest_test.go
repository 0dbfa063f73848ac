package abitest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/tiny"
)

// recorder is a TB that goes on after Fatalf.
type recorder struct{ errors, fatals, logs []string }

func (r *recorder) Helper()                    {}
func (r *recorder) Logf(f string, args ...any) { r.logs = append(r.logs, fmt.Sprintf(f, args...)) }
func (r *recorder) Errorf(f string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(f, args...))
}
func (r *recorder) Fatalf(f string, args ...any) {
	r.fatals = append(r.fatals, fmt.Sprintf(f, args...))
}

func write(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lib.so")
	require.NoError(t, os.WriteFile(path, data, 0o666))
	return path
}

func needs(version string) []byte {
	return tiny.ELF{SOName: "lib.so", Needs: []tiny.Need{{
		Library: "libc.so.6", Versions: []tiny.Version{{Name: version, Symbols: []string{"fstat64"}}},
	}}}.Bytes()
}

func TestClean(t *testing.T) {
	var r recorder
	Clean(&r, "debian:11", write(t, needs("GLIBC_2.14")))
	assert.Equal(t, recorder{}, r)
}

// The text names the file, what it needs, what the target has and the remedy.
func TestNotClean(t *testing.T) {
	var r recorder
	path := write(t, needs("GLIBC_2.33"))
	Clean(&r, "debian:11", path)
	require.Len(t, r.errors, 1)
	for _, want := range []string{"not clean for debian:11:\n", path, "error glibc-floor", "GLIBC_2.33", "2.31", "fstat64", "fix: ", "checked 1 file against debian:11: 1 error"} {
		assert.Contains(t, r.errors[0], want)
	}
	assert.Empty(t, r.fatals)
}

func TestDamagedFileIsNotClean(t *testing.T) {
	var r recorder
	Clean(&r, "debian:11", write(t, needs("GLIBC_2.14")[:100]))
	require.Len(t, r.errors, 1)
	assert.Contains(t, r.errors[0], "could not be checked")
}

func TestNothingIsNotClean(t *testing.T) {
	tests := map[string]struct {
		target string
		paths  []string
		want   string
	}{
		"no such target": {"debain:11", []string{"."}, `abitest: target "debain:11"`},
		"no path":        {"debian:11", nil, "nothing would be checked"},
		"no native file": {"debian:11", []string{t.TempDir()}, "no ELF or Mach-O file found"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var r recorder
			Clean(&r, tt.target, tt.paths...)
			require.Len(t, r.fatals, 1)
			assert.Contains(t, r.fatals[0], tt.want)
		})
	}
}

func TestWarningsAreLogged(t *testing.T) {
	var r recorder
	Clean(&r, "debian:11", write(t, needs("GLIBC_PRIVATE")))
	require.Len(t, r.logs, 1)
	assert.Contains(t, r.logs[0], "warning glibc-private")
	assert.Empty(t, r.errors)
}

func TestSelf(t *testing.T) {
	var r recorder
	Self(&r, "debian:testing")
	assert.Empty(t, r.fatals)
	for _, e := range r.errors { // on another system it is built for that
		assert.Contains(t, strings.ToLower(e), "wrong-architecture")
	}
}
