package audit

import "github.com/abivet/abivet/machocheck"

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
