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

// reserved are the names that musl's loader takes for itself: its C library is
// all of them. Origin: load_library of musl's ldso/dynlink.c.
var reserved = []string{"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."}

func isReserved(name string) bool {
	rest, ok := strings.CutPrefix(name, "lib")
	return ok && slices.ContainsFunc(reserved, func(r string) bool { return strings.HasPrefix(rest, r) })
}

// muslBegin puts a program and the loader, which is the C library, into the
// process.
func (s *state) muslBegin(name string, img *image) {
	l := s.loader
	program := &Object{Path: name, Real: img.real, File: img.file, image: img, origin: dirOf(img.real), startup: true}
	self := &Object{Path: l.path, Real: l.image.real, File: l.image.file, image: l.image, names: []string{"libc.so"}, startup: true}
	s.process.Objects = []*Object{program, self}
}

func (s *state) muslStart(name string, img *image) {
	s.muslBegin(name, img)
	s.muslClosure(append(s.process.Objects[:1:1], s.muslPreload()...)...)
	s.process.Opened = len(s.process.Objects)
	if len(s.process.Failures) == 0 && !s.exhausted() {
		s.muslBind(s.process.Objects, s.process.Objects, false)
	}
}

// muslOpen opens a shared object. What a program that is not there would look
// like is refused by no check of musl's.
func (s *state) muslOpen(name string, img *image, r Request) {
	s.opening = true
	s.process.Opened = len(s.process.Objects)
	seen := s.muslLook(name)
	if seen.image == nil {
		f := muslRefuses(shown(name), nil, seen.err)
		f.Object, f.Why = shown(name), seen.skip
		s.process.fail(*f)
		return
	}
	o := s.muslAdd(name, seen.image, "", nil)
	if o == s.process.Objects[1] {
		return // a C library: the loader stands in for it
	}
	s.muslClosure(o)
	if len(s.process.Failures) == 0 && !s.exhausted() {
		s.muslBind(s.process.Objects[s.process.Opened:], s.process.Objects, r.Lazy)
	}
}

// muslPreload maps what LD_PRELOAD names. What cannot be is passed over without a
// word.
func (s *state) muslPreload() (preloaded []*Object) {
	for _, name := range s.preload {
		known := len(s.process.Objects)
		if need, failure := s.muslFind(name, s.process.Objects[0]); failure == nil && need.Object != nil && len(s.process.Objects) > known {
			preloaded = append(preloaded, need.Object)
		}
	}
	return preloaded
}

func (s *state) muslClosure(queue ...*Object) {
	for i := 0; i < len(queue); i++ {
		o := queue[i]
		for _, name := range o.File.Needed {
			before := len(s.process.Objects)
			need, failure := s.muslFind(name, o)
			if s.exhausted() {
				return
			}
			o.Needs = append(o.Needs, need)
			if failure != nil {
				s.process.fail(*failure)
				if s.opening {
					return // dlopen stops at the first
				}
			}
			if len(s.process.Objects) > before {
				queue = append(queue, need.Object)
			}
		}
	}
}

// muslFind looks for a library as load_library does: it knows no soname.
func (s *state) muslFind(name string, asker *Object) (Need, *Failure) {
	need := Need{Name: name}
	if name == "" {
		f := muslRefuses(name, asker, syscall.EINVAL)
		f.Object = shown(asker.Path)
		return need, f
	}
	if isReserved(name) {
		need.Object = s.process.Objects[1]
		return need, nil
	}
	if !strings.Contains(name, "/") {
		for _, o := range s.process.Objects {
			if slices.Contains(o.names, name) {
				need.Object = o
				return need, nil
			}
		}
	}
	last := error(errNone)
	for place := range s.muslCandidates(name, asker) {
		if s.looks++; s.exhausted() {
			return need, nil
		}
		seen := s.muslLook(place.Path)
		if seen.image != nil {
			s.saw(&need, place)
			need.Object = s.muslAdd(place.Path, seen.image, name, asker)
			return need, nil
		}
		place.Saw, last = seen.saw(), seen.err
		s.saw(&need, place)
		if leaves(last) && !errors.Is(last, syscall.ENAMETOOLONG) {
			f := muslRefuses(name, asker, last)
			f.Object, f.Why = shown(place.Path), seen.skip
			return need, f
		}
	}
	f := muslRefuses(name, asker, last)
	f.Object, f.Why, f.Elsewhere = shown(asker.Path), need.lookedAt(), s.space.elsewhere(name)
	if arch := s.loader.image.file.Platform.Arch; asker.File.Platform.Arch != arch {
		// musl takes the file all the same, and stumbles here.
		f.Category = WrongArch
		f.Why = fmt.Sprintf("%s is for %s, the loader for %s", shown(asker.Path), asker.File.Platform.Arch, arch)
	}
	return need, f
}

// muslRefuses words why a file is not loaded, by the error that was met last.
func muslRefuses(name string, asker *Object, err error) *Failure {
	f := &Failure{Category: Other, Subject: name}
	what := "No error information"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Category, what = MissingLibrary, "No such file or directory"
	case errors.Is(err, syscall.ENOEXEC):
		f.Category, what = WrongArch, "Exec format error"
	case errors.Is(err, fs.ErrPermission):
		what = "Permission denied"
	case errors.Is(err, syscall.ENOTDIR):
		what = "Not a directory"
	case errors.Is(err, syscall.ENOMEM):
		what = "Out of memory"
	case errors.Is(err, syscall.EINVAL):
		what = "Invalid argument"
	case errors.Is(err, syscall.EISDIR):
		what = "Is a directory"
	case errors.Is(err, syscall.ELOOP):
		what = "Symbolic link loop"
	}
	f.Message = fmt.Sprintf("Error loading shared library %s: %s", name, what)
	if asker != nil {
		f.Message += fmt.Sprintf(" (needed by %s)", shown(asker.Path))
	}
	return f
}

// errNone is that nothing was tried.
var errNone = errors.New("nowhere to look")

// muslCandidates yields where a library may be: LD_LIBRARY_PATH stands before
// the library paths of the asker and of those that asked for it.
func (s *state) muslCandidates(name string, asker *Object) func(func(Place) bool) {
	return func(yield func(Place) bool) {
		if strings.Contains(name, "/") {
			yield(Place{Path: s.absolute(name), By: "path"})
			return
		}
		from := func(by string, dirs []string) bool {
			for _, dir := range dirs {
				if dir != "" && !yield(Place{Path: joined(s.absolute(dir), "", name), By: by}) {
					return false
				}
			}
			return true
		}
		if !from("LD_LIBRARY_PATH", s.libraryPath) {
			return
		}
		for o := asker; o != nil; o = o.Loader {
			elements, tag := o.File.RunPath, "RUNPATH"
			if elements == nil {
				elements, tag = o.File.RPath, "RPATH"
			}
			dirs, ok := s.dirs[o]
			if !ok {
				dirs, _ = muslExpand(elements, o.origin) // none where it is void
				s.dirs[o] = dirs
			}
			if !from(tag+" of "+shown(o.Path), dirs) {
				return
			}
		}
		from("default directory", s.loader.dirs)
	}
}

// muslExpand knows $ORIGIN alone: any other token voids the whole path.
func muslExpand(elements []string, origin string) ([]string, bool) {
	var dirs []string
	for _, e := range elements {
		rest := strings.NewReplacer("$ORIGIN", "", "${ORIGIN}", "").Replace(e)
		if strings.Contains(rest, "$") {
			return nil, false
		}
		full := strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(e)
		if i := strings.LastIndex(full, outsideMark+"/"); i > 0 {
			full = full[i:]
		}
		if full != "" {
			dirs = append(dirs, full)
		}
	}
	return dirs, true
}

// muslAdd maps a file, unless it is there already or is a C library, which the
// loader's own stands in for.
func (s *state) muslAdd(name string, img *image, as string, asker *Object) *Object {
	for _, o := range s.process.Objects {
		if o.Real == img.real || sameFile(o.image, img) {
			if name != as {
				o.names = append(o.names, path.Base(shown(name)))
			}
			return o
		}
	}
	if img.defines("__libc_start_main") && img.defines("stdin") {
		return s.process.Objects[1]
	}
	o := &Object{Path: name, Real: img.real, File: img.file, image: img, Loader: asker, origin: dirOf(name), startup: !s.opening}
	if name != as {
		o.names = []string{path.Base(shown(name))}
	}
	s.process.Objects = append(s.process.Objects, o)
	return o
}
