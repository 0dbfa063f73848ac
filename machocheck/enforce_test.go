package machocheck

import (
	"testing"

	"github.com/abivet/abivet/abi"
)

// The rules of what dyld enforces by the SDK and the release.

func TestRPathDuplicate(t *testing.T) {
	twice := func(f File) File { return f.rpaths("@loader_path", "/a", "@loader_path") }
	runJudged(t, rpathDuplicate, map[string]judged{
		"each once":                        {file: built(Library, "11.0", "26.0").rpaths("a", "b")},
		"library, SDK and target enforce":  {file: twice(built(Library, "11.0", "15.4")), target: macOS("15.5"), want: []string{"error: macOS 15.5 refuses that of a file built with SDK 15.4"}},
		"library, the SDK is too old":      {file: twice(built(Library, "11.0", "15.2")), target: macOS("15.5"), want: []string{"note: from SDK 15.4 on"}},
		"library, newer ones refuse it":    {file: twice(built(Library, "11.0", "26.0")), target: macOS("13.0"), want: []string{"warning: refused of a file built with SDK 26.0 by macOS 15.4 and later"}},
		"macOS 26 asks for a later SDK":    {file: twice(built(Library, "11.0", "15.4")), target: macOS("26.0"), want: []string{"note: by macOS 15.4 to 15.6"}},
		"program on macOS 15":              {file: twice(built(Executable, "11.0", "26.0")), target: macOS("15.6"), want: []string{"warning: by macOS 26 and later"}},
		"program on macOS 26":              {file: twice(built(Executable, "11.0", "26.0")), target: macOS("26.0"), want: []string{"error: duplicate LC_RPATH '@loader_path'"}},
		"no target":                        {file: twice(built(Executable, "11.0", "26.4")), want: []string{"warning: it is refused of a file built with SDK 26.4 by macOS 26 and later"}},
		"an SDK that was never released":   {file: twice(built(Executable, "11.0", "16.0")), target: macOS("26.1"), want: []string{"error: SDK 26.0"}},
		"no version command, on arm64":     {file: twice(File{Platform: apple, Kind: Library}), want: []string{"note: SDK 11.0"}},
		"old command without an SDK":       {file: twice(File{Platform: apple, Kind: Library, MinOS: "15.4", Builds: []Build{{OS: darwin, MinOS: "15.4", Old: true}}}), target: macOS("15.4"), want: []string{"error: SDK 15.4"}},
		"the target is no macOS":           {file: twice(built(Library, "11.0", "26.0")), target: abi.Target{Platform: abi.Platform{OS: "linux"}, MinOS: "26.0"}, want: []string{"warning: refused of"}},
		"two pairs are two findings":       {file: built(Library, "11.0", "11.0").rpaths("a", "b", "a", "b", "a"), want: []string{`note: "a" 3 times`, `note: "b" 2 times`}},
		"iOS has other numbers":            {file: func() File { f := twice(built(Library, "11.0", "26.0")); f.Platform.OS = "ios"; return f }()},
		"debug information is not loaded":  {file: twice(built(DebugInfo, "11.0", "26.0"))},
		"macOS 15.3 does not look at this": {file: twice(built(Library, "11.0", "26.0")), target: macOS("15.3"), want: []string{"warning: by macOS 15.4 and later"}},
	})
}

func TestDylibDuplicate(t *testing.T) {
	twice := func(f File) File {
		return f.needing(Dylib{Name: "/usr/lib/a"}, Dylib{Name: "/usr/lib/b"}, Dylib{Name: "/usr/lib/a", Link: Weak})
	}
	runJudged(t, dylibDuplicate, map[string]judged{
		"each once":                       {file: built(Library, "11.0", "26.0").needing(Dylib{Name: "a"}, Dylib{Name: "b"})},
		"library, SDK and target enforce": {file: twice(built(Bundle, "11.0", "15.0")), target: macOS("15.4"), want: []string{"error: duplicate linked dylib '/usr/lib/a'"}},
		"library, the SDK is too old":     {file: twice(built(Library, "11.0", "14.5")), target: macOS("15.4"), want: []string{"note: from SDK 15.0 on"}},
		"program on macOS 26":             {file: twice(built(Executable, "11.0", "26.0")), target: macOS("26.0"), want: []string{"error: macOS 26.0"}},
		"program on macOS 15":             {file: twice(built(Executable, "11.0", "26.0")), target: macOS("15.4"), want: []string{"warning: macOS 26"}},
	})
}

func TestUUIDMissing(t *testing.T) {
	none := func(f File) File { f.UUID = ""; return f }
	goAMD64 := none(built(Executable, "11.0", "11.0"))
	goAMD64.Go = &GoBuild{Version: "go1.23.1"}
	runJudged(t, uuidMissing, map[string]judged{
		"has one":                      {file: built(Executable, "11.0", "26.0"), target: macOS("26.0")},
		"Go has a rule of its own":     {file: goAMD64, target: macOS("26.0")},
		"a program and a new SDK":      {file: none(built(Executable, "11.0", "26.0")), target: macOS("26.0"), want: []string{"error: missing LC_UUID load command"}},
		"the same on macOS 15":         {file: none(built(Executable, "11.0", "26.0")), target: macOS("15.4"), want: []string{"warning: macOS 26"}},
		"library built with SDK 12":    {file: none(built(Library, "11.0", "12.0")), target: macOS("15.4"), want: []string{"error: SDK 12.0"}},
		"library built with SDK 11.3":  {file: none(built(Library, "11.0", "11.3")), target: macOS("26.0"), want: []string{"note: from SDK 12.0 on"}},
		"objects have none":            {file: none(built(Object, "11.0", "26.0")), target: macOS("26.0")},
		"library, no target was named": {file: none(built(Library, "11.0", "14.0")), want: []string{"warning: by macOS 15.4 and later"}},
	})
}

func TestGoMacOSUUID(t *testing.T) {
	byGo := func(sdk abi.Version) File {
		f := built(Executable, "11.0", sdk)
		f.UUID, f.Go = "", &GoBuild{Version: "go1.23.1", Settings: map[string]string{"CGO_ENABLED": "1"}}
		return f
	}
	has := byGo("26.0")
	has.UUID = "X"
	stripped := byGo("11.0")
	stripped.Go, stripped.Segments = nil, []Segment{{Name: "__TEXT", Sections: []Section{{Name: "__gopclntab"}}}}
	notGo := built(Executable, "11.0", "26.0")
	notGo.UUID = ""
	runJudged(t, goMacOSUUID, map[string]judged{
		"has one":                           {file: has, target: macOS("26.0")},
		"Go's own SDK runs":                 {file: byGo("11.0"), target: macOS("26.0"), want: []string{"note: linked by go1.23.1; no macOS refuses that of a file built with SDK 11.0"}},
		"cgo took a new SDK from Xcode":     {file: byGo("26.0"), target: macOS("26.0"), want: []string{"error: missing LC_UUID load command"}},
		"the same on macOS 15, and on 26":   {file: byGo("26.0"), target: macOS("15.4"), want: []string{"warning: by macOS 26 and later"}},
		"without build information":         {file: stripped, want: []string{"note: has no LC_UUID"}},
		"what is not Go's has its own rule": {file: notGo, target: macOS("26.0")},
	})
}

func TestDataConstFlag(t *testing.T) {
	segment := func(f File, name string, flags uint32) File {
		f.Segments = []Segment{{Name: name, Flags: flags}}
		return f
	}
	runJudged(t, dataConstFlag, map[string]judged{
		"has the flag":              {file: segment(built(Executable, "11.0", "26.0"), "__DATA_CONST", 0x10), target: macOS("26.0")},
		"another segment":           {file: segment(built(Executable, "11.0", "26.0"), "__DATA", 0), target: macOS("26.0")},
		"an old SDK is never asked": {file: segment(built(Library, "11.0", "15.5"), "__DATA_CONST", 0)},
		"cgo program on macOS 26":   {file: segment(built(Executable, "11.0", "26.0"), "__DATA_CONST", 0), target: macOS("26.0"), want: []string{"error: SG_READ_ONLY"}},
		"library on macOS 15.4":     {file: segment(built(Library, "11.0", "26.0"), "__DATA_CONST", 0), target: macOS("15.4"), want: []string{"error: SG_READ_ONLY"}},
		"program on macOS 15.4":     {file: segment(built(Executable, "11.0", "26.0"), "__DATA_CONST", 0), target: macOS("15.4"), want: []string{"warning: by macOS 26 and later"}},
		"no target":                 {file: segment(built(Executable, "11.0", "26.0"), "__DATA_CONST", 0), want: []string{"warning: by macOS 26 and later"}},
		"made for dyld's cache": {file: func() File {
			f := segment(built(Library, "11.0", "26.0"), "__DATA_CONST", 0)
			f.SplitInfo = true
			return f
		}(), target: macOS("26.0")},
		"debug information is spare": {file: segment(built(DebugInfo, "11.0", "26.0"), "__DATA_CONST", 0)},
	})
}
