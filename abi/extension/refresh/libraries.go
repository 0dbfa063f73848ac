package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/abivet/abivet/elfcheck"
)

// exported reads the libraries of a directory that a pattern matches, and
// returns what each release exports. The pattern's first group is the release;
// of several libraries of one release each adds what it has.
func exported(dir string, library *regexp.Regexp, keep func(name string) bool) (map[string][]string, error) {
	releases := map[string][]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		m := library.FindStringSubmatch(filepath.Base(path))
		if err != nil || m == nil || !e.Type().IsRegular() {
			return err
		}
		f, err := elfcheck.ReadFile(path, elfcheck.WantExports)
		if err != nil {
			return err
		}
		for _, s := range f.Exports {
			if keep(s.Name) {
				releases[m[1]] = append(releases[m[1]], s.Name)
			}
		}
		return nil
	})
	return releases, err
}

var luaLibrary = regexp.MustCompile(`^lib(?:lua)?(jit-5|5\.\d)[.\d]*\.so\.\d+\.\d+\.\d+$`)

// luaFunctions takes the functions of Lua with the releases that have each.
// LuaJIT's release is called jit.
func luaFunctions(dir string) (map[string]string, error) {
	releases, err := exported(dir, luaLibrary, func(name string) bool {
		return strings.HasPrefix(name, "lua") && !strings.HasPrefix(name, "luaopen_")
	})
	facts := map[string]string{}
	for _, release := range []string{"5.1", "5.2", "5.3", "5.4", "5.5", "jit-5"} {
		if err == nil && releases[release] == nil {
			err = fmt.Errorf("no library of %s", release)
		}
		for _, name := range releases[release] {
			word := strings.TrimSuffix(release, "-5")
			if !slices.Contains(strings.Fields(facts[name]), word) {
				facts[name] = strings.TrimSpace(facts[name] + " " + word)
			}
		}
	}
	return facts, err
}

var (
	pythonLibrary = regexp.MustCompile(`^libpython3\.(\d+)m?\.so\.1\.0$`)
	pythonName    = regexp.MustCompile(`^_?Py(_|[A-Z])`)
)

// pythonNames takes all that CPython's library exports, its private names too,
// with the releases that have each: 3.6-3.9, or 3.8- up to the newest.
func pythonNames(dir string) (map[string]string, error) {
	exports, err := exported(dir, pythonLibrary, func(name string) bool {
		return pythonName.MatchString(name) && !strings.HasPrefix(name, "PyInit_")
	})
	if err != nil {
		return nil, err
	}
	minors := map[string][]int{}
	newest, oldest := 0, 1<<10
	for release, names := range exports {
		minor, err := strconv.Atoi(release)
		if err != nil {
			return nil, err
		}
		newest, oldest = max(newest, minor), min(oldest, minor)
		for _, name := range names {
			minors[name] = append(minors[name], minor)
		}
	}
	if len(exports) != newest-oldest+1 || len(exports) < 10 {
		return nil, fmt.Errorf("%d libraries of 3.%d to 3.%d: want every release", len(exports), oldest, newest)
	}
	facts := map[string]string{}
	for name, list := range minors {
		slices.Sort(list)
		list = slices.Compact(list)
		var spans []string
		for i := 0; i < len(list); {
			end := i + 1
			for end < len(list) && list[end] == list[end-1]+1 {
				end++
			}
			span := fmt.Sprintf("3.%d-", list[i])
			if last := list[end-1]; last != newest {
				span += fmt.Sprintf("3.%d", last)
			}
			spans = append(spans, span)
			i = end
		}
		facts[name] = strings.Join(spans, " ")
	}
	return facts, nil
}
