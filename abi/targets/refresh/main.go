// Refresh measures what the targets of this module promise and rewrites the
// tables under abi/targets/data. It is a program for the people who maintain
// those tables; nothing imports it.
//
//	go run ./refresh debian -mirror http://deb.debian.org/debian
//	go run ./refresh images -checkout ~/pep600_compliance
//	go run ./refresh auditwheel -date 2026-08-17 -policies https://raw.githubusercontent.com/pypa/auditwheel/main/src/auditwheel/policy
//
// Run it in abi/targets. It needs gpgv, xz and dpkg-deb, and writes the same
// bytes for the same input.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "refresh:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("no table named: want debian, images or auditwheel")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	out := flags.String("out", "data", "directory of the tables")
	switch args[0] {
	case "debian":
		mirror := flags.String("mirror", "", "archive to measure; empty asks apt-get indextargets")
		keyring := flags.String("keyring", "/usr/share/keyrings/debian-archive-keyring.gpg", "keys that may sign a release")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		t, err := measureDebian(*mirror, *keyring)
		if err != nil {
			return err
		}
		return t.write(filepath.Join(*out, "debian.json"))
	case "images":
		checkout := flags.String("checkout", "", "git clone of https://github.com/mayeut/pep600_compliance")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		t, err := carryImages(*checkout)
		if err != nil {
			return err
		}
		return t.write(filepath.Join(*out, "distributions.json"))
	case "auditwheel":
		policies := flags.String("policies", "https://raw.githubusercontent.com/pypa/auditwheel/main/src/auditwheel/policy", "directory of the policies, or its URL")
		date := flags.String("date", "", "day of the commit they are from, such as 2026-08-17")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		for _, family := range []string{"manylinux", "musllinux"} {
			t, err := carryPolicies(*policies, family, *date)
			if err != nil {
				return err
			}
			if err := t.write(filepath.Join(*out, family+".json")); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("table %q: want debian, images or auditwheel", args[0])
}

// table is a file of abi/targets/data; that package's doc says what the fields
// mean.
type table struct {
	Origin   string    `json:"origin"`
	Date     string    `json:"date"`
	Refresh  string    `json:"refresh"`
	Releases []release `json:"releases"` // newest first
}

type release struct {
	Name      string              `json:"name"`
	Aliases   []string            `json:"aliases,omitempty"`
	Title     string              `json:"title"`
	Origin    string              `json:"origin,omitempty"`
	Date      string              `json:"date,omitempty"`
	Measured  bool                `json:"measured"`
	Glibc     string              `json:"glibc,omitempty"`
	Musl      string              `json:"musl,omitempty"`
	GCC       string              `json:"gcc,omitempty"`
	Kernel    string              `json:"kernel,omitempty"`
	Libraries []string            `json:"libraries,omitempty"`
	Forbidden map[string][]string `json:"forbidden,omitempty"`
	On        map[string]machine  `json:"on"` // by GOARCH
}

type machine struct {
	Symbols []string `json:"symbols,omitempty"`
	Empty   []string `json:"empty,omitempty"`  // namespaces without any version
	Varies  []string `json:"varies,omitempty"` // markers that some builds have
	ISA     string   `json:"isa,omitempty"`
	Page    uint64   `json:"page,omitempty"`
}

func (t table) write(name string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(t); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}
