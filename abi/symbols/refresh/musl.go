package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

var muslRelease = regexp.MustCompile(`^v(1\.\d+\.\d+)$`)

// lastLFS64 is the last release that a program can be linked against by the
// names of large files; its successors keep them for the loader.
const lastLFS64 = "1.2.3"

// muslFacts takes the names from the packages. A name's first release is the
// first whose headers have the word, or whose sources do where no header has it,
// and not before a release whose package lacks it: packages of older ones cannot
// be had. A name that is taken for older than it is raises no false alarm.
func muslFacts(r repository, libraries []library) (facts, error) {
	tags, err := r.releases(muslRelease)
	if err != nil {
		return facts{}, err
	}
	m := muslLists{releases: tags, lists: map[string]map[string]map[string]bool{}}
	for _, l := range libraries {
		if l.kind == "musl" {
			m.add(l)
		}
	}
	headers, err := r.firsts(tags, "include")
	if err != nil {
		return facts{}, err
	}
	sources, err := r.firsts(tags, "src", "include", "arch", "ldso", "compat")
	if err != nil {
		return facts{}, err
	}
	large, err := r.largeFiles(tags[len(tags)-1])
	if err != nil {
		return facts{}, err
	}
	f := facts{
		origin: fmt.Sprintf("dynamic symbols of Debian's musl on %d architectures; the releases from the tags of its sources, up to %s", len(m.lists), tags[len(tags)-1]),
		names:  map[string]answer{},
	}
	for name := range m.names() {
		first := m.notBefore(name, cmp.Or(headers[name], sources[name]))
		last := "-"
		if large[name] {
			last = lastLFS64
		}
		f.names[name] = m.answer(name, first, last)
	}
	return f, nil
}

// muslLists are what the packages export.
type muslLists struct {
	releases []string                              // the tags
	lists    map[string]map[string]map[string]bool // architecture, release, name
}

func (m muslLists) add(l library) {
	if m.lists[l.arch] == nil {
		m.lists[l.arch] = map[string]map[string]bool{}
	}
	names := map[string]bool{}
	for _, s := range l.symbols {
		names[s.Name] = !strings.HasPrefix(s.Name, "fts_") // Debian's own: musl has none
	}
	m.lists[l.arch][l.release] = names
}

func (m muslLists) names() map[string]bool {
	all := map[string]bool{}
	for _, releases := range m.lists {
		for _, names := range releases {
			for name, ok := range names {
				if ok {
					all[name] = true
				}
			}
		}
	}
	return all
}

// notBefore moves a first release behind those that lack the name although a
// later one has it, and before those that have it: macros put some together.
func (m muslLists) notBefore(name, first string) string {
	had := m.had(name)
	lacking := ""
	for _, release := range slices.SortedFunc(maps.Keys(had), compare) {
		if !had[release] {
			lacking = release
			continue
		}
		if first == "" || less(release, first) {
			return release
		}
		if lacking != "" && compare(first, lacking) <= 0 {
			return m.next(lacking)
		}
		return first
	}
	return first
}

// had says of each release whether it has the name on any architecture, of those
// that ever have it: not all have a package of every release.
func (m muslLists) had(name string) map[string]bool {
	had := map[string]bool{}
	for _, releases := range m.lists {
		if !slices.ContainsFunc(slices.Collect(maps.Values(releases)), func(names map[string]bool) bool { return names[name] }) {
			continue
		}
		for release, names := range releases {
			had[release] = had[release] || names[name]
		}
	}
	return had
}

func compare(a, b string) int { return abi.Version(a).Compare(abi.Version(b)) }

func (m muslLists) next(release string) string {
	return m.releases[slices.Index(m.releases, "v"+release)+1][1:]
}

// answer leaves out the architectures that lack a name in a release which has it
// on another one.
func (m muslLists) answer(name, first, last string) answer {
	had := m.had(name)
	a := answer{}
	for arch, releases := range m.lists {
		lacks, has := false, false
		for release, names := range releases {
			lacks = lacks || had[release] && !names[name]
			has = has || names[name]
		}
		if has || !lacks {
			a[arch] = [2]string{first, last}
		}
	}
	if len(a) == len(m.lists) {
		return answer{"*": {first, last}}
	}
	return a
}

// firsts returns for every word below some directories the first release that
// has it.
func (r repository) firsts(tags []string, dirs ...string) (map[string]string, error) {
	first := map[string]string{}
	for _, tag := range tags {
		words, err := r.words(tag, dirs...)
		if err != nil {
			return nil, err
		}
		for w := range words {
			if first[w] == "" {
				first[w] = tag[1:]
			}
		}
	}
	return first, nil
}

// words returns every word of the files below some directories.
func (r repository) words(tag string, dirs ...string) (map[string]bool, error) {
	have, err := r.lines("ls-tree", "--name-only", tag)
	if err != nil {
		return nil, err
	}
	dirs = slices.DeleteFunc(slices.Clone(dirs), func(dir string) bool { return !slices.Contains(have, dir) })
	packed, err := r.git(append([]string{"archive", "--format=tar", tag, "--"}, dirs...)...)
	if err != nil {
		return nil, err
	}
	words := map[string]bool{}
	for files := tar.NewReader(bytes.NewReader(packed)); ; {
		_, err := files.Next()
		if errors.Is(err, io.EOF) {
			return words, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(files)
		if err != nil {
			return nil, err
		}
		for _, w := range word.FindAll(text, -1) {
			words[string(w)] = true
		}
	}
}

var lfs64List = regexp.MustCompile(`(?s)lfs64_list\[\] =(.*?);`)

// largeFiles reads the names that the loader alone still knows.
func (r repository) largeFiles(tag string) (map[string]bool, error) {
	text, err := r.git("show", tag+":ldso/dynlink.c")
	if err != nil {
		return nil, err
	}
	m := lfs64List.FindSubmatch(text)
	if m == nil {
		return nil, errors.New("ldso/dynlink.c: no lfs64_list")
	}
	names := map[string]bool{"readdir64_r": true}
	for _, w := range word.FindAllString(strings.ReplaceAll(string(m[1]), `\0`, " "), -1) {
		names[w+"64"] = true
	}
	return names, nil
}
