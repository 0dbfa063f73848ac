package ldso

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// modelled lists the paths of loaders whose ways are known here.
func modelled() (paths []string) {
	for _, l := range elfcheck.Loaders() {
		if l.Libc == abi.Glibc || l.Libc == abi.Musl {
			paths = append(paths, l.Path)
		}
	}
	return paths
}

// A loader is what a loader's own file tells of how it works.
type loader struct {
	path    string
	image   *image
	libc    abi.Libc
	version abi.Version
	// dirs are the directories compiled into it.
	dirs []string
	// lib is what $LIB stands for.
	lib string
	// patched: it passes over a library of another machine before it looks at
	// the byte order, as Debian's and Ubuntu's do.
	patched bool
	cache   *cache // of ld.so.cache; nil where there is none
}

// loaderAt reads the loader at a path. The error is that of opening the path.
func (s *Space) loaderAt(name string) (*loader, error) {
	img, err := s.open(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.loaders[img.real]; l != nil {
		return l, nil
	}
	l := &loader{path: name, image: img, libc: elfcheck.LibcOfInterpreter(name)}
	if l.libc == "" && img.file != nil { // by a link of another name
		l.libc = elfcheck.LibcOfInterpreter(img.file.SOName)
	}
	if img.file != nil {
		if l.describe(img.constants()); l.version == "" {
			l.describe(s.contents(img.real))
		}
		if l.libc == abi.Glibc {
			l.cache = s.readCache()
			s.describeOld(l)
		} else if l.libc == abi.Musl {
			l.dirs = s.muslDirs(name)
		}
	}
	s.loaders[img.real] = l
	return l, nil
}

// maxLoader bounds what is read of a loader's file. They have 200 KiB; musl's,
// which is its whole C library, 800.
const maxLoader = 16 << 20

func (s *Space) contents(name string) []byte {
	t, rest := s.tree(name)
	f, err := t.paths.Open(rest)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	b := make([]byte, min(info.Size(), maxLoader))
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil
	}
	return b[:n]
}

// constants reads of a loader what is neither code nor written to, where linkers have
// put that by itself: a fifth of the file, all of which took a thirtieth of what a small
// program takes.
func (img *image) constants() (b []byte) {
	_ = img.with(func(r io.ReaderAt) error { // or less was found
		for _, seg := range img.file.Segments {
			room := min(img.size, maxLoader-int64(len(b))-1)
			if seg.Type != elf.PT_LOAD || seg.Flags&(elf.PF_W|elf.PF_X) != 0 || room < 0 || seg.FileSize > uint64(room) {
				continue
			}
			from := len(b)
			b = append(b, make([]byte, seg.FileSize+1)...) // a NUL behind each
			if _, err := r.ReadAt(b[from:len(b)-1], int64(seg.Offset)); err != nil {
				return err
			}
		}
		return nil
	})
	return b
}

var muslVersion = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\x00(1\.[0-9]+\.[0-9]+)(?:-git[-0-9a-z]*)?\x00`)
})

func (l *loader) describe(b []byte) {
	switch l.libc {
	case abi.Glibc:
		l.readBanner(b)
		l.dirs = systemDirs(b)
		l.lib = "lib"
		for _, dir := range l.dirs {
			if rest := strings.TrimPrefix(dir, "/"); !strings.HasPrefix(rest, "usr/") && rest != "lib" {
				l.lib = rest
				break
			}
		}
	case abi.Musl:
		for from := 0; l.version == ""; {
			i := bytes.Index(b[from:], []byte("\x001."))
			if i < 0 {
				break
			}
			from += i
			if m := muslVersion().FindSubmatch(b[from:min(len(b), from+40)]); m != nil {
				l.version = abi.Version(m[1])
			}
			from++
		}
	}
}

// readBanner looks for what is in every libc.so.6, and from 2.33 on in ld.so: "GNU
// C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36."
func (l *loader) readBanner(b []byte) {
	before, after, ok := bytes.Cut(b, []byte(" release version "))
	if !ok {
		return
	}
	before = before[max(0, len(before)-200):]
	at := max(bytes.LastIndex(before, []byte("ld.so (")), bytes.LastIndex(before, []byte("GNU C Library (")))
	made, kind, ok := bytes.Cut(before[max(at, 0):], []byte(") "))
	if at < 0 || !ok || string(kind) != "stable" && string(kind) != "development" {
		return
	}
	n := bytes.IndexFunc(after, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if v, err := abi.ParseVersion(string(bytes.TrimRight(after[:max(n, 0)], "."))); err == nil {
		l.version = v
		l.patched = bytes.Contains(made, []byte("Debian")) || bytes.Contains(made, []byte("Ubuntu"))
	}
}

// describeOld asks the C library beside a loader that does not say its release.
func (s *Space) describeOld(l *loader) {
	places := []string{l.cache.lookup("libc.so.6", l.image.file.Platform.Arch, nil, 0)}
	for _, dir := range l.dirs {
		places = append(places, path.Join(dir, "libc.so.6"))
	}
	for _, place := range places {
		if l.version != "" || place == "" {
			continue
		}
		l.readBanner(s.contents(place))
	}
}

// systemDirs finds the directories that were compiled in: strings one after
// the other, each with a slash at its end.
func systemDirs(b []byte) []string {
	var best []string
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte("/\x00"))
		if i < 0 {
			break
		}
		start := bytes.LastIndexByte(b[:from+i], 0) + 1
		var dirs []string
		for start < len(b) && b[start] == '/' {
			end := bytes.IndexByte(b[start:], 0)
			if end < 2 || b[start+end-1] != '/' {
				break
			}
			dirs = append(dirs, path.Clean(string(b[start:start+end])))
			start += end + 1
		}
		if len(dirs) > len(best) && strings.Contains(dirs[0], "lib") {
			best = dirs
		}
		from = max(start, from+i+2)
		if from >= len(b) {
			break
		}
	}
	if best == nil {
		return []string{"/lib64", "/usr/lib64"}
	}
	return best
}

// muslDirs reads the path file of musl, or returns what stands in for it.
func (s *Space) muslDirs(loader string) []string {
	base := strings.TrimSuffix(path.Base(loader), ".so.1")
	prefix := path.Dir(path.Dir(loader))
	list := "/lib:/usr/local/lib:/usr/lib"
	if real, info, err := s.root.paths.Resolve(path.Join(prefix, "etc", base+".path")); err == nil && info.Mode().IsRegular() {
		if b, err := fs.ReadFile(s.root.fs, strings.TrimPrefix(real, "/")); err == nil {
			list = string(b)
		}
	}
	return strings.FieldsFunc(list, func(r rune) bool { return r == ':' || r == '\n' })
}
