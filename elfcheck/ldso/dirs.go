package ldso

import (
	"path"
	"strings"
)

// A dirList is a list of directories with what made the loader look there.
type dirList struct {
	by     string
	dirs   []string
	cached bool // not directories but ld.so.cache
}

func (s *state) lists(asker *Object) []dirList {
	var lists []dirList
	main := s.process.Objects[0]
	if asker == nil || asker.File.RunPath == nil {
		sawMain := false
		for o := asker; o != nil; o = o.Loader {
			sawMain = sawMain || o == main
			if dirs := s.rpath(o); dirs != nil {
				lists = append(lists, dirList{by: "RPATH of " + shown(o.Path), dirs: dirs})
			}
		}
		if !sawMain {
			if dirs := s.rpath(main); dirs != nil {
				lists = append(lists, dirList{by: "RPATH of " + shown(main.Path), dirs: dirs})
			}
		}
	}
	if len(s.libraryPath) > 0 {
		lists = append(lists, dirList{by: "LD_LIBRARY_PATH", dirs: s.expandOnce(s.libraryDirs, s.libraryPath, main)})
	}
	if asker != nil && asker.File.RunPath != nil {
		lists = append(lists, dirList{by: "RUNPATH of " + shown(asker.Path), dirs: s.expandOnce(s.dirs, asker.File.RunPath, asker)})
	}
	lists = append(lists, dirList{by: "ld.so.cache", cached: true})
	if !s.noDefault(asker) {
		lists = append(lists, dirList{by: "default directory", dirs: s.loader.dirs})
	}
	return lists
}

// rpath is an object's DT_RPATH, which counts only without a DT_RUNPATH.
func (s *state) rpath(o *Object) []string {
	if o.File.RPath == nil || o.File.RunPath != nil {
		return nil
	}
	return s.expandOnce(s.dirs, o.File.RPath, o)
}

const flagNoDefLib = 0x800 // DF_1_NODEFLIB

func (s *state) noDefault(asker *Object) bool {
	if asker == nil {
		asker = s.process.Objects[0]
	}
	return asker.File.DynFlags1&flagNoDefLib != 0
}

// expandOnce remembers what expandAll makes of a library path: an object's is
// asked for with each library that it needs. Only one of its two counts.
func (s *state) expandOnce(known map[*Object][]string, elements []string, o *Object) []string {
	dirs, ok := known[o]
	if !ok {
		dirs = s.expandAll(elements, o)
		known[o] = dirs
	}
	return dirs
}

// expandAll expands the tokens of a library path. Elements whose token stands
// for nothing are dropped; a path that is empty as a whole is ignored.
func (s *state) expandAll(elements []string, o *Object) []string {
	if len(elements) == 1 && elements[0] == "" {
		return nil
	}
	var dirs []string
	seen := map[string]bool{}
	for _, e := range elements {
		dir, ok := s.expand(e, o.origin)
		if !ok {
			continue
		}
		if dir = s.absolute(dir); !seen[dir] {
			seen[dir] = true
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func (s *state) expand(text, origin string) (string, bool) {
	// The mark of a path outside belongs at the start, where $ORIGIN mostly is.
	full, ok := expand(text, origin, s.loader.lib, s.platform())
	if i := strings.LastIndex(full, outsideMark+"/"); i > 0 {
		full = full[i:]
	}
	return full, ok
}

// absolute makes a relative path one below the working directory.
func (s *state) absolute(name string) string {
	if strings.HasPrefix(name, outsideMark) || strings.HasPrefix(name, "/") {
		return name
	}
	return joined(path.Join("/", s.dir), "", name)
}

// subdirs returns the directories below one of a search list that are tried
// before it: those for the processor, and at the end itself.
func (s *state) subdirs(dir string, cached bool) []string {
	if cached {
		return nil
	}
	s.subMu.Lock()
	defer s.subMu.Unlock()
	if subs, ok := s.subs[dir]; ok {
		return subs
	}
	var subs []string
	for _, name := range s.processorDirs() {
		if s.space.isDir(joined(dir, name, "")) {
			subs = append(subs, name)
		}
	}
	subs = append(subs, "")
	s.subs[dir] = subs
	return subs
}

func (s *Space) isDir(name string) bool {
	t, rest := s.tree(name)
	if t.fs == nil {
		return false
	}
	_, info, err := t.paths.Resolve(rest)
	return err == nil && info.IsDir()
}
