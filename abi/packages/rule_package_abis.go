package packages

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

// androidABIs are the directories below lib or jni of an application or a
// library for Android. See https://developer.android.com/ndk/guides/abis.
var androidABIs = map[string]string{"armeabi-v7a": "arm", "armeabi": "arm", "arm64-v8a": "arm64", "x86": "386", "x86_64": "amd64", "riscv64": "riscv64", "mips": "mipsle", "mips64": "mips64le"}

// abiOf is the ABI whose directory a library stands in, or "".
func abiOf(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) != 3 || parts[0] != "lib" && parts[0] != "jni" {
		return ""
	}
	return parts[1]
}

// checkABIs holds each library of an application for Android against the
// directory that it stands in: the system loads those of its own alone.
func checkABIs(p *Package) []abi.Finding {
	var findings []abi.Finding
	for _, e := range p.Files {
		arch, known := androidABIs[abiOf(e.Path)]
		if have := e.Platform(); known && have.Arch != arch {
			findings = append(findings, abi.Finding{
				Message: fmt.Sprintf("%s: its directory says linux/%s; is for %s", e.Path, arch, have),
				Subject: e.Path,
				Fix:     "put it into the directory of its processor",
			})
		}
	}
	return findings
}
