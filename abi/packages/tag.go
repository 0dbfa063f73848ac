package packages

import (
	"cmp"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/targets"
)

// parseTag understands a tag; ok is false for those that say nothing of ELF or
// Mach-O files, and those that are not known.
func parseTag(tag string) (c claim, ok bool) {
	c.tag = tag
	system, rest, _ := strings.Cut(tag, "_")
	switch {
	case system == "macosx":
		return parseMacTag(c, rest)
	case system == "linux":
		arch, ok := pythonArch[rest]
		c.platforms = []abi.Platform{{OS: "linux", Arch: arch}}
		return c, ok
	case strings.HasPrefix(system, "manylinux"), system == "musllinux":
		set, err := targets.Lookup(tag)
		if err != nil || len(set) != 1 {
			return c, false
		}
		c.target, c.platforms = &set[0], []abi.Platform{set[0].Platform}
		return c, true
	}
	return c, false
}

// pythonArch has Go's names of what Python calls machines.
var pythonArch = map[string]string{
	"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm", "armv6l": "arm", "ppc64le": "ppc64le", "ppc64": "ppc64",
	"s390x": "s390x", "riscv64": "riscv64", "loongarch64": "loong64",
}

// macArch has what the machines of a tag for macOS are.
var macArch = map[string][]string{
	"x86_64": {"amd64"}, "arm64": {"arm64"}, "universal2": {"amd64", "arm64"}, "i386": {"386"}, "intel": {"386", "amd64"},
}

func parseMacTag(c claim, rest string) (claim, bool) {
	parts := strings.SplitN(rest, "_", 3)
	if len(parts) != 3 {
		return c, false
	}
	v, err := abi.ParseVersion(parts[0] + "." + parts[1])
	if err != nil {
		return c, false
	}
	c.minOS = v
	for _, arch := range macArch[parts[2]] {
		c.platforms = append(c.platforms, abi.Platform{OS: "darwin", Arch: arch})
	}
	return c, c.platforms != nil
}

// Names returns the files, each once: slices have the same.
func (p *Package) Names() []string {
	names, _ := p.byName()
	return names
}

// byName returns the files in their order, and the slices of each.
func (p *Package) byName() (names []string, files map[string][]File) {
	files = make(map[string][]File, len(p.Files))
	for _, e := range p.Files {
		if files[e.Path] == nil {
			names = append(names, e.Path)
		}
		files[e.Path] = append(files[e.Path], e)
	}
	return names, files
}

// TrueTag returns the platform tag that promises as much as all files of the
// package keep, or "" where there is none.
func (p *Package) TrueTag() string {
	first := p.Files[0].Platform()
	if first.OS == "darwin" {
		return p.macTag()
	}
	machine := machineOf(first.Arch)
	if first.OS != "linux" || machine == "" {
		return ""
	}
	_, files := p.byName()
	families := []string{"manylinux", "musllinux"}
	if len(p.Tags) > 0 && strings.HasPrefix(p.Tags[0], "musllinux") {
		slices.Reverse(families) // what is static runs on both
	}
	for _, r := range oldestFirst(families) {
		if c, ok := parseTag(r.Name + "_" + machine); ok && c.isKept(p, files) {
			return c.tag
		}
	}
	if c, ok := parseTag("linux_" + machine); ok && c.isKept(p, files) {
		return c.tag
	}
	return ""
}

// machineOf is what Python calls a processor, or "".
func machineOf(arch string) (machine string) {
	for name, a := range pythonArch {
		if a == arch && (machine == "" || name > machine) { // armv7l, not armv6l
			machine = name
		}
	}
	return machine
}

// oldestFirst returns the releases of families: the oldest is kept by the most
// systems.
func oldestFirst(families []string) (releases []targets.Release) {
	all := targets.All()
	slices.Reverse(all)
	for _, family := range families {
		for _, r := range all {
			if r.Family == family {
				releases = append(releases, r)
			}
		}
	}
	return releases
}

func (p *Package) macTag() string {
	newest, intel := abi.Version("10.4"), false // the oldest of the tags that there are
	for _, e := range p.Files {
		intel = intel || e.Platform().Arch == "amd64"
	}
	for _, e := range p.Files {
		// That of an arm64 slice is 11 at least, which a tag need not say.
		if e.MachO == nil || intel && e.Platform().Arch == "arm64" && e.MachO.MinOS.Compare("11.0") <= 0 {
			continue
		}
		if e.MachO.MinOS.Compare(newest) > 0 {
			newest = e.MachO.MinOS
		}
	}
	major, minor, _ := strings.Cut(string(newest), ".")
	minor, _, _ = strings.Cut(minor, ".")
	if major != "10" {
		minor = "0" // from 11 on releases are told by the first number
	}
	for _, arch := range []string{"universal2", "arm64", "x86_64"} {
		c, ok := parseTag("macosx_" + major + "_" + cmp.Or(minor, "0") + "_" + arch)
		if arch == "arm64" && major == "10" {
			c, ok = parseTag("macosx_11_0_arm64")
		}
		if ok && c.isFor(p) {
			return c.tag
		}
	}
	return ""
}
