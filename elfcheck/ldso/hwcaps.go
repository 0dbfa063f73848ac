package ldso

import "strings"

// hwcaps are the glibc-hwcaps directories that a processor of the chosen level
// takes, best first. Older loaders do not know them.
func (s *state) hwcaps() []string {
	if s.before("2.33") {
		return nil
	}
	if s.loader.image.file.Platform.Arch == "amd64" {
		all := []string{"x86-64-v4", "x86-64-v3", "x86-64-v2"}
		return all[4-s.level:]
	}
	return nil // those of POWER and Z depend on a processor that nobody has named
}

// processorDirs are all directories below one of a search list that are tried
// before it.
func (s *state) processorDirs() []string {
	var dirs []string
	for _, name := range s.hwcaps() {
		dirs = append(dirs, "glibc-hwcaps/"+name)
	}
	if s.before("2.37") && s.loader.image.file.Platform.Arch == "amd64" {
		dirs = append(dirs, oldDirs(s.level, s.intel)...)
	}
	return dirs
}

// oldDirs lists the combinations that 2.36 and older try. Origin: glibc's
// _dl_important_hwcaps, in which tls stands first and the base last.
func oldDirs(level int, intel bool) []string {
	parts := []string{"tls"}
	if intel && level >= 3 {
		parts = append(parts, "haswell")
	}
	if intel && level >= 4 {
		parts = append(parts, "avx512_1")
	}
	parts = append(parts, "x86_64")
	var dirs []string
	for set := 1<<len(parts) - 1; set > 0; set-- {
		var chosen []string
		for i, part := range parts {
			if set&(1<<(len(parts)-1-i)) != 0 {
				chosen = append(chosen, part)
			}
		}
		dirs = append(dirs, strings.Join(chosen, "/"))
	}
	return dirs
}

// oldBits are the bits of an entry of ld.so.cache that do not keep it from
// being taken. Origin: dl-procinfo.h of x86; bit 63 is TLS.
func (s *state) oldBits() uint64 {
	if !s.before("2.37") || s.loader.image.file.Platform.Arch != "amd64" {
		return 0
	}
	bits := uint64(1<<63 | 1<<1 | 1)
	if s.intel && s.level >= 4 {
		bits |= 1 << 2
	}
	return bits
}

// platform is what $PLATFORM stands for. It is the kernel's word for the
// processor, or the loader's for a newer Intel one.
func (s *state) platform() string {
	switch s.loader.image.file.Platform.Arch {
	case "amd64":
		if s.intel && s.level >= 3 {
			return "haswell"
		}
		return "x86_64"
	case "arm64":
		return "aarch64"
	case "386":
		return "i686"
	}
	return ""
}
