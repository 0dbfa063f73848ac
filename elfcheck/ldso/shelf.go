package ldso

import (
	"cmp"
	"slices"
	"sync"
	"unsafe"
)

// maxShelf is the room, in bytes, that the libraries of a tree may take between two
// programs. What went unused longest is read again when it is asked for. Over
// Debian's 2,700 commonest files, which bring 680 libraries, 12 MiB cost no time that
// could be measured, 8 MiB a fifth.
const maxShelf = 12 << 20

// A shelf has the images of a tree that are kept. It is safe for use by several
// goroutines.
type shelf struct {
	mu     sync.Mutex
	images map[string]*image // by their place, without links
	weight int
	clock  uint64
	most   int // of weight; maxShelf, but in tests
}

func newShelf() *shelf { return &shelf{images: map[string]*image{}, most: maxShelf} }

// take returns the image at a place, or a new one, which is kept if that is said.
func (s *shelf) take(place string, keep bool, image func() *image) *image {
	s.mu.Lock()
	defer s.mu.Unlock()
	img := s.images[place]
	if img == nil {
		if img = image(); keep {
			s.images[place] = img
		}
	}
	s.clock++
	img.used = s.clock
	return img
}

func (s *shelf) has(place string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.images[place] != nil
}

// weigh makes room for an image that was read.
func (s *shelf) weigh(place string, img *image) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.images[place] != img {
		return // it has been read for so long that it made room for others
	}
	img.weight = img.room()
	if s.weight += img.weight; s.weight <= s.most {
		return
	}
	places := make([]string, 0, len(s.images))
	for place := range s.images {
		places = append(places, place)
	}
	slices.SortFunc(places, func(a, b string) int { return cmp.Compare(s.images[a].used, s.images[b].used) })
	for _, place := range places {
		if s.weight <= s.most-s.most/4 || s.images[place] == img {
			return
		}
		s.weight -= s.images[place].weight
		delete(s.images, place)
	}
}

// room is about how many bytes an image takes: its table and, beside what every file
// has, the names that rules ask for, which are as many as its references.
func (img *image) room() int {
	const file, name = 8 << 10, 64
	t := &img.symbols
	return file + len(t.names) + len(t.refs)*(name+int(unsafe.Sizeof(relocated{}))) +
		8*(len(t.defs)+len(t.canonical)+len(t.bloom)) + 4*len(t.heads)
}
