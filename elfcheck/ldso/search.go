package ldso

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
)

const (
	// maxLooks bounds the places of a whole process: a chain of n libraries
	// with n paths each asks for n^3. A browser's closure needs some hundreds.
	maxLooks = 500_000

	// maxLooked bounds what is remembered of the places of one library, and
	// maxKept the text of those of a process. What is found is found all the
	// same.
	maxLooked = 200
	maxKept   = 16 << 20
)

// exhausted reports whether so much was looked at that no verdict is worth the
// rest; the process says so then.
func (s *state) exhausted() bool {
	if s.looks <= maxLooks {
		return false
	}
	s.process.Unknown = fmt.Sprintf("more than %d places were looked at", maxLooks)
	return true
}

// saw notes a place. Of more than are kept the last one stays: that is where
// the library was found.
func (s *state) saw(n *Need, place Place) {
	if len(n.Looked) == 0 || len(n.Looked) < maxLooked && s.kept < maxKept {
		n.Looked = append(n.Looked, place)
		s.kept += len(place.Path) + len(place.By)
		return
	}
	if n.more == 0 {
		n.Looked = append(n.Looked, place)
	} else {
		n.Looked[len(n.Looked)-1] = place
	}
	n.more++
}

// find returns the object that a name stands for: one that is there already,
// or one that is found as glibc's _dl_map_object does. Where it finds none, the
// second result says how the loader words it; without either the process is
// exhausted.
func (s *state) find(name string, asker *Object) (Need, *Failure) {
	need := Need{Name: name}
	if need.Object = s.named(name); need.Object != nil {
		return need, nil
	}
	var last error // of the last candidate that was opened in vain
	class, left := "", ""
	for dir := range s.candidates(name, asker) {
		if s.looks++; s.exhausted() {
			return need, nil
		}
		if dir.By == left {
			continue
		}
		seen := s.look(dir.Path)
		switch {
		case seen.fatal != nil:
			dir.Saw = seen.fatal.Message
			s.saw(&need, dir)
			seen.fatal.Object, seen.fatal.Subject = shown(dir.Path), name
			return need, seen.fatal
		case seen.image == nil:
			dir.Saw = seen.saw()
			s.saw(&need, dir)
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
		s.saw(&need, dir)
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
		Why:      need.lookedAt(),
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

func (n *Need) lookedAt() string {
	if len(n.Looked) == 0 {
		return "no directory to look in"
	}
	var names []string
	for i, p := range n.Looked {
		if n.leftOut(i) > 0 {
			names = append(names, fmt.Sprintf("... and %d more", n.leftOut(i)))
		}
		names = append(names, fmt.Sprintf("%s (%s: %s)", shown(p.Path), p.By, p.Saw))
	}
	return "looked at " + strings.Join(names, ", ")
}

// leftOut is how many places are not kept that were looked at before place i.
func (n *Need) leftOut(i int) int {
	if i == len(n.Looked)-1 {
		return max(n.more-1, 0)
	}
	return 0
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
