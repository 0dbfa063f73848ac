package dyld

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/abivet/abivet/machocheck"
)

// A query asks for a library.
type query struct {
	name   string
	static bool // by a load command, not by dlopen
	weak   bool
	// inserted is of DYLD_INSERT_LIBRARIES
	inserted bool
	asker    *Object
	link     *chain
}

// An answer is what a query found: an object, a library of the system, a reason
// why it cannot be told, or nothing.
type answer struct {
	object  *Object
	system  string
	unknown string
	looked  []Place
	why     string   // there was nothing to look at
	worst   *refusal // of a file that stood there and was not taken
}

func (a *answer) found() bool { return a.object != nil || a.system != "" }

const (
	// maxPlaces bounds the places of a whole process: a chain of n libraries
	// with n paths each asks for n^3. A browser's closure needs some hundreds.
	maxPlaces = 200_000

	// maxLooked bounds what is remembered of the places of one library.
	maxLooked = 200
)

// find looks for a library as Loader::getLoader does. A place whose file is not
// taken does not end the search.
func (s *state) find(q query) answer {
	var a answer
	if strings.HasPrefix(q.name, "@rpath/") || strings.HasPrefix(q.name, "/") {
		if a.object = s.byName[q.name]; a.object != nil {
			return a
		}
	}
	for place := range s.candidates(q) {
		if s.places++; s.places > maxPlaces {
			a.unknown = fmt.Sprintf("more than %d places were looked at", maxPlaces)
			return a
		}
		s.look(q, place, &a)
		if a.found() {
			s.byItself(q, place)
			break
		}
	}
	if !a.found() && isRelative(q.name) && s.byName[q.name] != nil {
		a.object = s.byName[q.name] // by its install name, in the end
	}
	if a.found() {
		a.unknown = ""
	} else if len(a.looked) == 0 && a.unknown == "" {
		a.why = s.noPlace(q)
	}
	return a
}

// byItself gives up the verdict where a restricted program names the place by
// LC_DYLD_ENVIRONMENT: AMFI says whether that counts, and is not public.
func (s *state) byItself(q query, place Place) {
	if place.By == byEmbedded && !s.trusting {
		s.process.doubt(fmt.Sprintf("%s is found by LC_DYLD_ENVIRONMENT; it is not known whether macOS heeds that in a restricted program", q.name))
	}
}

// look tries one place.
func (s *state) look(q query, place Place, a *answer) {
	saw := func(text string) {
		place.Saw = text
		if len(a.looked) < maxLooked {
			a.looked = append(a.looked, place)
		}
	}
	name := place.Path
	if o := s.byName[name]; o != nil {
		saw("")
		a.object = o
		return
	}
	if isRelative(name) && !strings.HasPrefix(name, outsideMark) {
		if !s.trusting {
			saw("relative path not allowed in hardened program")
			return
		}
		name = path.Join("/", s.request.Dir, name)
	}
	known := s.system(name)
	if known.there && place.By != byDisk {
		saw("")
		a.system = known.name
		return
	}
	s.lookOnDisk(name, place, known, q, a, saw)
}

// lookOnDisk tries a place that is not in the cache of the system's libraries.
func (s *state) lookOnDisk(name string, place Place, known system, q query, a *answer, saw func(string)) {
	f, err := s.space.open(name)
	switch {
	case err != nil && known.unknown != "" && place.By != byDisk && place.By != byFallback:
		// A library that is tried at last is one that was to be brought along:
		// the system has no other of that name.
		saw("not known: " + known.unknown)
		if a.unknown == "" {
			a.unknown = known.unknown
		}
		return
	case err != nil:
		saw(absent(place, err))
		return
	case !f.info.Mode().IsRegular():
		saw("not a file")
		return
	}
	if a.object = s.loaded(f); a.object != nil {
		saw("")
		return
	}
	img, refused := s.mappable(place.Path, f, q.static)
	if refused != nil {
		saw(refused.text)
		if a.worst == nil {
			a.worst = refused
		}
		return
	}
	saw("")
	a.object = s.add(img, q.asker)
}

// absent is what dyld says of a place where nothing is.
func absent(place Place, err error) string {
	cache := ""
	if isSystem(place.Path) && place.By != byDisk && !strings.HasPrefix(place.Path, cryptex) {
		cache = ", not in dyld cache"
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "errno=13" + cache
	case errors.Is(err, fs.ErrNotExist), strings.Contains(err.Error(), "not a directory"):
		return "no such file" + cache
	}
	return err.Error() + cache
}

// noPlace says why there was nothing to look at.
func (s *state) noPlace(q query) string {
	switch {
	case strings.HasPrefix(q.name, "@rpath/"):
		for link := q.link; link != nil; link = link.previous {
			if len(link.object.File.RPaths) > 0 {
				return "no LC_RPATH's used.  They may be invalid, eg, not start with '@loader_path' or '@executable_path'"
			}
		}
		return "no LC_RPATH's found"
	case strings.HasPrefix(q.name, "@executable_path/"):
		return "tried: '" + q.name + "' (the program is not known)"
	}
	return "tried: '" + q.name + "' (no such file)"
}

// notLoaded is the failure of a library that was not found.
func (s *state) notLoaded(q query, a answer) Failure {
	reason := a.why
	for i, place := range a.looked {
		if i == 0 {
			reason = "tried: "
		} else {
			reason += ", "
		}
		reason += fmt.Sprintf("'%s' (%s)", shown(place.Path), place.Saw)
	}
	f := Failure{
		Category: MissingLibrary, Object: shown(q.asker.Path), Subject: q.name, Places: a.looked,
		Message: fmt.Sprintf("Library not loaded: %s\n  Referenced from: <%s> %s%s\n  Reason: %s",
			q.name, uuidOf(q.asker.File), shown(q.asker.Path), s.tooNew(q.asker.File), reason),
		Host: s.process.Plugin && (strings.HasPrefix(q.name, "@rpath/") || strings.HasPrefix(q.name, "@executable_path/")),
	}
	if a.worst != nil {
		f.Category, f.Why = a.worst.category, a.worst.why
	}
	f.Elsewhere = s.space.elsewhere(q.name)
	return f
}

func uuidOf(f *machocheck.File) string {
	if f.UUID == "" {
		return "no uuid"
	}
	return f.UUID
}

// tooNew is what dyld adds to an error of a file that was built for a newer
// release.
func (s *state) tooNew(f *machocheck.File) string {
	if f.Platform.OS != "darwin" || !s.process.Release.Less(f.MinOS) {
		return ""
	}
	return fmt.Sprintf(" (built for macOS %s which is newer than running OS)", f.MinOS)
}

// isRelative reports whether a path is looked up from the working directory.
func isRelative(name string) bool {
	return name != "" && name[0] != '/' && name[0] != '@' && !strings.HasPrefix(name, outsideMark)
}
