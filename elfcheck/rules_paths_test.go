package elfcheck

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
)

func goProgram(settings map[string]string, imports ...string) File {
	f := File{Platform: amd64, Kind: Executable, Needed: []string{"libc.so.6"}, Go: &GoBuild{Version: "go1.26.8", Settings: map[string]string{"CGO_ENABLED": "1"}}}
	maps.Copy(f.Go.Settings, settings)
	for _, name := range imports {
		f.Imports = append(f.Imports, Symbol{Name: name})
	}
	return f
}

var accidentalCgoCases = map[string]judged{
	"the resolver alone":      {goProgram(nil, "malloc", "getaddrinfo", "free", "__libc_start_main"), abi.Target{}, []string{"warning: needs libc.so.6 | (getaddrinfo)"}},
	"the user database":       {goProgram(nil, "malloc", "getpwnam_r"), abi.Target{}, []string{"warning: getpwnam_r"}},
	"other C code":            {goProgram(nil, "getaddrinfo", "sqlite3_open"), abi.Target{}, nil},
	"cgo without a resolver":  {goProgram(nil, "malloc", "free"), abi.Target{}, nil},
	"cgo is off":              {goProgram(map[string]string{"CGO_ENABLED": "0"}, "getaddrinfo"), abi.Target{}, nil},
	"not Go":                  {File{Kind: Executable, Imports: []Symbol{{Name: "getaddrinfo"}}}, abi.Target{}, nil},
	"a library for C to load": {shared(goProgram(nil, "getaddrinfo")), abi.Target{}, nil},
	"symbols were not read":   {goProgram(nil), abi.Target{}, nil},
}

func shared(f File) File { f.Kind = Shared; return f }

func goLevel(arch, setting, value string) File {
	return File{Platform: abi.Platform{OS: "linux", Arch: arch}, Go: &GoBuild{Settings: map[string]string{setting: value}}}
}

func levelled(arch, isa string) abi.Target {
	return abi.Target{Name: "old", Platform: abi.Platform{OS: "linux", Arch: arch}, ISA: isa}
}

var goAMD64Cases = map[string]judged{
	"v3 on v2":             {goLevel("amd64", "GOAMD64", "v3"), levelled("amd64", "v2"), []string{"error: GOAMD64=v3 | old has processors of level v2"}},
	"equal":                {goLevel("amd64", "GOAMD64", "v2"), levelled("amd64", "v2"), nil},
	"lower":                {goLevel("amd64", "GOAMD64", "v1"), levelled("amd64", "v2"), nil},
	"not set":              {goLevel("amd64", "CGO_ENABLED", "1"), levelled("amd64", "v1"), nil},
	"arm64, with features": {goLevel("arm64", "GOARM64", "v8.1,lse"), levelled("arm64", "v8.0"), []string{`error: GOARM64="v8.1,lse" | v8.0`}},
	"v9.0 above v8.5":      {goLevel("arm64", "GOARM64", "v9.0"), levelled("arm64", "v8.5"), []string{"error: v9.0"}},
	"arm, with floats":     {goLevel("arm", "GOARM", "7,hardfloat"), levelled("arm", "6"), []string{`error: GOARM="7,hardfloat" | level 6`}},
	"arm, equal":           {goLevel("arm", "GOARM", "7"), levelled("arm", "7"), nil},
	"a level of nonsense":  {goLevel("amd64", "GOAMD64", "fast"), levelled("amd64", "v1"), nil},
	"another architecture": {goLevel("amd64", "GOAMD64", "v3"), levelled("arm64", "v8.0"), nil},
	"not Go":               {File{Platform: amd64}, levelled("amd64", "v1"), nil},
}

var buildPathLeakCases = map[string]judged{
	"a home":                    {File{RPath: []string{"/home/me/lib"}}, abi.Target{}, []string{"warning: DT_RPATH names /home/me/lib"}},
	"a workspace":               {File{RunPath: []string{"$ORIGIN", "/__w/x/x"}}, abi.Target{}, []string{"warning: DT_RUNPATH names /__w/x/x"}},
	"a library by its path":     {File{Needed: []string{"/build/x/libx.so"}}, abi.Target{}, []string{"error: DT_NEEDED names /build/x/libx.so"}},
	"a loader":                  {File{Interpreter: "/builds/ld.so"}, abi.Target{}, []string{"error: PT_INTERP names /builds/ld.so"}},
	"a soname":                  {File{SOName: "/workspaces/x/libx.so"}, abi.Target{}, []string{"error: DT_SONAME names /workspaces/x/libx.so"}},
	"a directory of that start": {File{RPath: []string{"/homeland/lib", "/rootfs"}}, abi.Target{}, nil},
	"the directory itself":      {File{RPath: []string{"/tmp"}}, abi.Target{}, []string{"warning: DT_RPATH names /tmp"}},
	"the system's own":          {File{RunPath: []string{"/usr/lib/x", "$ORIGIN/../lib"}, Needed: []string{"libc.so.6"}, Interpreter: loader}, abi.Target{}, nil},
	"nothing":                   {File{}, abi.Target{}, nil},
}

var runpathInsecureCases = map[string]judged{
	"relative":               {File{RPath: []string{"lib"}}, abi.Target{}, []string{"warning: DT_RPATH has lib, which is relative"}},
	"an empty element":       {File{RunPath: []string{"/usr/lib", ""}}, abi.Target{}, []string{"warning: DT_RUNPATH has an empty element"}},
	"world-writable":         {File{RunPath: []string{"/tmp/x"}}, abi.Target{}, []string{"warning: /tmp/x, which everybody can write to"}},
	"both paths":             {File{RPath: []string{"."}, RunPath: []string{".."}}, abi.Target{}, []string{"warning: DT_RPATH", "warning: DT_RUNPATH"}},
	"empty as a whole":       {File{RunPath: []string{""}}, abi.Target{}, nil},
	"beside itself":          {File{RunPath: []string{"$ORIGIN/../lib", "${ORIGIN}", "/usr/lib"}}, abi.Target{}, nil},
	"a name with that start": {File{RunPath: []string{"/tmpfiles"}}, abi.Target{}, nil},
	"none":                   {File{}, abi.Target{}, nil},
}

var sonameMissingCases = map[string]judged{
	"a library without": {File{Kind: Shared, Dynamic: true}, abi.Target{}, []string{"note: is a shared object without a soname"}},
	"a library with":    {File{Kind: Shared, Dynamic: true, SOName: "libx.so.1"}, abi.Target{}, nil},
	"a program":         {File{Kind: PIE, Dynamic: true}, abi.Target{}, nil},
	"an object":         {File{Kind: Object}, abi.Target{}, nil},
	"no dynamic table":  {File{Kind: Shared}, abi.Target{}, nil},
}

// Whatever directory builds are made in.
func TestBuildRoots(t *testing.T) {
	for _, root := range buildRoots {
		found := checkBuildPathLeak(&File{SOName: root + "/x/libx.so"}, abi.Target{})
		assert.Len(t, found, 1, root)
	}
}
