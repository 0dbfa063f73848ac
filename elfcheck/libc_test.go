package elfcheck

import (
	"debug/elf"
	"testing"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/elfbuild"
)

func TestLibc(t *testing.T) {
	asks := func(library string, versions ...string) elfbuild.Image {
		m := elfbuild.Image{Needed: []string{library}, Needs: []elfbuild.Need{{Library: library}}}
		for _, v := range versions {
			m.Needs[0].Versions = append(m.Needs[0].Versions, elfbuild.NeedVersion{Name: v})
		}
		return m
	}
	also := func(m elfbuild.Image, needed ...string) elfbuild.Image {
		m.Needed = append(m.Needed, needed...)
		return m
	}
	tests := map[string]struct {
		image elfbuild.Image
		os    string
		libc  abi.Libc
	}{
		"nothing speaks":                   {elfbuild.Image{}, "linux", ""},
		"glibc's loader":                   {elfbuild.Image{Interpreter: "/lib/ld-linux-aarch64.so.1"}, "linux", abi.Glibc},
		"glibc's loader on s390x":          {elfbuild.Image{Interpreter: "/lib/ld64.so.1"}, "linux", abi.Glibc},
		"glibc's loader in a store":        {elfbuild.Image{Interpreter: "/nix/store/x/lib/ld-linux-x86-64.so.2"}, "linux", abi.Glibc},
		"musl's loader":                    {elfbuild.Image{Interpreter: "/lib/ld-musl-armhf.so.1"}, "linux", abi.Musl},
		"Android's loader":                 {elfbuild.Image{Interpreter: "/system/bin/linker64"}, "android", abi.Bionic},
		"a loader nobody knows":            {elfbuild.Image{Interpreter: "/libexec/ld-elf.so.1"}, "linux", ""},
		"a version of glibc":               {asks("libc.so.6", "GLIBC_2.17"), "linux", abi.Glibc},
		"defines a version of glibc":       {elfbuild.Image{SOName: "libm.so.6", Defs: []elfbuild.Def{{Name: "GLIBC_2.17"}}}, "linux", abi.Glibc},
		"Android's one version":            {asks("libc.so", "LIBC"), "android", abi.Bionic},
		"libc.so.6 without versions":       {elfbuild.Image{Needed: []string{"libc.so.6"}}, "linux", abi.Glibc},
		"libc.so is musl's":                {elfbuild.Image{Needed: []string{"libc.so"}}, "linux", abi.Musl},
		"libc.so beside libdl.so is not":   {elfbuild.Image{Needed: []string{"libc.so", "libdl.so"}}, "android", abi.Bionic},
		"Alpine's name for musl":           {elfbuild.Image{Needed: []string{"libc.musl-x86_64.so.1"}}, "linux", abi.Musl},
		"the loader's word counts":         {also(elfbuild.Image{Interpreter: "/lib/ld-musl-x86_64.so.1"}, "libc.so.6"), "linux", abi.Musl},
		"libgcc has GLIBC_2.0 on musl too": {also(asks("libgcc_s.so.1", "GCC_3.0", "GLIBC_2.0"), "libc.so"), "linux", abi.Musl},
		"libgcc itself":                    {elfbuild.Image{SOName: "libgcc_s.so.1", Needed: []string{"libc.musl-x86_64.so.1"}, Defs: []elfbuild.Def{{Name: "GLIBC_2.0"}}}, "linux", abi.Musl},
		"the loader of Solaris":            {elfbuild.Image{Interpreter: "/lib/amd64/ld.so.1", Needed: []string{"libc.so.1"}}, "solaris", ""},
		"Solaris' way to say the stack":    {elfbuild.Image{Segments: []elf.ProgHeader{{Type: 0x6ffffffb, Flags: 6}}}, "solaris", ""},
		"NetBSD's note":                    {elfbuild.Image{Notes: []elfbuild.Note{{Name: "NetBSD", Type: 1, Words: []uint32{1}}}}, "netbsd", ""},
		"FreeBSD's version":                {elfbuild.Image{OSABI: elf.ELFOSABI_FREEBSD}, "freebsd", ""},
		"the GNU note of another kernel":   {elfbuild.Image{Notes: []elfbuild.Note{elfbuild.ABITag(1, 0, 0, 0)}}, "hurd", ""},
	}
	for goos, os := range map[string]string{"dragonfly": "dragonfly", "illumos": "illumos", "linux": "linux", "android": "linux"} {
		if f := mustRead(t, goImage("build\tGOOS="+goos+"\n"), WantGo); f.Platform.OS != os {
			t.Errorf("built by Go for %s: on %s, want %s", goos, f.Platform.OS, os)
		}
	}
	for reason, test := range tests {
		f := mustRead(t, test.image.Bytes(), 0)
		if f.Libc != test.libc || f.Platform.OS != test.os || (f.Libc != "") != (len(f.LibcEvidence) > 0) {
			t.Errorf("%s: %q on %s, evidence %q, want %q on %s", reason, f.Libc, f.Platform.OS, f.LibcEvidence, test.libc, test.os)
		}
	}
}
