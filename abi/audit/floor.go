package audit

import (
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/machocheck"
)

// elfFloor is the newest version of each namespace that a file needs, with the
// library it needs it of, and every marker. Versions that the loader goes on
// without do not count.
func elfFloor(f *elfcheck.File) []string {
	type need struct {
		version    abi.Version
		name, file string
	}
	newest := map[string]need{} // by namespace
	for _, n := range f.VersionNeeds {
		if n.Weak {
			continue
		}
		namespace, v, _ := abi.SplitSymbolVersion(n.Version)
		old, known := newest[namespace]
		if !known || old.version.Less(v) {
			newest[namespace] = need{v, n.Version, n.File}
		}
	}
	floor := make([]string, 0, len(newest))
	for _, n := range newest {
		floor = append(floor, n.name+" ("+n.file+")")
	}
	slices.Sort(floor)
	return floor
}

func machoFloor(f *machocheck.File) []string {
	if f.MinOS == "" {
		return nil
	}
	return []string{systemName(f.Platform.OS) + " " + string(f.MinOS)}
}

// systemName is what people call a system; other words than Go's and Apple's
// have none.
func systemName(os string) string {
	switch os {
	case "darwin":
		return "macOS"
	case "ios":
		return "iOS"
	}
	return os
}
