// Refresh measures what the targets of this module promise and rewrites the
// tables under abi/targets/data. It is a program for the people who maintain
// those tables; nothing imports it.
//
//	go run ./refresh debian      measures the packages of a mirror
//	go run ./refresh images      carries over what pep600_compliance measured in container images
//	go run ./refresh auditwheel  carries over the policies for Python wheels
//
// Run it in abi/targets. It needs gpgv, xz, dpkg-deb and git, and writes the same
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
		return carry(flags, args[1:], complianceURL, func(c checkout) error {
			t, err := carryImages(c)
			if err != nil {
				return err
			}
			return t.write(filepath.Join(*out, "distributions.json"))
		})
	case "auditwheel":
		return carry(flags, args[1:], auditwheelURL, func(c checkout) error {
			for _, family := range []string{"manylinux", "musllinux"} {
				t, err := carryPolicies(c, family)
				if err != nil {
					return err
				}
				if err := t.write(filepath.Join(*out, family+".json")); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return fmt.Errorf("table %q: want debian, images or auditwheel", args[0])
}

// carry hands a copy of somebody's repository to do.
func carry(flags *flag.FlagSet, args []string, url string, do func(checkout) error) error {
	repository := flags.String("repository", url, "git repository to read, a URL or a directory")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, err := clone(*repository)
	if err != nil {
		return err
	}
	defer c.remove()
	return do(c)
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
