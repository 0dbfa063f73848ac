package packages

import (
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// The words that packages and the paths in them have for systems, processors
// and C libraries: those of npm, RubyGems, conda, Debian, Alpine, NuGet's RIDs,
// target triples, and of the loaders of JNA, netty, osinfo and node-gyp-build. A
// word that is not here says nothing.
var (
	systemWords = map[string]string{
		"linux": "linux", "linuxmusl": "linux", "linuxglibc": "linux", "musllinux": "linux", "manylinux": "linux", "alpine": "linux", "linux32": "linux", "linux64": "linux",
		"darwin": "darwin", "macos": "darwin", "macosx": "darwin", "osx": "darwin", "mac": "darwin", "osx64": "darwin",
		"android": "android", "freebsd": "freebsd", "openbsd": "openbsd", "netbsd": "netbsd", "sunos": "solaris", "solaris": "solaris",
		"win32": "windows", "windows": "windows", "win": "windows", "win64": "windows", "mingw32": "windows", "mswin32": "windows",
		"aix": "aix", "ios": "ios", "iphoneos": "ios", "dragonflybsd": "dragonfly", "dragonfly": "dragonfly", "wasi": "wasi",
	}
	processorWords = map[string]string{
		"x64": "amd64", "amd64": "amd64", "ia32": "386", "x86": "386", "i386": "386", "i486": "386", "i586": "386", "i686": "386", "386": "386",
		"arm64": "arm64", "aarch64": "arm64", "arm64v8": "arm64", "arm": "arm", "armv6": "arm", "armv7": "arm", "armv6l": "arm", "armv7l": "arm", "armv7hl": "arm", "armv7hnl": "arm", "armv6hl": "arm", "armv7a": "arm", "armhf": "arm", "armel": "arm", "armv6hf": "arm",
		"ppc64le": "ppc64le", "ppc64el": "ppc64le", "powerpc64le": "ppc64le", "ppc64": "ppc64", "s390x": "s390x",
		"riscv64": "riscv64", "riscv64gc": "riscv64", "loong64": "loong64", "loongarch64": "loong64", "mips64el": "mips64le", "mips64le": "mips64le", "mipsel": "mipsle",
	}
	libcWords = map[string]abi.Libc{
		"musl": abi.Musl, "linuxmusl": abi.Musl, "musllinux": abi.Musl, "alpine": abi.Musl, "musleabihf": abi.Musl, "musleabi": abi.Musl,
		"glibc": abi.Glibc, "linuxglibc": abi.Glibc, "gnu": abi.Glibc, "gnueabihf": abi.Glibc, "gnueabi": abi.Glibc, "manylinux": abi.Glibc,
	}
	// spellings have a separator in them.
	spellings      = strings.NewReplacer("x86_64", "amd64", "x86-64", "amd64", "aarch_64", "arm64", "aarch-64", "arm64", "x86_32", "386", "ppcle_64", "ppc64le", "ppc_64", "ppc64", "s390_64", "s390x")
	condaSpellings = strings.NewReplacer("linux-64", "linux-amd64", "linux-32", "linux-386", "osx-64", "osx-amd64", "win-64", "win-amd64", "win-32", "win-386")
)

// heard is what words tell.
type heard struct {
	systems, processors []string
	libcs               []abi.Libc
}

// listen takes a text apart and collects the words that tell something.
func listen(text string) (s heard) {
	text = spellings.Replace(strings.ToLower(text))
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("-_.+ ", c) }) {
		if system, ok := systemWords[word]; ok {
			s.systems = addNew(s.systems, system)
		}
		if processor, ok := processorWords[word]; ok {
			s.processors = addNew(s.processors, processor)
		}
		if libc, ok := libcWords[word]; ok {
			s.libcs = addNew(s.libcs, libc)
		}
	}
	return s
}

func addNew[T comparable](list []T, value T) []T {
	if slices.Contains(list, value) {
		return list
	}
	return append(list, value)
}

// parseWords understands what packages other than wheels claim: linux-64,
// x86_64-linux-musl, amd64, "linux x64 glibc".
func parseWords(tag string) (c claim, ok bool) {
	s := listen(condaSpellings.Replace(tag))
	if len(s.systems) > 1 || len(s.processors) > 1 || len(s.libcs) > 1 || len(s.systems)+len(s.processors) == 0 {
		return c, false
	}
	platform := abi.Platform{}
	if len(s.systems) > 0 {
		platform.OS = s.systems[0]
	}
	if len(s.processors) > 0 {
		platform.Arch = s.processors[0]
	}
	c = claim{tag: tag, platforms: []abi.Platform{platform}}
	if len(s.libcs) > 0 {
		c.libc = s.libcs[0]
	}
	return c, true
}

// claimOfPath understands where in a package a file stands, such as
// prebuilds/linux-x64/node.musl.node, com/sun/jna/linux-aarch64/libjnidispatch.so
// and native/Mac/x86_64/libx.dylib: programs that load such files choose by these
// words. The innermost part of a path that names a system counts; the processor
// stands in it, in the one behind it or the one before it. Several are meant
// where a + joins them. What is said in two ways says nothing.
func claimOfPath(name string) (c claim, ok bool) {
	parts := strings.Split(path.Clean(name), "/")
	for i := len(parts) - 1; i >= 0; i-- {
		s := listen(parts[i])
		s.systems = slices.DeleteFunc(s.systems, func(os string) bool { return os == "linux" && slices.Contains(s.systems, "android") })
		if len(s.systems) == 0 {
			continue
		}
		if len(s.systems) > 1 {
			return c, false
		}
		around := [][]string{parts[i+1:], parts[max(i-1, 0):i]}
		processors, libcs := s.processors, s.libcs
		for _, others := range around {
			near := listen(strings.Join(others, " "))
			if len(processors) == 0 && !sized(parts[i]) {
				processors = near.processors
			}
			if len(libcs) == 0 && s.systems[0] == "linux" {
				libcs = near.libcs
			}
		}
		if len(processors) > 1 && !strings.Contains(parts[i], "+") || len(libcs) > 1 {
			return c, false
		}
		c.tag = path.Dir(name)
		if i == len(parts)-1 {
			c.tag = parts[i]
		}
		for _, processor := range processors {
			c.platforms = append(c.platforms, abi.Platform{OS: s.systems[0], Arch: processor})
		}
		if c.platforms == nil {
			c.platforms = []abi.Platform{{OS: s.systems[0]}}
		}
		if len(libcs) == 1 {
			c.libc = libcs[0]
		}
		return c, true
	}
	return claimOfNetty(name)
}

// claimOfNetty understands META-INF/native/libnetty_transport_native_epoll_x86_64.so,
// where the system is in the end of the name alone.
func claimOfNetty(name string) (c claim, ok bool) {
	base, isNative := strings.CutPrefix(name, "META-INF/native/")
	system := map[string]string{".so": "linux", ".jnilib": "darwin", ".dylib": "darwin"}[path.Ext(base)]
	processors := listen(strings.ReplaceAll(spellings.Replace(base), "_", ".")).processors
	if !isNative || system == "" || len(processors) != 1 {
		return c, false
	}
	return claim{tag: base, platforms: []abi.Platform{{OS: system, Arch: processors[0]}}}, true
}

// sized reports whether a system's word says how many bits it has: linux64 in a
// directory x86 is not of that processor.
func sized(part string) bool {
	return strings.Contains(part, "linux32") || strings.Contains(part, "linux64") || strings.Contains(part, "osx64")
}
