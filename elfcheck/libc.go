package elfcheck

import (
	"debug/elf"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
)

// family tells which C library a file is built for, from the strongest
// evidence to the weakest, and which operating system.
func (d *decoder) family() {
	f := d.f
	f.osByHeader()
	if f.Platform.OS != "linux" {
		return // its libc.so is none of the three
	}
	f.libcByInterpreter()
	f.libcByVersions()
	f.libcByNeeded()
	if f.Notes.Android > 0 {
		f.claim(abi.Bionic, fmt.Sprintf("Android note: API level %d", f.Notes.Android))
	}
	if f.Libc == abi.Bionic && f.Platform.OS == "linux" {
		f.Platform.OS = "android"
	}
}

// claim takes the first claim for a family as the answer, and keeps the
// evidence of every claim.
func (f *File) claim(libc abi.Libc, evidence string) {
	if f.Libc == "" {
		f.Libc = libc
	}
	f.LibcEvidence = append(f.LibcEvidence, evidence)
}

func (f *File) osByHeader() {
	switch f.OSABI {
	case elf.ELFOSABI_FREEBSD:
		f.Platform.OS = "freebsd"
	case elf.ELFOSABI_NETBSD:
		f.Platform.OS = "netbsd"
	case elf.ELFOSABI_OPENBSD:
		f.Platform.OS = "openbsd"
	case elf.ELFOSABI_SOLARIS:
		f.Platform.OS = "solaris"
	}
	if f.ofSolaris() {
		f.Platform.OS = "solaris"
	}
	switch f.Notes.OS {
	case "hurd", "solaris", "freebsd", "netbsd", "openbsd", "dragonfly":
		f.Platform.OS = f.Notes.OS
	}
}

// osByGo goes by what Go's linker was told: for DragonFly nothing else in a static
// program says it. Android is Linux here, as it is in the header.
func (f *File) osByGo() {
	if f.Go == nil || f.Platform.OS != "linux" {
		return
	}
	switch goos := f.Go.Settings["GOOS"]; goos {
	case "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos":
		f.Platform.OS = goos
	}
}

// ofSolaris goes by what Solaris and illumos alone have: its linkers leave the
// header's field for the system empty.
func (f *File) ofSolaris() bool {
	const ptSunwStack = 0x6ffffffb // Oracle, Linker and Libraries Guide: PT_SUNWSTACK
	switch f.Interpreter {
	case "/lib/amd64/ld.so.1", "/usr/lib/amd64/ld.so.1", "/lib/sparcv9/ld.so.1", "/usr/lib/sparcv9/ld.so.1":
		return true
	}
	return slices.ContainsFunc(f.Segments, func(s Segment) bool { return s.Type == ptSunwStack })
}

// LibcOfInterpreter tells the C library by the file name of its loader.
func LibcOfInterpreter(name string) abi.Libc {
	switch base := path.Base(name); {
	case strings.HasPrefix(base, "ld-musl-"):
		return abi.Musl
	case base == "linker" || base == "linker64" || strings.HasPrefix(base, "linker_"):
		return abi.Bionic
	case strings.HasPrefix(base, "ld-linux"), strings.HasPrefix(base, "ld64.so."), base == "ld.so.1":
		return abi.Glibc
	}
	return ""
}

func (f *File) libcByInterpreter() {
	if libc := LibcOfInterpreter(f.Interpreter); libc != "" {
		f.claim(libc, "interpreter "+strconv.Quote(f.Interpreter))
	}
}

func (f *File) libcByVersions() {
	for _, need := range f.VersionNeeds {
		switch {
		case isLibgcc(need.File):
		case strings.HasPrefix(need.Version, "GLIBC_"):
			f.claim(abi.Glibc, "version "+strconv.Quote(need.Version)+" of "+strconv.Quote(need.File))
			return
		case need.Version == "LIBC" && need.File == "libc.so":
			f.claim(abi.Bionic, "version "+strconv.Quote(need.Version)+" of "+strconv.Quote(need.File))
			return
		}
	}
	for _, def := range f.VersionDefs {
		if strings.HasPrefix(def.Name, "GLIBC_") && !isLibgcc(f.SOName) {
			f.claim(abi.Glibc, fmt.Sprintf("defines version %q", def.Name))
			return
		}
	}
}

// isLibgcc reports whether a soname is libgcc's: it has symbols of GLIBC_2.0,
// which glibc had first, on every C library.
func isLibgcc(soname string) bool { return strings.HasPrefix(soname, "libgcc_s.so") }

// glibcNames are the sonames that glibc alone gives its libraries.
var glibcNames = map[string]bool{
	"libc.so.6": true, "libm.so.6": true, "libdl.so.2": true, "libpthread.so.0": true,
	"librt.so.1": true, "libutil.so.1": true, "libresolv.so.2": true,
	// Alpha and IA-64 count their own way.
	"libc.so.6.1": true, "libm.so.6.1": true,
}

// bionicNames are libraries of Android that stand beside libc.so.
var bionicNames = map[string]bool{"libdl.so": true, "libm.so": true, "liblog.so": true, "libandroid.so": true}

func (f *File) libcByNeeded() {
	android := ""
	for _, name := range f.Needed {
		switch {
		case glibcNames[name] || strings.HasPrefix(name, "ld-linux"):
			f.claim(abi.Glibc, "needs "+strconv.Quote(name))
			return
		case strings.HasPrefix(name, "libc.musl-"), strings.HasPrefix(name, "ld-musl-"):
			f.claim(abi.Musl, "needs "+strconv.Quote(name))
			return
		case bionicNames[name]:
			android = name
		}
	}
	for _, name := range f.Needed {
		if name != "libc.so" {
			continue
		}
		// musl calls its library so, and Android; musl has all of it in the
		// one, Android does not.
		if android != "" {
			f.claim(abi.Bionic, fmt.Sprintf("needs %q and %q", name, android))
		} else {
			f.claim(abi.Musl, "needs "+strconv.Quote(name))
		}
		return
	}
}
