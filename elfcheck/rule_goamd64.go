package elfcheck

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var goAMD64 = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "goamd64",
		Title:    "is compiled by Go for a newer processor than the target's",
		Severity: abi.Error,
		Why: `GOAMD64, GOARM64 and GOARM choose the oldest processor that Go's code runs on. On
an older one an amd64 program stops at its start ("This program can only be run on
AMD64 processors with v3 microarchitecture support"), the others at the first
instruction that is not there.`,
		Fix:  `build with GOAMD64, GOARM64 or GOARM at the target's level, or unset`,
		Refs: []string{"https://go.dev/wiki/MinimumRequirements"},
	},
	Check: checkGoAMD64,
	Skip:  skipGoAMD64,
}

// goLevels is the setting that holds the level, by processor.
var goLevels = map[string]string{"amd64": "GOAMD64", "arm64": "GOARM64", "arm": "GOARM"}

func checkGoAMD64(f *File, t abi.Target) []abi.Finding {
	if f.Go == nil || t.ISA == "" || f.Platform.Arch != t.Platform.Arch {
		return nil
	}
	setting := goLevels[f.Platform.Arch]
	value := f.Go.Settings[setting]
	need, ok := isaLevel(f.Platform.Arch, value)
	have, known := isaLevel(f.Platform.Arch, t.ISA)
	if !ok || !known || need <= have {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("is built with %s=%s; %s has processors of level %s", setting, wording.Plain(value), wording.Called(t), t.ISA),
		Evidence: []string{fmt.Sprintf("Go build information: build\t%s=%s", setting, value)},
		Subject:  setting,
	}}
}

// isaLevel makes levels comparable: v3 of GOAMD64, v8.1 of GOARM64 and 7 of
// GOARM, with whatever stands after a comma left out.
func isaLevel(arch, level string) (float64, bool) {
	if goLevels[arch] == "" {
		return 0, false
	}
	level, _, _ = strings.Cut(level, ",")
	n, err := strconv.ParseFloat(strings.TrimPrefix(level, "v"), 64)
	return n, err == nil
}

func skipGoAMD64(f *File, t abi.Target) string {
	if f.Go == nil || goLevels[f.Platform.Arch] == "" {
		return ""
	}
	return without(func(t abi.Target) bool { return t.ISA == "" }, "which processors it runs on")(f, t)
}
