package elfcheck

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// sayings is what readelf says of one file, in the order of the file, in the
// form that sayingsOf gives the same facts.
type sayings map[string][]string

func (s sayings) add(what, format string, args ...any) {
	s[what] = append(s[what], fmt.Sprintf(format, args...))
}

// readelf asks about many files at once and hands the answers over one by one.
// Its own warnings are one more fact of a file.
func readelf(files []string, do func(file string, s sayings)) error {
	cmd := exec.Command("readelf", append([]string{"-W", "-h", "-l", "-d", "-V", "-n", "--dyn-syms", "--"}, files...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	parseReadelf(out, files, do)
	_ = cmd.Wait() // it fails for one odd file among hundreds
	return nil
}

func parseReadelf(r io.Reader, files []string, do func(string, sayings)) {
	p := sayingsParser{s: sayings{}}
	file := ""
	if len(files) == 1 {
		file = files[0]
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "File: "); ok {
			if file != "" {
				do(file, p.s)
			}
			file, p = name, sayingsParser{s: sayings{}}
			continue
		}
		p.line(line)
	}
	if file != "" {
		do(file, p.s)
	}
}

type sayingsParser struct {
	s       sayings
	part    string
	library string
}

var (
	segmentLine = regexp.MustCompile(`^  (\S+)\s+(0x\w+) (0x\w+) 0x\w+ (0x\w+) (0x\w+) (.{3}) (0x\w+|\d+)$`)
	dynamicLine = regexp.MustCompile(`^ 0x\w+ \((NEEDED|SONAME|RPATH|RUNPATH|AUXILIARY|FILTER)\) .*\[(.*)\]$`)
	flagsLine   = regexp.MustCompile(`^ 0x\w+ \((FLAGS|FLAGS_1|BIND_NOW|TEXTREL|SYMBOLIC)\) +(.*)$`)
	needLine    = regexp.MustCompile(`^  0x\w+:   Name: (\S*)  Flags: (.*)  Version: \d+$`)
	fileLine    = regexp.MustCompile(`^  (?:0x)?\w+: Version: \d+  File: (\S*)  Cnt: \d+$`)
	defLine     = regexp.MustCompile(`^  (?:0x)?\w+: Rev: \d+  Flags: (.*?)\s+Index: \d+  Cnt: \d+  Name: (\S*)$`)
	symbolLine  = regexp.MustCompile(`^ +\d+: (\w+) +(\w+) (\S+) +(<OS specific>: \d+|\S+) +(\S+) +(?:\[.*\] +)?(bad section index\[ *\d+\]|\w+)(?: (.*))?$`)
)

func (p *sayingsParser) line(line string) {
	switch {
	case strings.HasPrefix(line, "Program Headers:"), strings.HasPrefix(line, "Version needs section"),
		strings.HasPrefix(line, "Version definition section"), strings.HasPrefix(line, "Version symbols section"),
		strings.HasPrefix(line, "Symbol table"), strings.HasPrefix(line, "Displaying notes"), strings.HasPrefix(line, "Dynamic section"):
		p.part, _, _ = strings.Cut(line, " '")
		if strings.HasPrefix(line, "Symbol table") {
			p.s["symbols"] = []string{"read"}
		}
		return
	case strings.HasPrefix(line, " Section to Segment"):
		p.part = ""
	}
	switch p.part {
	case "Version symbols section":
	case "Symbol table":
		p.symbol(line)
	case "Program Headers:":
		p.segment(line)
	case "Version needs section":
		if m := fileLine.FindStringSubmatch(line); m != nil {
			p.library = m[1]
		} else if m := needLine.FindStringSubmatch(line); m != nil {
			p.s.add("version needs", "%s %s weak=%v", p.library, m[1], strings.Contains(m[2], "WEAK"))
		}
	case "Version definition section":
		if m := defLine.FindStringSubmatch(line); m != nil {
			p.s.add("version definitions", "%s base=%v weak=%v", m[2], strings.Contains(m[1], "BASE"), strings.Contains(m[1], "WEAK"))
		}
	default:
		p.other(line)
	}
}

// segmentTypes has readelf's words; those of the processors are left out.
var segmentTypes = map[string]int{"LOAD": 1, "DYNAMIC": 2, "INTERP": 3, "NOTE": 4, "PHDR": 6, "TLS": 7,
	"GNU_EH_FRAME": 0x6474e550, "GNU_STACK": 0x6474e551, "GNU_RELRO": 0x6474e552, "GNU_PROPERTY": 0x6474e553}

func (p *sayingsParser) segment(line string) {
	if _, name, ok := strings.Cut(line, "[Requesting program interpreter: "); ok {
		p.s.add("interpreter", "%s", strings.TrimSuffix(name, "]"))
	}
	m := segmentLine.FindStringSubmatch(line)
	if m == nil || m[1] == "Type" {
		return
	}
	flags := 0
	for i, letter := range "RWE" {
		if m[6][i] == byte(letter) {
			flags |= []int{4, 2, 1}[i]
		}
	}
	var n [5]uint64
	for i, text := range []string{m[2], m[3], m[4], m[5], m[7]} {
		n[i], _ = strconv.ParseUint(text, 0, 64)
	}
	p.s.add("segments", "%s", segmentText(segmentTypes[m[1]], flags, n))
}

func segmentText(kind, flags int, n [5]uint64) string {
	return fmt.Sprintf("%#x %d offset %#x address %#x size %#x memory %#x align %#x", kind, flags, n[0], n[1], n[2], n[3], n[4])
}

func (p *sayingsParser) other(line string) {
	if m := dynamicLine.FindStringSubmatch(line); m != nil {
		p.s.add(m[1], "%s", m[2])
		return
	}
	for prefix, what := range map[string]string{"Build ID: ": "build ID", "OS: ": "ABI tag", "x86 ISA needed: ": "ISA needed", "x86 ISA used: ": "ISA used"} {
		if _, value, ok := strings.Cut(line, prefix); ok && value != "<None>" {
			p.s.add(what, "%s", strings.TrimSpace(value))
		}
	}
	if m := flagsLine.FindStringSubmatch(line); m != nil {
		words := strings.Fields(strings.TrimPrefix(m[2], "Flags:"))
		if m[1] != "FLAGS" && m[1] != "FLAGS_1" {
			words = []string{m[1]} // an older tag of the same meaning
		}
		p.s["flags"] = append(p.s["flags"], words...)
	}
}

// symbol notes a dynamic symbol with its version as @, or @@ for the default.
func (p *sayingsParser) symbol(line string) {
	m := symbolLine.FindStringSubmatch(line)
	if m == nil || m[4] == "LOCAL" {
		return
	}
	value, _ := strconv.ParseUint(m[1], 16, 64)
	size, _ := strconv.ParseUint(m[2], 0, 64)
	name, _, _ := strings.Cut(m[7], " (") // the number of its version
	what := "exports"
	switch {
	case m[6] == "UND":
		what = "imports"
	case m[5] == "HIDDEN" || m[5] == "INTERNAL":
		return
	}
	if m[4] == "<OS specific>: 10" { // in a file that does not call itself GNU
		m[4] = "UNIQUE"
	}
	p.s.add(what, "%s %#x %d %s", name, value, size, m[4])
}
