package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/zipdir"
)

// A Walker walks containers within its limits. It may be shared.
type Walker struct{ Limits Limits }

// Knows reports whether a file that begins with these bytes, of which there
// should be 1024, may be a container.
func (Walker) Knows(start []byte) bool {
	return isContainer(start)
}

func isContainer(start []byte) bool { return compressionOf(start) != nil || readerFor(start) != nil }

// Walk calls found for every file in a container, and in those in it, that is
// wanted by its name or its first bytes, in the order in which they stand; but of
// a zip archive what is wanted by its name alone comes first. Found gets the
// container that the file is in ("" for this one, "!a.whl!b.jar" for one in one
// in it), and its name there; a compressed file that is no container has none.
// The file can be read until found returns. What cannot be read is told in the
// same way, with an error: one damaged member hides no other. What is no
// container after all is [abi.ErrFormat].
//
// Links are not followed: what they lead to in the container is met on its own.
func (w Walker) Walk(ctx context.Context, r io.ReaderAt, size int64, want func(name string, start []byte) bool, found func(in, name string, r io.ReaderAt, size int64, err error)) error {
	r = honest{r}
	in := walk{budget: &budget{ctx: ctx, limits: w.Limits.withDefaults(), size: size}, want: want, found: found}
	start := make([]byte, startSize)
	n, err := r.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return err
	}
	return in.open(place{}, blob{start: start[:n], at: r, size: size}, 0)
}

// An honest reader says why it gives fewer bytes than it was asked for. One
// that gives none and no error keeps who reads a stream of it for ever.
type honest struct{ io.ReaderAt }

func (h honest) ReadAt(b []byte, off int64) (int, error) {
	n, err := h.ReaderAt.ReadAt(b, off)
	if n < len(b) && err == nil {
		err = io.ErrNoProgress
	}
	return n, err
}

type walk struct {
	budget *budget
	want   func(name string, start []byte) bool
	found  func(in, name string, r io.ReaderAt, size int64, err error)
}

// A place is where a file stands.
type place struct {
	in   string // the place of its container, as written
	name string
}

func (p place) String() string {
	if p.name == "" {
		return p.in
	}
	return p.in + "!" + p.name
}

// inside is the place of a file in a container that stands here.
func (p place) inside(name string) place { return place{p.String(), quoted(name)} }

// A blob is a file in a container, which may be read at will, or else once
// from its start.
type blob struct {
	start []byte // the first bytes; valid until the next member is looked at
	at    io.ReaderAt
	size  int64
	r     io.Reader // where at is nil: what follows start
}

func (b blob) stream() io.Reader {
	if b.at != nil {
		return io.NewSectionReader(b.at, 0, b.size)
	}
	return io.MultiReader(bytes.NewReader(b.start), b.r)
}

// atWill takes a blob up where it cannot be read at will otherwise.
func (w *walk) atWill(b blob, do func(at io.ReaderAt, size int64) error) error {
	if b.at != nil {
		return do(b.at, b.size)
	}
	h, err := w.budget.take(b.stream())
	defer h.release()
	if err != nil {
		return err
	}
	return do(h, h.size)
}

// interesting reports whether a file that begins so has to be looked into: a script
// may have a zip archive behind it.
func (w *walk) interesting(name string, start []byte) bool {
	return isContainer(start) || zipdir.IsScript(start) || w.want(strings.TrimPrefix(name, "./"), start)
}

// open looks into a file with depth containers around it. What is neither
// native nor a container is abi.ErrFormat.
func (w *walk) open(p place, b blob, depth int) error {
	if c := compressionOf(b.start); c != nil {
		return w.compressed(p, c, b, depth)
	}
	if zipdir.IsScript(b.start) {
		return w.script(p, b, depth)
	}
	if read := readerFor(b.start); read != nil {
		if err := w.budget.depth(depth); err != nil {
			return err
		}
		return read(w, p, b, depth+1)
	}
	if !w.want(p.name, b.start) {
		return abi.ErrFormat
	}
	return w.atWill(b, func(at io.ReaderAt, size int64) error {
		w.found(p.in, p.name, at, size, nil)
		return nil
	})
}

// script looks into the zip archive that a script may have behind it. One in a stream is
// held until its end tells; to be more than may be held is wrong only with an archive.
func (w *walk) script(p place, b blob, depth int) error {
	if b.at != nil {
		return w.behind(p, b, depth)
	}
	var end tail
	in := io.TeeReader(b.stream(), &end)
	h, err := w.budget.take(in)
	defer h.release()
	if errors.Is(err, errHeld) {
		if _, err := io.Copy(io.Discard, in); err != nil {
			return err
		}
		if !zipdir.IsApplication(b.start, &end, end.size) {
			return abi.ErrFormat
		}
	}
	if err != nil {
		return err
	}
	return w.behind(p, blob{start: b.start, at: h, size: h.size}, depth)
}

func (w *walk) behind(p place, b blob, depth int) error {
	if !zipdir.IsApplication(b.start, b.at, b.size) {
		return abi.ErrFormat
	}
	if err := w.budget.depth(depth); err != nil {
		return err
	}
	return w.zip(p, b, depth+1)
}

// compressed looks into a stream. It is no container of its own, and what is in
// it stands in its place, but for one that is compressed twice.
func (w *walk) compressed(p place, c *compression, b blob, depth int) error {
	if c.peek != nil {
		if inner := c.peek(b.start); len(inner) >= startSize/2 && !w.worth(p.name, inner) {
			return abi.ErrFormat
		}
	}
	x, err := w.budget.decompress(c, b.stream())
	if err != nil {
		return err
	}
	defer x.close()
	return w.inside(p, x, depth)
}

func (w *walk) inside(p place, x io.Reader, depth int) error {
	start := make([]byte, startSize)
	n, err := readStart(x, start)
	if err != nil {
		return err
	}
	start = start[:n]
	if !w.worth(p.name, start) {
		return abi.ErrFormat
	}
	if compressionOf(start) != nil {
		if err := w.budget.depth(depth); err != nil {
			return err
		}
		depth++
	}
	if err := w.open(p, blob{start: start, r: x}, depth); err != nil {
		return err
	}
	// The checksum stands at the end.
	_, err = io.Copy(io.Discard, x)
	return err
}

// worth is interesting for what is in a compressed stream.
func (w *walk) worth(name string, start []byte) bool {
	return w.interesting(name, start) && !isObject(start)
}

// member looks at a member of a container. Its errors are told; only those that
// end the whole walk come back.
func (w *walk) member(p place, name string, b blob, depth int) error {
	if !w.interesting(name, b.start) {
		return nil
	}
	p = p.inside(name)
	return w.tell(p, w.open(p, b, depth))
}

func (w *walk) tell(p place, err error) error {
	switch {
	case err == nil || errors.Is(err, abi.ErrFormat):
		return nil
	case isStop(err):
		return err
	}
	w.found(p.in, p.name, nil, 0, err)
	return nil
}

// checkName counts a member and tells of names that lead out of the container.
// Nothing is ever written here, but they were made to be.
func (w *walk) checkName(p place, name string) error {
	if err := w.budget.member(); err != nil {
		return err
	}
	if why := escapes(name); why != "" {
		return w.tell(p.inside(name), fmt.Errorf("the name %s: whoever unpacks it writes outside", why))
	}
	return nil
}

// escapes says how a name leads out of the directory that it is unpacked in, or
// "". To Windows a backslash is a slash.
func escapes(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if strings.HasPrefix(name, "/") || len(name) > 2 && name[1] == ':' && name[2] == '/' {
		return "is absolute"
	}
	if !strings.Contains(name, "..") {
		return ""
	}
	depth := 0
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return "leaves the container"
			}
		default:
			depth++
		}
	}
	return ""
}

// quoted is a name as a place shows it: without the ./ that tar puts before
// names, and quoted where it is not what it seems.
func quoted(name string) string {
	if escapes(name) != "" {
		return strconv.Quote(name)
	}
	return strings.TrimPrefix(name, "./")
}

// readStart fills b as far as there is something.
func readStart(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) {
		m, err := r.Read(b[n:])
		n += m
		if err == io.EOF {
			break
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
