package container

import (
	"debug/elf"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/internal/tiny"
)

// A package of several platforms is judged by its files for the targets; the
// others are passed over, and that is said.
func TestFilesForNoTarget(t *testing.T) {
	glibc, arm, musl := lib("libc.so.6", "GLIBC_2.31", 0), lib("libc.so.6", "GLIBC_2.31", elf.EM_AARCH64), lib("libc.musl-x86_64.so.1", "X_1", 0)
	mac := string(tiny.MachO{MinOS: [2]byte{11, 0}}.Bytes())
	on := func(name, arch string, libc abi.Libc) abi.TargetSet {
		return abi.TargetSet{{Name: name, Platform: abi.Platform{OS: "linux", Arch: arch}, Libc: libc, Symbols: map[string]abi.Version{"GLIBC": "2.31"}}}
	}
	debian, alpine := on("debian", "amd64", abi.Glibc), on("alpine", "amd64", abi.Musl)
	npm := func(files ...member) string {
		return gzipped(tarred(append(files, member{"package/package.json", `{}`})...))
	}
	const dir = "package/prebuilds/"
	x64, x64musl, arm64, darwin := member{dir + "linux-x64/x.glibc.node", glibc}, member{dir + "linux-x64/x.musl.node", musl}, member{dir + "linux-arm64/x.node", arm}, member{dir + "darwin-x64/x.node", mac}
	tests := map[string]struct {
		file    string
		targets []abi.TargetSet
		errors  []string // rules
		passed  []string // reasons of what was not judged at all, of wrong-architecture or platform-mismatch
	}{
		"both C libraries, both targets": {npm(x64, x64musl), []abi.TargetSet{debian, alpine}, nil, []string{"is linked with glibc, which another target has; alpine has musl", "is linked with musl, which another target has; debian has glibc"}},
		"both C libraries, one target":   {npm(x64, x64musl), []abi.TargetSet{debian}, nil, []string{"its path in the package says linux/amd64 with musl, which no target is"}},
		"another system":                 {npm(x64, darwin), []abi.TargetSet{debian}, nil, []string{"its path in the package says darwin/amd64, which no target is"}},
		"another processor":              {npm(x64, arm64), []abi.TargetSet{debian}, nil, []string{"its path in the package says linux/arm64, which no target is"}},
		"nothing for the target":         {npm(darwin), []abi.TargetSet{debian}, []string{"platform-mismatch"}, nil},
		"nothing for its C library":      {npm(x64, darwin), []abi.TargetSet{alpine}, []string{"libc-mismatch", "platform-mismatch"}, nil},
		"musl's beside it, by its name":  {npm(member{dir + "linux-x64/x.node", glibc}, x64musl), []abi.TargetSet{alpine}, nil, []string{"is for glibc; for the other C library, which the targets have, there is package/prebuilds/linux-x64/x.musl.node"}},
		"glibc's beside it, by its name": {npm(member{dir + "linux-x64/node.napi.node", musl}, member{dir + "linux-x64/node.napi.glibc.node", glibc}), []abi.TargetSet{debian}, nil, []string{"is for musl; for the other C library, which the targets have, there is package/prebuilds/linux-x64/node.napi.glibc.node"}},
		"musl's beside it, and both":     {npm(member{dir + "linux-x64/x.node", glibc}, x64musl), []abi.TargetSet{debian, alpine}, nil, []string{"is linked with glibc, which another target has; alpine has musl", "is linked with musl, which another target has; debian has glibc"}},
		"another's beside it":            {npm(member{dir + "linux-x64/y.node", glibc}, x64musl), []abi.TargetSet{alpine}, []string{"libc-mismatch"}, nil},
		"a liar beside it":               {npm(member{dir + "linux-x64/x.node", glibc}, member{dir + "linux-x64/x.musl.node", glibc}), []abi.TargetSet{alpine}, []string{"libc-mismatch", "libc-mismatch", "package-tag"}, nil},
		"musl's in another directory":    {npm(member{dir + "linux-x64/x.node", glibc}, member{dir + "linux-x64/a/x.musl.node", musl}), []abi.TargetSet{alpine}, []string{"libc-mismatch"}, nil},
		"musl's directory":               {zipped(8, member{"META-INF/MANIFEST.MF", ""}, member{"org/sqlite/native/Linux/x86_64/libs.so", glibc}, member{"org/sqlite/native/Linux-Musl/x86_64/libs.so", musl}), []abi.TargetSet{alpine}, nil, []string{"is for glibc; for the other C library, which the targets have, there is org/sqlite/native/Linux-Musl/x86_64/libs.so"}},
		"one platform, by libc alone":    {gzipped(tarred(member{"package/node.abi115.glibc.node", glibc}, member{"package/node.abi115.musl.node", musl}, member{"package/package.json", `{"os":["linux"],"cpu":["x64"]}`})), []abi.TargetSet{debian}, nil, []string{"its path in the package says linux/amd64 with musl, which no target is"}},
		"names of napi-rs":               {npm(member{"package/x.linux-x64-gnu.node", glibc}, member{"package/x.linux-x64-musl.node", musl}), []abi.TargetSet{alpine}, nil, []string{"its path in the package says linux/amd64 with glibc, which no target is"}},
		"its path does not say it":       {npm(x64, member{"package/x.node", mac}), []abi.TargetSet{debian}, []string{"platform-mismatch"}, nil},
		"it is not what its path says":   {npm(x64, member{dir + "darwin-x64/x.node", musl}), []abi.TargetSet{debian}, []string{"libc-mismatch", "package-tag"}, nil},
		"no package":                     {gzipped(tarred(x64, darwin)), []abi.TargetSet{debian}, []string{"platform-mismatch"}, nil},
		"a wheel is chosen by its name":  {zipped(8, member{"x/linux-x64/x.so", glibc}, member{"x/darwin-x64/x.so", mac}, member{"x-1.dist-info/WHEEL", "Tag: py3-none-linux_x86_64\n"}), []abi.TargetSet{debian}, []string{"platform-mismatch", "package-tag"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			source := audit.Source{FS: fstest.MapFS{"f": &fstest.MapFile{Data: []byte(tt.file)}}, Path: "f", Containers: Walker{}}
			r, err := audit.Check(t.Context(), []audit.Source{source}, audit.Options{Targets: tt.targets})
			require.NoError(t, err)
			var errors, passed []string
			for _, result := range r.Results {
				for _, f := range result.Findings {
					if f.Severity == abi.Error {
						errors = append(errors, f.Rule)
					}
				}
				for _, s := range result.Skipped {
					if s.Rule == "wrong-architecture" || s.Rule == "platform-mismatch" {
						passed = append(passed, s.Why)
					}
				}
			}
			assert.ElementsMatch(t, tt.errors, errors)
			assert.ElementsMatch(t, tt.passed, passed)
		})
	}
}
