package ldso

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
)

// find returns the object that a name stands for: one that is there already,
// or one that is found as glibc's _dl_map_object does. Where it finds none, the
// second result says how the loader words it.
func (s *state) find(name string, asker *Object) (Need, *Failure) {
	need := Need{Name: name}
	for _, o := range s.process.Objects {
		if o.answers(name) {
			need.Object = o
			return need, nil
		}
	}
	var last error // of the last candidate that was opened in vain
	class, left := "", ""
	for dir := range s.candidates(name, asker) {
		if dir.By == left {
			continue
		}
		seen := s.look(dir.Path)
		switch {
		case seen.fatal != nil:
			dir.Saw = seen.fatal.Message
			need.Looked = append(need.Looked, dir)
			seen.fatal.Object, seen.fatal.Subject = shown(dir.Path), name
			return need, seen.fatal
		case seen.image == nil:
			dir.Saw = seen.saw()
			need.Looked = append(need.Looked, dir)
			if seen.class {
				class = seen.skip
			}
			if last = seen.err; last == nil {
				last = fs.ErrNotExist
			}
			if leaves(last) {
				left = dir.By
			}
			continue
		}
		need.Looked = append(need.Looked, dir)
		o, failure := s.add(dir.Path, seen.image, name, asker)
		need.Object = o
		return need, failure
	}
	return need, s.notFound(name, asker, need, class, last)
}

// leaves reports whether an error makes glibc leave the list of directories
// that it is in, for the next list.
func leaves(err error) bool {
	return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.ENOTDIR)
}

func (s *state) notFound(name string, asker *Object, need Need, class string, last error) *Failure {
	f := &Failure{
		Category: MissingLibrary,
		Subject:  name,
		Message:  name + ": cannot open shared object file",
		Why:      lookedAt(need.Looked),
	}
	if last != nil {
		f.Message += ": " + strerror(last)
	}
	if asker != nil {
		f.Object = shown(asker.Path)
	}
	if class != "" {
		f.Category, f.Message = WrongArch, name+": "+class
	}
	f.Elsewhere = s.space.elsewhere(name)
	return f
}

func lookedAt(places []Place) string {
	if len(places) == 0 {
		return "no directory to look in"
	}
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = fmt.Sprintf("%s (%s: %s)", shown(p.Path), p.By, p.Saw)
	}
	return "looked at " + strings.Join(names, ", ")
}

// answers reports whether an object that is loaded is what a name asks for: by
// the names it was asked for before, or by its soname, which is then one of
// them.
func (o *Object) answers(name string) bool {
	if slices.Contains(o.names, name) {
		return true
	}
	if o.soname || o.File.SOName == "" || o.File.SOName != name {
		return false
	}
	o.names, o.soname = append(o.names, name), true
	return true
}

// candidates yields the paths that a name may be at, in the loader's order.
func (s *state) candidates(name string, asker *Object) func(func(Place) bool) {
	return func(yield func(Place) bool) {
		if strings.Contains(name, "/") {
			origin := s.process.Objects[0].origin
			if asker != nil {
				origin = asker.origin
			}
			if full, ok := s.expand(name, origin); ok {
				yield(Place{Path: s.absolute(full), By: "path"})
			}
			return
		}
		for _, list := range s.lists(asker) {
			for _, dir := range list.dirs {
				for _, sub := range s.subdirs(dir, list.cached) {
					if !yield(Place{Path: joined(dir, sub, name), By: list.by}) {
						return
					}
				}
			}
			if list.cached {
				hit := s.loader.cache.lookup(name, s.loader.image.file.Platform.Arch, s.hwcaps(), s.oldBits())
				if hit == "" || s.noDefault(asker) && slices.ContainsFunc(s.loader.dirs, func(dir string) bool { return strings.HasPrefix(hit, dir+"/") }) {
					continue
				}
				if !yield(Place{Path: s.absolute(hit), By: list.by}) {
					return
				}
			}
		}
	}
}

// joined puts a path together as loaders do. It takes no ".." out: behind a
// link that would be another directory.
func joined(dir, sub, name string) string {
	full := strings.TrimRight(dir, "/")
	for _, part := range []string{sub, name} {
		if part != "" {
			full += "/" + part
		}
	}
	if full == "" || full == outsideMark {
		full += "/"
	}
	return full
}

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
		lists = append(lists, dirList{by: "LD_LIBRARY_PATH", dirs: s.expandAll(s.libraryPath, main)})
	}
	if asker != nil && asker.File.RunPath != nil {
		lists = append(lists, dirList{by: "RUNPATH of " + shown(asker.Path), dirs: s.expandAll(asker.File.RunPath, asker)})
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
	return s.expandAll(o.File.RPath, o)
}

const flagNoDefLib = 0x800 // DF_1_NODEFLIB

func (s *state) noDefault(asker *Object) bool {
	if asker == nil {
		asker = s.process.Objects[0]
	}
	return asker.File.DynFlags1&flagNoDefLib != 0
}

// expandAll expands the tokens of a library path. Elements whose token stands
// for nothing are dropped; a path that is empty as a whole is ignored.
func (s *state) expandAll(elements []string, o *Object) []string {
	if len(elements) == 1 && elements[0] == "" {
		return nil
	}
	var dirs []string
	for _, e := range elements {
		dir, ok := s.expand(e, o.origin)
		if !ok {
			continue
		}
		if dir = s.absolute(dir); !slices.Contains(dirs, dir) {
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
