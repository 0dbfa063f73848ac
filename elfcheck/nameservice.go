package elfcheck

import (
	"bytes"
	"cmp"
	"debug/elf"
	"slices"
)

// A NameService is what a static program has of glibc's name service switch and
// of iconv, which open libraries when they are used; WantNameService.
type NameService struct {
	// Switch: the program names /etc/nsswitch.conf, as all have that hold the
	// switch; those alone that do not use it do not.
	Switch    bool
	Databases []string // of the switch that it asks: hosts, passwd. Before glibc 2.34 it does not say
	// Functions are those that ask for it, by the symbol table where the
	// program was not stripped, and getaddrinfo by a file that only it reads.
	Functions []string
}

// opening are the functions of glibc that open a library when they are called.
// Left out are those that a program may have without calling them: glob and wordexp
// bring getpwnam_r and getpwuid_r, for paths that begin with ~, and stdio brings dlopen
// to every static program, to convert characters.
//
// Origin: the link-time warnings (static_link_warning) in nss/ and posix/ of glibc.
var opening = []string{
	"getaddrinfo", "gethostbyname", "gethostbyname2", "gethostbyaddr", "gethostent", "getpwnam", "getpwuid", "getpwent",
	"getgrnam", "getgrnam_r", "getgrgid", "getgrgid_r", "getgrent", "getgrouplist", "initgroups",
	"getservbyname", "getservbyport", "getprotobyname", "getprotobynumber", "getnetbyname", "getspnam", "getnetgrent",
	"iconv_open",
}

// What stands in the read-only data of a program that holds the switch.
const (
	switchFile  = "\x00/etc/nsswitch.conf\x00"
	addressFile = "\x00/etc/gai.conf\x00" // of getaddrinfo alone
	// __nss_hosts_lookup2 is the function of a database, which an assertion names.
	lookupStart, lookupEnd = "\x00__nss_", "_lookup2\x00"
)

// nameService fills File.NameService of a static program that glibc was linked
// into: its start files have the tag of the ABI, those of musl and Go have none.
func (d *decoder) nameService() error {
	f := d.f
	if f.Kind != Executable && f.Kind != PIE || f.Interpreter != "" || len(f.Needed) > 0 || f.Notes.OS != "linux" {
		return nil
	}
	var found NameService
	for _, p := range f.readOnly() {
		if err := d.switchIn(p.off, p.end-p.off, &found); err != nil {
			return err
		}
	}
	names := opening
	if !found.Switch { // functions of these names are then the program's own
		names = []string{"iconv_open"}
	}
	found.Functions = append(found.Functions, d.definedOf(names)...)
	slices.Sort(found.Databases)
	slices.Sort(found.Functions)
	found.Databases, found.Functions = slices.Compact(found.Databases), slices.Compact(found.Functions)
	if found.Switch || len(found.Functions) > 0 {
		f.NameService = &found
	}
	return nil
}

// A piece is a part of the file.
type piece struct{ off, end int64 }

// readOnly returns what segments that are not written have of the file, none of
// it twice: a thousand segments may be the same bytes.
func (f *File) readOnly() []piece {
	var all []piece
	for i := range f.Segments {
		if s := &f.Segments[i]; s.Type == ptLoad && s.Flags&elf.PF_W == 0 {
			all = append(all, piece{int64(s.Offset), int64(s.Offset + s.FileSize)})
		}
	}
	slices.SortFunc(all, func(a, b piece) int { return cmp.Compare(a.off, b.off) })
	merged := all[:0]
	for _, p := range all {
		if last := len(merged) - 1; last >= 0 && p.off <= merged[last].end {
			merged[last].end = max(merged[last].end, p.end)
		} else {
			merged = append(merged, p)
		}
	}
	return merged
}

func (d *decoder) switchIn(off, size int64, found *NameService) error {
	const overlap = 64 // longer than what is looked for
	for done := int64(0); done < size; done += chunkSize - overlap {
		b, err := d.bytes(&d.chunk, off+done, min(chunkSize, size-done), "read-only data")
		if err != nil {
			return err
		}
		found.Switch = found.Switch || bytes.Contains(b, []byte(switchFile))
		if bytes.Contains(b, []byte(addressFile)) {
			found.Functions = append(found.Functions, "getaddrinfo")
		}
		for {
			_, rest, ok := bytes.Cut(b, []byte(lookupStart))
			if !ok {
				break
			}
			name, _, ok := bytes.Cut(rest[:min(len(rest), overlap)], []byte(lookupEnd))
			if ok && isLower(name) {
				found.Databases = append(found.Databases, string(name))
			}
			b = rest
		}
	}
	return nil
}

func isLower(name []byte) bool {
	return len(name) > 0 && !slices.ContainsFunc(name, func(c byte) bool { return c < 'a' || c > 'z' })
}

// definedOf returns which of the names the full symbol table defines as
// functions.
func (d *decoder) definedOf(names []string) []string {
	var found []string
	_ = d.eachFunction(func(name []byte, _ function) error {
		if i := slices.IndexFunc(names, func(s string) bool { return s == string(name) }); i >= 0 {
			found = append(found, names[i])
		}
		return nil
	}) // a symbol table that makes no sense names nothing; no loader looks at it
	return found
}
