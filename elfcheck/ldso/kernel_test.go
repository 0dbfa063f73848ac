package ldso

import (
	"debug/elf"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/elfbuild"
)

// A static program of FreeBSD or NetBSD is started, and dies of SIGSEGV or SIGSYS.
func TestStaticOfBSD(t *testing.T) {
	static := elfbuild.Image{Static: true, Type: elf.ET_EXEC, Stack: plain}
	for name, verdict := range map[string]Verdict{"FreeBSD": Fail, "NetBSD": Fail, "OpenBSD": Fail, "Go": OK} {
		image := with(static, func(m *elfbuild.Image) {
			m.Notes = []elfbuild.Note{{Name: name, Type: 1, Words: []uint32{1}}}
		})
		p, err := New(rootWith("2.36", files{"/c/main": image})).Load(Request{Path: "/c/main"})
		require.NoError(t, err)
		assert.Equal(t, verdict, p.Verdict(), "%s: %v", name, p.Failures)
	}
}

// What a packed program loads is not to be seen.
func TestPacked(t *testing.T) {
	root := rootWith("2.36", files{})
	root["c/main"] = &fstest.MapFile{Mode: 0o755, Data: elfbuild.Packed(elfbuild.Image{Static: true, Type: elf.ET_EXEC, Stack: plain, Data: make([]byte, 64)}.Bytes())}
	p, err := New(root).Load(Request{Path: "/c/main"})
	require.NoError(t, err)
	assert.Equal(t, Unknown, p.Verdict())
	assert.Contains(t, p.Unknown, "UPX")
}

// The places that are likely to have libraries are looked at first, and all.
func TestElsewhere(t *testing.T) {
	root := rootWith("2.36", files{"/usr/x/libx.so": lib, "/opt/libx.so": lib, "/a/libx.so": lib, "/proc/libx.so": lib})
	assert.Equal(t, []string{"/usr/x/libx.so", "/opt/libx.so", "/a/libx.so"}, New(root).elsewhere("libx.so"))
}
