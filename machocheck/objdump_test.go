package machocheck

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestObjdump compares the facts about real files with what llvm-objdump says.
// ABIVET_OBJDUMP names another one than that of the PATH.
func TestObjdump(t *testing.T) {
	paths := corpus(t)
	tool, err := exec.LookPath(cmp.Or(os.Getenv("ABIVET_OBJDUMP"), "llvm-objdump"))
	if err != nil {
		t.Skip("no llvm-objdump: facts are NOT compared with it")
	}
	slicesSeen, facts := 0, 0
	for _, path := range paths {
		files, err := ReadFile(path, 0)
		if errors.Is(err, ErrArchive) {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		out, err := exec.Command(tool, "--macho", "--private-headers", "--arch", "all", path).Output()
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		theirs := objdumpFacts(out)
		if len(theirs) != len(files) {
			t.Errorf("%s: %d slices, llvm-objdump has %d", path, len(files), len(theirs))
			continue
		}
		for i, f := range files {
			ours := factsOf(f)
			slices.Sort(ours)
			slices.Sort(theirs[i])
			slicesSeen++
			facts += len(ours)
			if !slices.Equal(ours, theirs[i]) {
				t.Errorf("%s (%s):\n%s", path, f.Arch, difference(ours, theirs[i]))
			}
		}
	}
	t.Logf("%d files, %d slices, %d facts compared with %s", len(paths), slicesSeen, facts, tool)
}

// factsOf writes a File in lines that can be made from objdump's words.
func factsOf(f *File) []string {
	var facts []string
	add := func(format string, args ...any) { facts = append(facts, fmt.Sprintf(format, args...)) }
	for _, s := range f.Segments {
		add("segment %s %#x %#x %d %d %s %s", s.Name, s.Addr, s.Size, s.Offset, s.FileSize, s.MaxProt, s.InitProt)
		for _, x := range s.Sections {
			add("section %s,%s %#x %#x", x.Segment, x.Name, x.Addr, x.Size)
		}
	}
	if f.ID.Name != "" {
		add("LC_ID_DYLIB %s %s %s", f.ID.Name, f.ID.Current, f.ID.Compatibility)
	}
	for _, l := range f.Dylibs {
		command := strings.Fields(l.evidence())[0]
		add("%s %s %s %s", command, l.Name, l.Current, l.Compatibility)
	}
	for _, p := range f.RPaths {
		add("LC_RPATH %s", p)
	}
	if f.UUID != "" {
		add("LC_UUID %s", f.UUID)
	}
	if f.Dylinker != "" {
		add("LC_LOAD_DYLINKER %s", f.Dylinker)
	}
	for _, b := range f.Builds {
		sdk := cmp.Or(string(b.SDK), "n/a")
		if b.Old {
			add("version-min %s %s", b.MinOS, sdk)
		} else {
			add("build %s %s %s", strings.Replace(b.OS, darwin, "macos", 1), b.MinOS, sdk)
		}
	}
	if f.Signature.Present {
		add("LC_CODE_SIGNATURE")
	}
	if f.Entry != "" {
		add("%s", f.Entry)
	}
	return facts
}

var (
	commandStart = regexp.MustCompile(`^(Load command \d+|Section)$`)
	offsetNote   = regexp.MustCompile(` \(offset \d+\)$`)
)

// objdumpFacts makes the same lines of each slice out of objdump's output.
func objdumpFacts(out []byte) [][]string {
	var all [][]string
	fields := map[string]string{}
	flush := func() {
		if line := objdumpFact(fields); line != "" {
			all[len(all)-1] = append(all[len(all)-1], line)
		}
		fields = map[string]string{}
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "Mach header":
			if len(all) > 0 {
				flush()
			}
			all = append(all, nil)
		case len(all) == 0:
		case commandStart.MatchString(line):
			flush()
			fields["kind"] = strings.Fields(line)[0]
		default:
			key, value, ok := strings.Cut(line, " ")
			if key == "current" || key == "compatibility" {
				value = strings.TrimPrefix(value, "version ")
			}
			value = strings.TrimSuffix(value, " (past end of file)") // of zeros, which are not in it
			if _, seen := fields[key]; ok && !seen {
				fields[key] = offsetNote.ReplaceAllString(strings.TrimSpace(value), "")
			}
		}
	}
	if len(all) > 0 {
		flush()
	}
	return all
}

func objdumpFact(f map[string]string) string {
	if f["kind"] == "Section" {
		return fmt.Sprintf("section %s,%s %s %s", f["segname"], f["sectname"], short(f["addr"]), short(f["size"]))
	}
	switch command := f["cmd"]; command {
	case "LC_SEGMENT", "LC_SEGMENT_64":
		return fmt.Sprintf("segment %s %s %s %s %s %s %s", f["segname"], short(f["vmaddr"]), short(f["vmsize"]),
			f["fileoff"], f["filesize"], f["maxprot"], f["initprot"])
	case "LC_ID_DYLIB", "LC_LOAD_DYLIB", "LC_LOAD_WEAK_DYLIB", "LC_REEXPORT_DYLIB", "LC_LOAD_UPWARD_DYLIB", "LC_LAZY_LOAD_DYLIB":
		return fmt.Sprintf("%s %s %s %s", command, f["name"], f["current"], f["compatibility"])
	case "LC_RPATH":
		return "LC_RPATH " + f["path"]
	case "LC_UUID":
		return "LC_UUID " + f["uuid"]
	case "LC_LOAD_DYLINKER":
		return "LC_LOAD_DYLINKER " + f["name"]
	case "LC_BUILD_VERSION":
		platform := strings.ReplaceAll(strings.ToLower(f["platform"]), "simulator", "-simulator")
		return fmt.Sprintf("build %s %s %s", platform, f["minos"], f["sdk"])
	case "LC_VERSION_MIN_MACOSX", "LC_VERSION_MIN_IPHONEOS", "LC_VERSION_MIN_TVOS", "LC_VERSION_MIN_WATCHOS":
		return fmt.Sprintf("version-min %s %s", f["version"], f["sdk"])
	case "LC_CODE_SIGNATURE", "LC_MAIN", "LC_UNIXTHREAD":
		return command
	}
	return ""
}

// short takes the leading zeros off a number.
func short(hex string) string {
	return "0x" + cmp.Or(strings.TrimLeft(strings.TrimPrefix(hex, "0x"), "0"), "0")
}

// difference lists what only one side has.
func difference(ours, theirs []string) string {
	var b strings.Builder
	for _, s := range ours {
		if !slices.Contains(theirs, s) {
			fmt.Fprintf(&b, "  ours   %s\n", s)
		}
	}
	for _, s := range theirs {
		if !slices.Contains(ours, s) {
			fmt.Fprintf(&b, "  theirs %s\n", s)
		}
	}
	return b.String()
}
