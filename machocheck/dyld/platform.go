package dyld

import (
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/machocheck"
)

// platformNames are dyld's words, where they are not ours in another case.
var platformNames = map[string]string{
	"darwin": "macOS", "ios": "iOS", "tvos": "tvOS", "watchos": "watchOS", "visionos": "visionOS", "bridgeos": "bridgeOS",
	"maccatalyst": "macCatalyst", "driverkit": "driverKit", "ios-simulator": "iOS-simulator", "tvos-simulator": "tvOS-simulator",
	"watchos-simulator": "watchOS-simulator", "visionos-simulator": "visionOS-simulator",
}

func platformName(system string) string {
	if name, ok := platformNames[system]; ok {
		return name
	}
	return system
}

// builtFor reports whether a file names a platform. One without any is for
// macOS.
func builtFor(m *machocheck.File, system string) bool {
	if len(m.Builds) == 0 {
		return m.Platform.OS == system
	}
	return slices.ContainsFunc(m.Builds, func(b machocheck.Build) bool { return b.OS == system })
}

// accepts lists, by the platform of a process, what it loads beside its own.
// Origin: UnsafeHeader::loadableIntoProcess.
var accepts = map[string][]string{
	"maccatalyst":   {"darwin"},
	"ios":           {"visionos", "maccatalyst", "darwin"}, // an app of iOS on a Mac
	"ios-simulator": {"visionos-simulator"},
}

// loadsInto reports whether dyld takes a file into a process of a platform.
func loadsInto(m *machocheck.File, system string) bool {
	return builtFor(m, system) || slices.ContainsFunc(accepts[system], func(other string) bool { return builtFor(m, other) })
}

func leaf(name string) string { return path.Base(shown(name)) }

// isSystem reports whether a path is one of the system's libraries, which since
// macOS 11 are in the shared cache and not on the disk.
func isSystem(name string) bool {
	return strings.HasPrefix(name, "/usr/lib/") || strings.HasPrefix(name, "/System/")
}
