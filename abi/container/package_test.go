package container

import (
	"debug/elf"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/packages"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/tiny"
)

// lib is a library that asks for a function of one version.
func lib(library, version string, m elf.Machine) string {
	return string(tiny.ELF{Machine: m, Needs: []tiny.Need{{Library: library, Versions: []tiny.Version{{Name: version, Symbols: []string{"puts"}}}}}}.Bytes())
}

// What packages say of their files is held against them, whichever comes first.
func TestPackages(t *testing.T) {
	intel, arm, musl := lib("libc.so.6", "GLIBC_2.31", 0), lib("libc.so.6", "GLIBC_2.31", elf.EM_AARCH64), lib("libc.musl-x86_64.so.1", "X_1", 0)
	npm := func(manifest string, files ...member) string {
		return gzipped(tarred(append(files, member{"package/package.json", manifest})...))
	}
	gem := func(platform string, files ...member) string {
		return tarred(member{"metadata.gz", gzipped("--- !ruby/object:Gem::Specification\nname: x\nplatform: " + platform + "\n")}, member{"data.tar.gz", gzipped(tarred(files...))})
	}
	debian := func(control string, files ...member) string {
		return archived(member{"debian-binary", "2.0\n"}, member{"control.tar.gz", gzipped(tarred(member{"./control", control}))}, member{"data.tar.gz", gzipped(tarred(files...))})
	}
	conda := func(index string, files ...member) string {
		return zipped(0, member{"metadata.json", "{}"}, member{"pkg-x-1.tar.zst", zstded(tarred(files...))}, member{"info-x-1.tar.zst", zstded(tarred(member{"info/index.json", index}))})
	}
	tests := map[string]struct {
		file, kind string
		want       []string
	}{
		"npm: keeps":                      {npm(`{"os":["linux"],"cpu":["x64"],"libc":["glibc"]}`, member{"package/x.node", intel}), "npm", nil},
		"npm: another processor":          {npm(`{"os":"linux","cpu":["arm64"]}`, member{"package/x.node", intel}), "npm", []string{"error claims linux arm64; package/x.node: is not for linux/arm64"}},
		"npm: the other C library":        {npm(`{"os":["linux"],"libc":["musl"]}`, member{"package/x.node", intel}), "npm", []string{"error claims linux any musl; package/x.node: is linked with glibc"}},
		"npm: one of several":             {npm(`{"os":["linux","darwin"],"cpu":["x64","arm64"],"libc":["glibc"]}`, member{"package/x.node", arm}), "npm", []string{"warning claims linux x64 glibc, darwin x64 glibc, darwin arm64 glibc too, and its one native file, package/x.node, serves linux arm64 glibc alone"}},
		"npm: it builds the others":       {npm(`{"os":["linux","darwin"],"cpu":["arm64"],"libc":["glibc"],"scripts":{"install":"node-gyp-build"}}`, member{"package/x.node", arm}), "npm", nil},
		"npm: others bring the others":    {npm(`{"os":["linux","darwin"],"cpu":["arm64"],"libc":["glibc"],"optionalDependencies":{"x-darwin":"1"}}`, member{"package/x.node", arm}), "npm", nil},
		"npm: a file for each":            {npm(`{"os":["linux"],"cpu":["arm64","x64"],"libc":["glibc"]}`, member{"package/x.node", arm}, member{"package/y.node", intel}), "npm", nil},
		"npm: the others are not read":    {npm(`{"os":["linux","win32"],"cpu":["arm64"],"libc":["glibc"]}`, member{"package/x.node", arm}), "npm", nil},
		"npm: a mark of bytes":            {npm("\ufeff"+`{"os":["darwin"]}`, member{"package/x.node", arm}), "npm", []string{"error claims darwin; package/x.node: is not for darwin"}},
		"npm: a stray beside":             {npm(`{"os":["linux"],"cpu":["x64"],"libc":["glibc"]}`, member{"package/x.node", intel}, member{"package/y.node", arm}), "npm", []string{"warning claims linux x64 glibc; package/y.node: is not for linux/amd64"}},
		"npm: no C library":               {npm(`{"os":["linux"],"cpu":["x64"]}`, member{"package/x.node", intel}), "npm", []string{"note claims linux x64 and no C library; package/x.node is linked with glibc"}},
		"npm: both C libraries":           {npm(`{"os":["linux"],"cpu":["x64"]}`, member{"package/glibc.node", intel}, member{"package/musl.node", musl}), "npm", nil},
		"npm: by directory":               {npm(`{}`, member{"package/prebuilds/linux-x64/x.node", intel}, member{"package/prebuilds/linux-arm64/x.node", arm}), "npm", nil},
		"npm: in the wrong directory":     {npm(`{}`, member{"package/prebuilds/linux-x64/x.node", arm}), "npm", []string{"error package/prebuilds/linux-x64/x.node: its path says linux/amd64; is not for linux/amd64 but for linux/arm64"}},
		"npm: musl by name":               {npm(`{}`, member{"package/prebuilds/linux-x64/x.musl.node", intel}), "npm", []string{"error package/prebuilds/linux-x64/x.musl.node: its path says linux/amd64 with musl; is linked with glibc"}},
		"npm: shut out is no claim":       {npm(`{"os":["!win32"]}`, member{"package/x.node", intel}), "npm", nil},
		"npm: a system that is not read":  {npm(`{}`, member{"package/prebuilds/freebsd-x64/x.node", intel}), "npm", nil},
		"npm: POWER of either order":      {npm(`{"os":["linux"],"cpu":["ppc64"],"libc":["glibc"]}`, member{"package/x.node", lib("libc.so.6", "GLIBC_2.31", elf.EM_PPC64)}), "npm", nil},
		"npm: POWER by directory":         {npm(`{}`, member{"package/prebuilds/linux-ppc64/x.node", lib("libc.so.6", "GLIBC_2.31", elf.EM_PPC64)}), "npm", nil},
		"npm: null is no word":            {npm(`{"os":["linux"],"cpu":null,"libc":["glibc"]}`, member{"package/x.node", intel}), "npm", nil},
		"wheel: with a package.json":      {zipped(8, member{"x/package.json", `{"os":["darwin"]}`}, member{"x/x.so", intel}, member{"x-1.dist-info/WHEEL", "Tag: py3-none-linux_aarch64\n"}), "wheel", []string{"error claims linux_aarch64; x/x.so: is not for linux/arm64"}},
		"Android: signed as a jar":        {zipped(8, member{"META-INF/MANIFEST.MF", "\n"}, member{"AndroidManifest.xml", "<"}, member{"lib/arm64-v8a/x.so", intel}), "android", []string{"error lib/arm64-v8a/x.so: its directory says linux/arm64; is for linux/amd64"}},
		"gem: keeps":                      {gem("x86_64-linux-gnu", member{"lib/x.so", intel}), "gem", nil},
		"gem: another":                    {gem("arm64-darwin", member{"lib/x.so", intel}), "gem", []string{"error claims arm64-darwin; lib/x.so: is not for darwin/arm64"}},
		"gem: musl":                       {gem("x86_64-linux-musl", member{"lib/x.so", intel}), "gem", []string{"error claims x86_64-linux-musl; lib/x.so: is linked with glibc"}},
		"gem: of no C library":            {gem("x86_64-linux", member{"lib/x.so", intel}), "gem", []string{"note claims x86_64-linux and no C library; lib/x.so is linked with glibc"}},
		"gem: in source":                  {gem("ruby", member{"ext/x.so", intel}), "gem", nil},
		"jar":                             {zipped(8, member{"com/sun/jna/linux-aarch64/libx.so", intel}, member{"META-INF/MANIFEST.MF", "\n"}), "jar", []string{"error com/sun/jna/linux-aarch64/libx.so: its path says linux/arm64; is not for linux/arm64"}},
		"jar: POWER of either order":      {zipped(8, member{"native/Linux/ppc64/libx.so", lib("libc.so.6", "GLIBC_2.31", elf.EM_PPC64)}, member{"META-INF/MANIFEST.MF", "\n"}), "jar", nil},
		"deb: keeps":                      {debian("Architecture: amd64\nDepends: libfoo, libc6 (>= 2.34)\n", member{"./usr/lib/x.so", intel}), "deb", nil},
		"deb: all that it wants holds":    {debian("Pre-Depends: libc6 (>= 2.17)\nArchitecture: amd64\nDepends: libc6 (>= 2.34), libc6 (>> 2.20)\n", member{"./usr/lib/x.so", intel}), "deb", nil},
		"deb: wants too little":           {debian("Architecture: amd64\nDepends: libc6 (>= 2.17-3~)\n", member{"./usr/lib/x.so", intel}), "deb", []string{"error wants libc6 (>= 2.17-3~); usr/lib/x.so: needs GLIBC_2.31"}},
		"deb: of another processor":       {debian("Architecture: arm64\n", member{"./usr/lib/x.so", intel}), "deb", []string{"warning claims arm64; usr/lib/x.so: is for linux/amd64"}},
		"deb: of all":                     {debian("Architecture: all\n", member{"./usr/lib/x.so", intel}), "deb", nil},
		"deb: another's beside":           {debian("Architecture: arm64\n", member{"./usr/lib/x.so", arm}, member{"./usr/lib/y.so", intel}), "deb", nil},
		"conda":                           {conda(`{"subdir":"linux-64","depends":["__glibc >=2.17,<3.0.a0"]}`, member{"lib/x.so", intel}), "conda", []string{"error wants __glibc >=2.17,<3.0.a0; lib/x.so: needs GLIBC_2.31"}},
		"conda: keeps":                    {conda(`{"subdir":"linux-64","depends":["__glibc >=2.31"]}`, member{"lib/x.so", intel}), "conda", nil},
		"rpm: keeps":                      {rpmOf("x86_64", member{"./usr/lib64/x.so", intel}), "rpm", nil},
		"rpm: of another processor":       {rpmOf("aarch64", member{"./usr/lib64/x.so", intel}), "rpm", []string{"warning claims aarch64; usr/lib64/x.so: is for linux/amd64"}},
		"rpm: the processor behind much":  {rpmBehind(70<<10, "aarch64", member{"./usr/lib64/x.so", intel}), "rpm", []string{"warning claims aarch64; usr/lib64/x.so: is for linux/amd64"}},
		"rpm: a processor of two lines":   {rpmOf("aarch64\nArch: x86_64", member{"./usr/lib64/x.so", intel}), "rpm", []string{"warning claims aarch64; usr/lib64/x.so: is for linux/amd64"}},
		"rpm: of all":                     {rpmOf("noarch", member{"./usr/lib64/x.so", intel}), "rpm", nil},
		"rpm: of a processor of Fedora":   {rpmOf("armv7hl", member{"./usr/lib/x.so", intel}), "rpm", []string{"warning claims armv7hl; usr/lib/x.so: is for linux/amd64"}},
		"apk of Alpine":                   {gzipped(tarred(member{".PKGINFO", "# Generated by abuild\npkgname = x\narch = aarch64\n"}, member{"usr/lib/x.so", musl})), "apk", []string{"warning claims aarch64; usr/lib/x.so: is for linux/amd64"}},
		"Android: in the wrong directory": {zipped(8, member{"AndroidManifest.xml", "<"}, member{"lib/arm64-v8a/x.so", intel}, member{"lib/x86_64/x.so", intel}), "android", []string{"error lib/arm64-v8a/x.so: its directory says linux/arm64; is for linux/amd64"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			source := audit.Source{FS: fstest.MapFS{"f": &fstest.MapFile{Data: []byte(tt.file)}}, Path: "f", Containers: Walker{}}
			r, err := audit.Check(t.Context(), []audit.Source{source}, audit.Options{Only: []string{"package-tag"}})
			require.NoError(t, err)
			last := r.Results[len(r.Results)-1]
			require.NoError(t, last.Err)
			assert.Equal(t, "f", last.Path)
			assert.Equal(t, tt.kind, last.Format)
			require.Len(t, last.Findings, len(tt.want), "%+v", last.Findings)
			for i, want := range tt.want {
				assert.True(t, strings.HasPrefix(last.Findings[i].Severity.String()+" "+last.Findings[i].Message, want), last.Findings[i].Message)
			}
		})
	}
}

// What is named as manifests are, and is native, is a file.
func TestFileNamedAsManifest(t *testing.T) {
	elf := string(tiny.ELF{}.Bytes())
	file := tarred(member{"control", elf}, member{"META-INF/MANIFEST.MF", elf})
	source := audit.Source{FS: fstest.MapFS{"f": &fstest.MapFile{Data: []byte(file)}}, Path: "f", Containers: Walker{}}
	r, err := audit.Check(t.Context(), []audit.Source{source}, audit.Options{})
	require.NoError(t, err)
	require.Len(t, r.Results, 2)
	assert.Equal(t, "f!control", r.Results[0].Path)
	assert.Equal(t, "elf", r.Results[1].Format)
}

// A manifest that cannot be understood is told where there is a file that it
// could be of, and hides none.
func TestBrokenManifest(t *testing.T) {
	file := gzipped(tarred(member{"package/x.node", string(tiny.ELF{}.Bytes())}, member{"package/package.json", `{"os": 5}`}))
	source := audit.Source{FS: fstest.MapFS{"f": &fstest.MapFile{Data: []byte(file)}}, Path: "f", Containers: Walker{}}
	r, err := audit.Check(t.Context(), []audit.Source{source}, audit.Options{})
	require.NoError(t, err)
	require.Len(t, r.Results, 2)
	assert.NoError(t, r.Results[0].Err)
	assert.ErrorContains(t, r.Results[1].Err, "package.json: json: cannot unmarshal")

	source.FS = fstest.MapFS{"f": &fstest.MapFile{Data: []byte(tarred(member{"broken/package.json", "{"}))}}
	r, err = audit.Check(t.Context(), []audit.Source{source}, audit.Options{})
	require.NoError(t, err)
	require.Len(t, r.Results, 1)
	assert.ErrorContains(t, r.Results[0].Err, "looked through to its end")
}

// What files of a package keep, and what stands in the way of a little more.
func TestKept(t *testing.T) {
	lib := tiny.ELF{Needs: []tiny.Need{{Library: "libc.so.6", Versions: []tiny.Version{{Name: "GLIBC_2.17", Symbols: []string{"clock_gettime"}}}}, {Library: "libfoo.so.1", Versions: []tiny.Version{{Name: "FOO_1", Symbols: []string{"foo"}}}}}}
	mac := tiny.MachO{ARM64: true, MinOS: [2]byte{13, 0}}
	file := gzipped(tarred(member{"package/a.node", string(lib.Bytes())}, member{"package/mac.node", string(mac.Bytes())}, member{"package/package.json", "{}"}))
	source := audit.Source{FS: fstest.MapFS{"f": &fstest.MapFile{Data: []byte(file)}}, Path: "f", Containers: Walker{}}
	var kept []packages.Kept
	for e := range audit.Read(t.Context(), []audit.Source{source}, audit.Want{ELF: elfcheck.WantImports, Packages: true}) {
		require.NoError(t, e.Err)
		if e.Package != nil {
			kept = e.Package.Kept()
		}
	}
	wheel := zipped(8, member{"a.so", string(lib.Bytes())}, member{"x-1.dist-info/WHEEL", "Tag: py3-none-linux_x86_64\n"})
	source.FS = fstest.MapFS{"f": &fstest.MapFile{Data: []byte(wheel)}}
	for e := range audit.Read(t.Context(), []audit.Source{source}, audit.Want{ELF: elfcheck.WantImports, Packages: true}) {
		if e.Package != nil {
			k := e.Package.Kept()[0]
			assert.Equal(t, "linux_x86_64", k.Tag)
			assert.Equal(t, "manylinux_2_17_x86_64", k.Grafted, "as auditwheel repair makes it")
			assert.Equal(t, []string{"libfoo.so.1"}, k.Libraries)
		}
	}
	assert.Equal(t, []packages.Kept{
		{Platform: abi.Platform{OS: "linux", Arch: "amd64"}, Libc: abi.Glibc, Tag: "manylinux_2_17_x86_64", Libraries: []string{"libfoo.so.1"}, Next: "manylinux_2_12_x86_64", Because: []string{"package/a.node: needs GLIBC_2.17 from libc.so.6 (clock_gettime); manylinux_2_12 has 2.12"}},
		{Platform: abi.Platform{OS: "darwin", Arch: "arm64"}, Tag: "macosx_13_0_arm64", Next: "macosx_12_0_arm64", Because: []string{"package/mac.node: the slice for arm64 needs macOS 13.0"}},
	}, kept)
}
