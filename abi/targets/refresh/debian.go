package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"time"

	"github.com/abivet/abivet/abi"
)

// suites are the releases that are measured, newest first. Debian 10 and older
// have left the mirrors; facts about them are recorded in distributions.json.
var suites = []struct {
	suite, name, title, kernel string
	aliases                    []string
}{
	{"sid", "debian:sid", "Debian unstable (sid)", "", []string{"debian:unstable"}},
	{"forky", "debian:testing", "Debian testing (forky, to become 14)", "", []string{"debian:forky", "debian:14"}},
	{"trixie", "debian:13", "Debian 13 (trixie)", "6.12", []string{"debian:trixie"}},
	{"bookworm", "debian:12", "Debian 12 (bookworm)", "6.1", []string{"debian:bookworm"}},
	{"bullseye", "debian:11", "Debian 11 (bullseye)", "5.10", []string{"debian:bullseye"}},
}

// goarch has Debian's architectures that Go has a word for. armel is left out:
// its word would be arm too, and armhf is what people mean by it.
var goarch = map[string]string{
	"amd64": "amd64", "arm64": "arm64", "i386": "386", "armhf": "arm",
	"ppc64el": "ppc64le", "s390x": "s390x", "riscv64": "riscv64",
	"loong64": "loong64", "mips64el": "mips64le",
}

// oldestISA is what a release of Debian is compiled for, where GOAMD64,
// GOARM64 or GOARM has a word for it.
var oldestISA = map[string]string{"amd64": "v1", "arm64": "v8.0", "arm": "7"}

// runtimes are the C library, what a compiler links programs against unasked,
// and zlib, which the other tables have too. Their symbol versions are the promise.
var runtimes = []string{
	"libc6", "libgcc-s1", "libstdc++6", "libatomic1", "libgomp1", "libgfortran5",
	"libquadmath0", "libitm1", "zlib1g",
}

func measureDebian(mirror, keyring string) (table, error) {
	if mirror == "" {
		var err error
		if mirror, err = findMirror(); err != nil {
			return table{}, err
		}
	}
	a := archive{url: mirror, keyring: keyring}
	t := table{
		Origin:  "verdefs of the packages " + strings.Join(runtimes, ", ") + " of the Debian archive",
		Refresh: "go run ./refresh debian",
	}
	for _, s := range suites {
		r, err := a.measure(s.suite)
		if err != nil {
			return table{}, err
		}
		r.Name, r.Title, r.Kernel = s.name, s.title, s.kernel
		r.Aliases = append(s.aliases, r.Aliases...)
		t.Date = max(t.Date, r.Date)
		t.Releases = append(t.Releases, r)
	}
	return t, nil
}

func (a archive) measure(suite string) (release, error) {
	head, hashes, err := a.releaseFile(suite)
	if err != nil {
		return release{}, err
	}
	signed, err := time.Parse(time.RFC1123, head["date"])
	if err != nil {
		return release{}, fmt.Errorf("suite %s: %w", suite, err)
	}
	r := release{Measured: true, Date: signed.Format(time.DateOnly), On: map[string]machine{}}
	// stable, oldstable and oldoldstable move on; testing and unstable do not.
	if s := head["suite"]; strings.HasSuffix(s, "stable") && s != "unstable" {
		r.Aliases = []string{"debian:" + s}
	}
	r.Origin = "Debian " + suite
	if v := head["version"]; v != "" {
		r.Origin += " " + v
	}
	for _, arch := range strings.Fields(head["architectures"]) {
		word, ok := goarch[arch]
		if !ok {
			continue
		}
		log.Printf("%s %s", suite, arch)
		pkgs, err := a.packages(suite, arch, hashes, runtimes)
		if err != nil {
			return release{}, fmt.Errorf("suite %s: %w", suite, err)
		}
		if len(pkgs) == 0 {
			continue // named in the suite's head, and empty
		}
		m, err := a.define(pkgs)
		if err != nil {
			return release{}, fmt.Errorf("suite %s: %s: %w", suite, arch, err)
		}
		m.ISA, m.Page = oldestISA[word], pages[word]
		r.On[word] = m
		if arch == "amd64" {
			r.Glibc = upstream(pkgs["libc6"]["version"])
			r.GCC = upstream(pkgs["libstdc++6"]["version"])
		}
	}
	return r, nil
}

// upstream cuts a Debian version down to numbers: 2.36-9+deb12u13 is 2.36.
func upstream(version string) string {
	end := strings.IndexFunc(version, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		end = len(version)
	}
	return version[:end]
}

// define reads the version definitions of every library in the packages and
// keeps the newest of each namespace, and every marker.
func (a archive) define(pkgs map[string]stanza) (machine, error) {
	found := newest{}
	for _, pkg := range runtimes {
		if pkgs[pkg] == nil {
			continue // libquadmath0 does not exist everywhere
		}
		image, err := a.unpack(pkgs[pkg])
		if err != nil {
			return machine{}, fmt.Errorf("%s: %w", pkg, err)
		}
		defined, err := definitions(image)
		if err != nil {
			return machine{}, fmt.Errorf("%s: %w", pkg, err)
		}
		for _, name := range defined {
			if _, _, numbered := abi.SplitSymbolVersion(name); numbered || promised(name) {
				found.add(name)
			}
		}
	}
	return machine{Symbols: found.names()}, nil
}

// promised tells markers from GLIBC_PRIVATE, which is a promise to nobody.
func promised(marker string) bool {
	return strings.HasPrefix(marker, "GLIBC_ABI_") || marker == "CXXABI_FLOAT128"
}

// definitions lists the symbol versions that the ELF files in a tar define.
func definitions(image []byte) ([]string, error) {
	var all []string
	for files := tar.NewReader(bytes.NewReader(image)); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg || !strings.Contains(h.Name, ".so") {
			continue
		}
		b, err := io.ReadAll(files)
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(b, []byte(elf.ELFMAG)) {
			continue
		}
		f, err := elf.NewFile(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
		versions, err := f.DynamicVersions()
		if err != nil {
			continue // a library without versions
		}
		for _, v := range versions {
			if v.Flags&elf.VER_FLG_BASE == 0 {
				all = append(all, v.Name)
			}
		}
	}
}
