// Command refresh adds the libraries of SDKs to the table of those that macOS
// has: go run ./refresh RELEASE=DIR..., in machocheck/dyld, where DIR is a
// MacOSX.sdk of that release.
//
// A name stays in the table with the oldest release that was ever seen to have
// it; what is known of libraries that went is written by hand, in
// system_gone.txt.
package main

import (
	"fmt"
	"io/fs"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck/dyld"
)

const table = "system.txt"

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Print("refresh: no SDK is named (RELEASE=DIR); nothing to add")
		return
	}
	head, since, err := read(table)
	if err != nil {
		log.Fatal(err)
	}
	for _, arg := range os.Args[1:] {
		release, dir, ok := strings.Cut(arg, "=")
		if _, err := abi.ParseVersion(release); err != nil || !ok {
			log.Fatalf("%q: want RELEASE=DIR", arg)
		}
		if err := add(since, abi.Version(release), dir); err != nil {
			log.Fatal(err)
		}
	}
	if err := write(table, head, since); err != nil {
		log.Fatal(err)
	}
}

// read returns the comment at the head of the table, and the table.
func read(name string) (head string, since map[string]abi.Version, err error) {
	data, err := os.ReadFile(name)
	since = map[string]abi.Version{}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			head += line
			continue
		}
		if release, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			since[name] = abi.Version(release)
		}
	}
	return head, since, err
}

// add takes the install names of an SDK's stubs.
func add(since map[string]abi.Version, release abi.Version, dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || filepath.Ext(path) != ".tbd" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		stubs, err := dyld.ReadTBD(data)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, stub := range stubs {
			name := stub.InstallName
			if !strings.HasPrefix(name, "/usr/lib/") && !strings.HasPrefix(name, "/System/Library/") {
				continue
			}
			if first, ok := since[name]; !ok || release.Less(first) {
				since[name] = release
			}
		}
		return nil
	})
}

func write(name, head string, since map[string]abi.Version) error {
	var b strings.Builder
	b.WriteString(head)
	for _, library := range slices.Sorted(maps.Keys(since)) {
		fmt.Fprintf(&b, "%s %s\n", since[library], library)
	}
	return os.WriteFile(name, []byte(b.String()), 0o644)
}
