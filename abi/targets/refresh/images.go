package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

const complianceURL = "https://github.com/mayeut/pep600_compliance"

// images.json says which container images stand for a release, and what of it
// no image can tell: its kernel, its oldest processor, its pages.
//
//go:embed images.json
var imagesJSON []byte

type image struct {
	Name, Title, Kernel, Note string
	Aliases, Images           []string
	ISA                       map[string]string
	Page                      map[string]uint64
}

// pages has the largest page of the kernels that distributions ship by
// default. 64 KiB kernels for arm64 are the default of RHEL 7 and 8 alone.
var pages = map[string]uint64{
	"386": 4096, "amd64": 4096, "arm": 4096, "arm64": 4096, "loong64": 16384,
	"ppc64le": 65536, "riscv64": 4096, "s390x": 4096,
}

// measurement is a file of the cache of pep600_compliance: the version
// definitions of the libraries in one image.
type measurement struct {
	Glibc   string              `json:"glibc_version"`
	Symbols map[string][]string `json:"symbols"`
}

// carryImages takes over what the manylinux project measures in the images of
// distributions. Where several images stand for a release, it promises what
// all of them have.
func carryImages(c checkout) (table, error) {
	var images []image
	if err := json.Unmarshal(imagesJSON, &images); err != nil {
		return table{}, err
	}
	t := table{
		Origin:  complianceURL + ", directory cache (MIT): verdefs of the libraries in container images",
		Refresh: "go run ./refresh images",
	}
	for _, img := range images {
		log.Print(img.Name)
		r, err := c.release(img)
		if err != nil {
			return table{}, fmt.Errorf("%s: %w", img.Name, err)
		}
		t.Date = max(t.Date, r.Date)
		t.Releases = append(t.Releases, r)
	}
	slices.SortStableFunc(t.Releases, func(a, b release) int {
		return strings.Compare(family(a), family(b)) // in it, the list's order
	})
	return t, nil
}

func family(r release) string { return r.Name[:strings.Index(r.Name, ":")] }

func (c checkout) release(img image) (release, error) {
	r := release{
		Name: img.Name, Aliases: img.Aliases, Title: img.Title, Kernel: img.Kernel,
		Origin: complianceURL + ", images " + strings.Join(img.Images, ", "),
		On:     map[string]machine{}, Measured: true,
	}
	if img.Note != "" {
		r.Origin += "; " + img.Note
	}
	for tag, arch := range tagArch {
		var found []measurement
		for _, name := range img.Images {
			path := "cache/" + tag + "/" + name + ".json"
			b, day, err := c.read(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue // no such image on this architecture
			}
			if err != nil {
				return release{}, err
			}
			var m measurement
			if err := json.Unmarshal(b, &m); err != nil {
				return release{}, fmt.Errorf("%s: %w", path, err)
			}
			r.Date = max(r.Date, day)
			if r.Glibc == "" || abi.Version(m.Glibc).Less(abi.Version(r.Glibc)) {
				r.Glibc = m.Glibc
			}
			found = append(found, m)
		}
		if len(found) == 0 {
			continue
		}
		m := common(found)
		m.ISA, m.Page = img.ISA[arch], pages[arch]
		if p := img.Page[arch]; p != 0 {
			m.Page = p
		}
		r.On[arch] = m
	}
	if len(r.On) == 0 {
		return release{}, fmt.Errorf("no image of %q in %s", img.Images, c.dir)
	}
	return r, nil
}

// common keeps of each namespace the oldest of the newest versions, and the
// markers that all have. A marker that some have is not known. A namespace that
// an image lacks says only that the library was not installed in it.
func common(found []measurement) machine {
	var m machine
	namespaces := map[string]string{} // the name to promise
	markers := map[string]int{}
	for _, f := range found {
		for _, name := range newestOf(f.Symbols).Symbols {
			namespace, v, numbered := abi.SplitSymbolVersion(name)
			if !numbered {
				markers[name]++
				continue
			}
			_, have, _ := abi.SplitSymbolVersion(namespaces[namespace])
			if have == "" || v.Less(have) {
				namespaces[namespace] = name
			}
		}
	}
	for _, name := range namespaces {
		m.Symbols = append(m.Symbols, name)
	}
	for name, n := range markers {
		if n == len(found) {
			m.Symbols = append(m.Symbols, name)
		} else {
			m.Varies = append(m.Varies, name)
		}
	}
	slices.Sort(m.Symbols)
	slices.Sort(m.Varies)
	return m
}
