// Command refresh writes the table of the symbols that came with a release of
// macOS: go run ./refresh ZIG, in machocheck, where ZIG is a zig.
//
// zig brings the headers of Apple's SDK with their availability macros, and the
// list of what libSystem exports. Each header is parsed by itself for either
// processor, since some exclude others.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/abivet/abivet/abi"
)

const table = "introduced.txt"

// byHand is what headers have wrong, with the reason in the head of the table;
// an empty release leaves the symbol out.
var byHand = map[string]abi.Version{
	"____chkstk_darwin": "10.15",
	"__tlv_bootstrap":   "",
	"__tlv_atexit":      "",
}

// A processor is one to parse headers for: the oldest release that it ran, up to
// which nothing is listed.
type processor struct {
	name   string
	oldest abi.Version
}

var processors = []processor{{"x86_64", "10.9"}, {"arm64", "11.0"}}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 || os.Args[1] == "" {
		log.Print("refresh: no zig is named; nothing to read")
		return
	}
	if err := refresh(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func refresh(zig string) error {
	lib, err := libDir(zig)
	if err != nil {
		return err
	}
	exports, err := os.ReadFile(filepath.Join(lib, "libc", "darwin", "libSystem.tbd"))
	if err != nil {
		return err
	}
	exported := symbolsOf(exports)
	include := includeDir(lib)
	var headers []string
	err = filepath.WalkDir(include, func(path string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".h" {
			name, _ := filepath.Rel(include, path)
			headers = append(headers, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		return err
	}
	since := make([]map[string]abi.Version, len(processors))
	for i, p := range processors {
		if since[i], err = p.read(zig, lib, headers, exported); err != nil {
			return err
		}
		log.Printf("%s: %d symbols of %d headers", p.name, len(since[i]), len(headers))
	}
	for name, release := range byHand {
		for i, p := range processors {
			delete(since[i], name)
			if release != "" && p.oldest.Less(release) {
				since[i][name] = release
			}
		}
	}
	return write(table, since)
}

// libDir is where zig keeps what it brings.
func libDir(zig string) (string, error) {
	out, err := exec.Command(zig, "env").Output()
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(string(out), ".lib_dir = \"")
	dir, _, ok := strings.Cut(rest, "\"")
	if !ok {
		return "", fmt.Errorf("%s env: no .lib_dir in %q", zig, out)
	}
	return dir, nil
}

func includeDir(lib string) string { return filepath.Join(lib, "libc", "include", "any-darwin-any") }

// read parses the headers for a processor.
func (p processor) read(zig, lib string, headers []string, exported map[string]bool) (map[string]abi.Version, error) {
	since := map[string]abi.Version{}
	var mu sync.Mutex
	var errs []error
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for _, header := range headers {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			found, err := p.parse(zig, lib, header)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", header, err))
			}
			for name, release := range found {
				// The older of two: a macro may be for another form of the name.
				if old, ok := since[name]; exported[name] && (!ok || release.Less(old)) {
					since[name] = release
				}
			}
		})
	}
	group.Wait()
	maps.DeleteFunc(since, func(_ string, release abi.Version) bool { return !p.oldest.Less(release) })
	return since, errors.Join(errs...)
}

// parse reads one header. Where one needs another before it, the parser fails
// and gives what it has.
func (p processor) parse(zig, lib, header string) (map[string]abi.Version, error) {
	c := exec.Command(zig, "clang", "-target", p.name+"-apple-macos"+string(p.oldest), "-nostdinc", "-isystem", filepath.Join(lib, "include"),
		"-isystem", includeDir(lib), "-w", "-fsyntax-only", "-x", "c", "-Xclang", "-ast-dump", "-")
	c.Stdin = strings.NewReader("#include <" + header + ">\n")
	out, err := c.Output()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		return nil, err
	}
	if len(out) == 0 {
		return nil, errors.New("nothing was parsed")
	}
	return declared(bytes.NewReader(out))
}

var (
	declaration  = regexp.MustCompile(`^[|\x60]-(?:FunctionDecl|VarDecl) .* (?:used |referenced |implicit )*([A-Za-z_][A-Za-z0-9_]*) '`)
	availability = regexp.MustCompile(`^[| ] [|\x60]-AvailabilityAttr .*> (?:Inherited )?(?:Implicit )?macos ([0-9.]+) `)
	label        = regexp.MustCompile(`^[| ] [|\x60]-AsmLabelAttr .* "([^"]+)"`)
)

// declared reads a dump of a syntax tree: the release that functions and
// variables came with, by the name that the linker sees. One without a release
// was always there.
func declared(r io.Reader) (map[string]abi.Version, error) {
	since := map[string]abi.Version{}
	name, release := "", abi.Version("0")
	end := func() {
		if old, ok := since[name]; name != "" && (!ok || release.Less(old) || old == "0") {
			since[name] = release
		}
		name, release = "", "0"
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "|-") || strings.HasPrefix(line, "`-") {
			end()
			if m := declaration.FindStringSubmatch(line); m != nil {
				name = "_" + m[1]
			}
			continue
		}
		if m := availability.FindStringSubmatch(line); m != nil {
			release = abi.Version(m[1])
		} else if m := label.FindStringSubmatch(line); m != nil && name != "" {
			name = m[1]
		}
	}
	end()
	maps.DeleteFunc(since, func(_ string, release abi.Version) bool { return release == "0" })
	return since, lines.Err()
}

var word = regexp.MustCompile(`[A-Za-z_$][A-Za-z0-9_$.]*`)

// symbolsOf takes all words of a .tbd file for symbols: what is none of them, no
// header declares.
func symbolsOf(tbd []byte) map[string]bool {
	all := map[string]bool{}
	for _, w := range word.FindAll(tbd, -1) {
		all[string(w)] = true
	}
	return all
}

// write keeps the head of the table.
func write(name string, since []map[string]abi.Version) error {
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for line := range bytes.Lines(old) {
		if bytes.HasPrefix(line, []byte("#")) {
			b.Write(line)
		}
	}
	names := slices.Sorted(maps.Keys(since[0]))
	for name := range since[1] {
		if _, ok := since[0][name]; !ok {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare[string])
	for _, name := range names {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", name, since[0][name], since[1][name])
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}
