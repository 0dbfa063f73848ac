package userspace

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/ar"
)

// OpenDebs opens a set of Debian packages as the user space that they make when
// they are unpacked together, in whatever order: links first, the highest
// first, then the rest, so that files of /lib come to usr/lib where a package
// of the set (base-files, from Debian 13 on) has made /lib a link. No link is
// made up. Of two packages with the same file the last named one wins.
//
// Nothing is configured: what maintainer scripts and triggers make, such as
// /etc/ld.so.cache and the links of usrmerge in Debian 12, is not there; but the links
// of update-alternatives are that a postinst asks for in plain words.
func OpenDebs(names []string, o Options) (*Space, error) {
	s, err := openDebs(strings.Join(names, " "), names, o)
	if err != nil {
		return nil, fmt.Errorf("user space %w", err)
	}
	return s, nil
}

func openDebs(name string, debs []string, o Options) (*Space, error) {
	if len(debs) == 0 {
		return nil, errors.New("of no package")
	}
	r := &debReader{spool: &spooler{budget: newBudget(o.Limits)}}
	for _, deb := range debs {
		if err := r.open(deb); err != nil {
			r.Close()
			return nil, fmt.Errorf("%q: %w", deb, err)
		}
	}
	errs := r.spool.expandAll(r.data, make([]v1.Hash, len(r.data)))
	for i, deb := range debs {
		err := errs[i]
		if err == nil {
			err = r.read(i, true)
		}
		if err != nil {
			r.Close()
			return nil, fmt.Errorf("%q: data.tar: %w", deb, err)
		}
	}
	t, err := r.merge(nil)
	if err != nil {
		r.Close()
		return nil, err
	}
	s := newSpace(name, Debs, t, closers{&r.files, r.spool})
	s.packages = r.packages
	return s, nil
}

// A debReader collects the entries of packages.
type debReader struct {
	spool    *spooler
	files    closers
	packages []string // their names
	data     []source // of each
	entries  []debEntry

	alternatives []alternative
}

type debEntry struct {
	entry
	owner int // in packages, from 1
}

func (r *debReader) Close() {
	r.files.Close()
	r.spool.Close()
}

// open opens a package that is a file.
func (r *debReader) open(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return errors.Unwrap(err)
	}
	if !info.Mode().IsRegular() {
		return errNotRegular(info.Mode())
	}
	f, err := os.Open(name)
	if err != nil {
		return errors.Unwrap(err)
	}
	r.files = append(r.files, f)
	return r.deb(source{r: f, size: info.Size()})
}

// deb finds out what package it is, and where in it the files are.
func (r *debReader) deb(in source) error {
	control, data, err := debMembers(in)
	if err != nil {
		return err
	}
	spool := &spooler{budget: r.spool.budget} // there may be many packages
	defer spool.Close()
	var pkg string
	var texts map[string]string
	if control, err = spool.expand(control, v1.Hash{}); err == nil {
		texts, err = r.texts(control, "control", "postinst")
	}
	if err == nil {
		pkg, err = field(texts["control"], "Package:")
	}
	if err != nil {
		return fmt.Errorf("control.tar: %w", err)
	}
	r.packages = append(r.packages, pkg)
	r.alternatives = append(r.alternatives, alternatives(texts["postinst"], len(r.packages))...)
	r.data = append(r.data, data)
	return nil
}

// debMembers finds the archives in a package. Another ar archive is not of this
// format.
func debMembers(in source) (control, data source, err error) {
	n := 0
	for m, err := range ar.Members(in.r, in.size) {
		if err != nil {
			return source{}, source{}, err
		}
		if n++; n == 1 && (m.Name != "debian-binary" || m.Thin) {
			return source{}, source{}, fmt.Errorf("archive that begins with %q and not with \"debian-binary\": %w", m.Name, abi.ErrFormat)
		}
		part := source{r: io.NewSectionReader(in.r, m.Offset, m.Size), size: m.Size}
		switch {
		case m.Thin:
			return source{}, source{}, fmt.Errorf("member %q of a thin archive: want a package", m.Name)
		case strings.HasPrefix(m.Name, "control.tar"):
			control = part
		case strings.HasPrefix(m.Name, "data.tar"):
			data = part
		}
	}
	if control.r == nil || data.r == nil {
		return source{}, source{}, errors.New("package without control.tar or without data.tar")
	}
	return control, data, nil
}

// field returns a field of a text about a package: its name.
func field(text, key string) (value string, err error) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, key); ok && value == "" {
			value = strings.TrimSpace(rest)
		}
	}
	if value == "" {
		return "", errors.New("says no name of the package")
	}
	return value, nil
}

// texts reads files of a tar, which need not be there, by their names.
func (r *debReader) texts(in source, files ...string) (map[string]string, error) {
	texts := map[string]string{}
	_, err := readTar(in, r.spool, func(e entry) error {
		if !slices.Contains(files, e.name) || e.kind != kindRegular {
			return nil
		}
		if e.size > maxJSON {
			return fmt.Errorf("%s: %d bytes: want at most %d", e.name, e.size, maxJSON)
		}
		b := make([]byte, e.size)
		_, err := io.ReadFull(io.NewSectionReader(e.from, e.offset, e.size), b)
		texts[e.name] = string(b)
		return err
	})
	return texts, err
}

// read collects the entries of a package. Of one of Debian all are installed.
func (r *debReader) read(i int, deb bool) error {
	_, err := readTar(r.data[i], r.spool, func(e entry) error {
		if deb || !isAbout(e.name) {
			r.entries = append(r.entries, debEntry{e, i + 1})
		}
		return r.spool.budget.entry()
	})
	return err
}

// merge unpacks the entries, over other files where there are such. Hard links come last,
// since one may lead to a file of an entry that is not there yet.
func (r *debReader) merge(over files) (*tree, error) {
	rank := func(e debEntry) int {
		switch e.kind {
		case kindSymlink:
			return strings.Count(e.name, "/") - maxPath
		case kindLink:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(r.entries, func(a, b debEntry) int { return cmp.Compare(rank(a), rank(b)) })
	r.spool.budget.entries = 0
	t := newTree()
	a := &applier{tree: t, budget: r.spool.budget, layer: 1, dpkg: true}
	if over != nil {
		a.beneath = &beneath{files: over, names: map[*inode]string{t.root: "."}}
	}
	for _, e := range r.entries {
		a.owner = e.owner
		if err := a.apply(e.entry); err != nil {
			return nil, fmt.Errorf("%q: entry %q: %w", r.packages[e.owner-1], e.name, err)
		}
	}
	return t, r.link(a, over)
}
