package luajit

import (
	"fmt"
	"slices"
	"strings"
)

// Detect tells what of LuaJIT is in an image. It reads all of its regions,
// once, and those of a file that holds a LuaJIT twice; [Suspect] and [Sampled]
// tell whether that is worth its time.
//
// The Info is there whenever the error is nil; where nothing was found its Role
// is [None]. PUC's Lua and Luau are None. A region that cannot be read whole is
// an error.
func Detect(img Image) (*Info, error) {
	code, rest, err := spans(img.Regions)
	if err != nil {
		return nil, err
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	d := detection{img: img, code: code, rest: rest, buf: *buf}
	d.info.Role = None

	head, err := d.findInterpreter()
	if err != nil {
		return nil, err
	}
	linked := d.judgeLinks()
	switch {
	case d.dispatches > 0 || head.n > 0 || !linked && d.judgeSymbols():
		d.info.Role = Embedded
		if err := d.judgeBuild(head.n > 0); err != nil {
			return nil, err
		}
	case linked:
		d.info.Role = Linked
	case d.names.n > 0:
		d.info.Role = Mentions
		d.sayHits(nameText, d.names)
	case img.Part:
		d.judgeHardened() // lj_mcode.o has nothing else to say
	default:
		return &d.info, nil
	}
	if err := d.findBytecode(); err != nil {
		return nil, err
	}
	d.judgeProcessor()
	if err := d.judgeVersion(); err != nil {
		return nil, err
	}
	return &d.info, nil
}

// A detection is the work of one call of Detect.
type detection struct {
	img        Image
	code, rest []span // executable and not
	buf        []byte
	info       Info

	dispatches  int // of all modes
	first, last int64
	names       hits
}

// A file may be made to give any number of lines; a reader wants the first.
const mostEvidence = 32

// say adds a line of evidence.
func (d *detection) say(format string, args ...any) {
	if len(d.info.Evidence) == mostEvidence {
		return
	}
	d.info.Evidence = append(d.info.Evidence, fmt.Sprintf(format, args...))
}

func (d *detection) sayHits(s signature, h hits) {
	times := "once"
	if h.n > 1 {
		times = fmt.Sprintf("%d times, first", h.n)
	}
	d.say("%s: %s at offset %#x", s.name, times, h.at[0])
}

// findInterpreter looks for what every LuaJIT has: the dispatch of its
// interpreter and the head of its error messages.
func (d *detection) findInterpreter() (head hits, err error) {
	texts := []signature{errorMessages, nameText}
	signatures := texts
	var candidates []dispatch
	for _, v := range dispatches {
		if v.arch == d.img.Platform.Arch {
			candidates = append(candidates, v)
			signatures = append(signatures, v.signature)
		}
	}
	found := make([]hits, len(signatures))
	if err := scan(d.buf, d.code, signatures, found); err != nil {
		return hits{}, err
	}
	if err := scan(d.buf, d.rest, texts, found); err != nil {
		return hits{}, err
	}
	d.judgeDispatch(candidates, found[len(texts):])
	head, d.names = found[0], found[1]
	if head.n > 0 {
		d.sayHits(errorMessages, head)
	}
	return head, nil
}

// judgeDispatch sets the mode. Two interpreters of different modes in one file
// leave it unknown.
func (d *detection) judgeDispatch(candidates []dispatch, found []hits) {
	for i, v := range candidates {
		h := found[i]
		if h.n == 0 {
			continue
		}
		d.sayHits(v.signature, h)
		if h.n < fewestDispatches {
			d.say("%s: too few for an interpreter, which has %d or more", v.name, fewestDispatches)
			continue
		}
		if d.dispatches == 0 {
			d.info.GC64, d.first, d.last = v.gc64, h.at[0], h.last
		} else if d.info.GC64 != v.gc64 {
			d.info.GC64 = Unknown
			d.say("GC64: not known, since there is an interpreter of each mode")
		}
		d.dispatches += h.n
	}
}

// judgeSymbols tells whether the symbols say that the VM is in the file.
func (d *detection) judgeSymbols() bool {
	for _, name := range d.img.Defined {
		if name == "luaJIT_setmode" || strings.HasPrefix(name, "lj_vm_") {
			d.say("symbol %q is defined", name)
			return true
		}
	}
	return false
}

// judgeLinks tells whether the file asks for a LuaJIT outside of it.
func (d *detection) judgeLinks() bool {
	linked := false
	for _, name := range d.img.Libraries {
		if IsLibrary(name) {
			d.say("library %q is needed", name)
			linked = true
		}
	}
	if d.ofLuaJIT() {
		return linked
	}
	for _, name := range d.img.Imported {
		if strings.HasPrefix(name, "luaJIT_") {
			d.say("symbol %q is imported", name)
			linked = true
		}
	}
	return linked
}

// ofLuaJIT tells whether an object is one of LuaJIT's own, which call each
// other: what it imports is then in the next.
func (d *detection) ofLuaJIT() bool {
	return d.img.Part && slices.ContainsFunc(d.img.Imported, func(name string) bool { return strings.HasPrefix(name, "lj_") })
}
