// Refresh writes the tables under abi/symbols/data anew. It is a program for the
// people who maintain those tables; nothing imports it.
//
//	go run ./refresh -glibc REPOSITORY -musl REPOSITORY -packages DIRECTORY
//
// Run it in abi/symbols. The repositories are copies of glibc's and musl's, with
// their tags; git reads them. The directory is searched for what these packages
// of Debian unpack to, for as many architectures and releases as can be had:
// libstdc++6, libgcc-s1, libbsd0, libc6 and musl. It writes the same bytes for the same input.
package main

import (
	"bytes"
	"compress/zlib"
	"errors"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "refresh:", err)
		os.Exit(1)
	}
}

func run() error {
	glibc := flag.String("glibc", "", "git repository of glibc, a `directory`")
	musl := flag.String("musl", "", "git repository of musl, a `directory`")
	packages := flag.String("packages", "", "`directory` of unpacked packages")
	out := flag.String("out", "data", "`directory` of the tables")
	only := flag.String("table", "", "write this `table` alone")
	day := flag.String("date", time.Now().UTC().Format(time.DateOnly), "`day` that the repositories and packages are of")
	flag.Parse()
	if *glibc == "" || *musl == "" || *packages == "" {
		return errors.New("want -glibc, -musl and -packages")
	}
	libraries, err := findLibraries(*packages)
	if err != nil {
		return err
	}
	for _, t := range []struct {
		name string
		make func() (facts, error)
	}{
		{"glibc", func() (facts, error) { return glibcFacts(repository(*glibc)) }},
		{"musl", func() (facts, error) { return muslFacts(repository(*musl), libraries) }},
		{"libstdcxx", func() (facts, error) { return libstdcxxFacts(libraries) }},
		{"elsewhere", func() (facts, error) { return elsewhereFacts(repository(*glibc), libraries) }},
		{"removed", func() (facts, error) { return removedFacts(libraries) }},
	} {
		if *only != "" && *only != t.name {
			continue
		}
		f, err := t.make()
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		if err := f.write(filepath.Join(*out, t.name+".z"), *day); err != nil {
			return err
		}
	}
	return nil
}

// facts are a table before it is written; table.go of the package says how it
// reads.
type facts struct {
	origin string
	names  map[string]answer
}

// An answer has, for each architecture or for *, a library and a version.
type answer map[string][2]string

func (a answer) String() string {
	var words []string
	for _, arch := range slices.Sorted(maps.Keys(a)) {
		words = append(words, arch, a[arch][0], a[arch][1])
	}
	return strings.Join(words, " ")
}

func (f facts) write(name, day string) error {
	numbers := map[string]int{}
	var answers []string
	var head, names strings.Builder
	for _, symbol := range slices.Sorted(maps.Keys(f.names)) {
		a := f.names[symbol].String()
		n, seen := numbers[a]
		if !seen {
			n = len(answers)
			numbers[a], answers = n, append(answers, a)
		}
		fmt.Fprintf(&names, "%s %d\n", symbol, n)
	}
	fmt.Fprintf(&head, "origin %s\ndate %s", f.origin, day)
	for n, a := range answers {
		fmt.Fprintf(&head, "\n%d %s", n, a)
	}
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(z, "%s\n\n%s", head.String(), names.String()); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	log.Printf("%s: %d names, %d answers, %d bytes, compressed %d", name, len(f.names), len(answers), head.Len()+2+names.Len(), b.Len())
	return os.WriteFile(name, b.Bytes(), 0o644)
}
