package dyld

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/machocheck"
)

func TestTree(t *testing.T) {
	p := load(t, files{
		"/app":     program(needs("@rpath/a.dylib", "@rpath/lost.dylib"), weakly("@loader_path/maybe.dylib"), rpath("@loader_path/x", "@loader_path")),
		"/a.dylib": dylib("a", needs("@rpath/a.dylib", "/usr/lib/libnobody.dylib")),
	}, Request{})
	var b strings.Builder
	require.NoError(t, p.WriteTree(&b, true))
	assert.Equal(t, `/app (arm64)
  /usr/lib/libSystem.B.dylib => macOS
      /usr/lib/libSystem.B.dylib (path, on disk): no such file
      /System/Volumes/Preboot/Cryptexes/OS/usr/lib/libSystem.B.dylib (path): no such file
      /usr/lib/libSystem.B.dylib (path): taken
  @rpath/a.dylib => /a.dylib
      /x/a.dylib (LC_RPATH of /app): no such file
      /a.dylib (LC_RPATH of /app): taken
    /usr/lib/libSystem.B.dylib => macOS
        /usr/lib/libSystem.B.dylib (path, on disk): no such file
        /System/Volumes/Preboot/Cryptexes/OS/usr/lib/libSystem.B.dylib (path): no such file
        /usr/lib/libSystem.B.dylib (path): taken
    @rpath/a.dylib => /a.dylib
        /x/a.dylib (LC_RPATH of /app): no such file
        /a.dylib (LC_RPATH of /app): taken
    /usr/lib/libnobody.dylib => not known
        /usr/lib/libnobody.dylib (path, on disk): no such file
        /System/Volumes/Preboot/Cryptexes/OS/usr/lib/libnobody.dylib (path): no such file
        /usr/lib/libnobody.dylib (path): not known: the table of macOS libraries does not have it (an SDK may tell: --sdk)
  @rpath/lost.dylib => not found
      /x/lost.dylib (LC_RPATH of /app): no such file
      /lost.dylib (LC_RPATH of /app): no such file
  @loader_path/maybe.dylib (weak) => not found
      /maybe.dylib (@loader_path): no such file
fail missing-library: Library not loaded: @rpath/lost.dylib; Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app; Reason: tried: '/x/lost.dylib' (no such file), '/lost.dylib' (no such file)
unknown: /a.dylib needs /usr/lib/libnobody.dylib: the table of macOS libraries does not have it (an SDK may tell: --sdk)
`, b.String())
	b.Reset()
	require.NoError(t, p.WriteDOT(&b))
	assert.Contains(t, b.String(), `"/app" -> "@rpath/lost.dylib" [color=red, label="not found"];`)
	assert.Contains(t, b.String(), `"/app" -> "/a.dylib";`)
}

// What a file says does not reach the terminal as it is.
func TestTreeClean(t *testing.T) {
	p := &Process{Objects: []*Object{{Path: "/a\n::error::a", Needs: []Need{{Dylib: machocheck.Dylib{Name: "x\x1b[2J\n::error::pwned"}}}}}}
	var b strings.Builder
	require.NoError(t, p.WriteTree(&b, true))
	require.NoError(t, p.WriteDOT(&b))
	require.NoError(t, p.WriteMermaid(&b))
	assert.Contains(t, b.String(), `x\x1b[2J\n::error::pwned => not found`)
	assert.NotContains(t, b.String(), "\x1b")
	assert.NotContains(t, b.String(), "\n::")
}
