package luajit

import (
	"slices"
	"strings"
)

// judgeBuild answers how the LuaJIT in the file was built.
func (d *detection) judgeBuild(messages bool) error {
	signatures := []signature{jitOn, jitOff, jitNone, ffiOn, mustUse, abiGC64, abi64Bit}
	for _, f := range forks {
		signatures = append(signatures, f.signature)
	}
	found := make([]hits, len(signatures))
	for _, part := range [][]span{d.code, d.rest} {
		if err := scan(d.buf, part, signatures, found); err != nil {
			return err
		}
	}
	has := func(s signature) bool {
		for i := range signatures {
			if signatures[i] == s && found[i].n > 0 {
				d.sayHits(s, found[i])
				return true
			}
		}
		return false
	}
	on, off := has(jitOn), has(jitOff) || has(jitNone)
	d.info.JIT = d.decide("JIT", on, off)
	// Without FFI its messages are left out of the array, so their absence
	// counts where the array is there.
	ffi := has(ffiOn)
	d.info.FFI = d.decide("FFI", ffi, messages && !ffi)
	for i, f := range forks {
		if d.info.Fork != "" || !has(f.signature) {
			continue
		}
		d.info.Fork = f.name
		if f.banner {
			for _, at := range found[len(found)-len(forks)+i].at {
				d.names.at = append(d.names.at, at+1)
			}
		}
	}
	d.doubtGC64(has(mustUse), has(abiGC64), has(abi64Bit))
	d.judgeHardened()
	d.countAPI()
	if err := d.judgeGetTop(); err != nil {
		return err
	}
	return d.judgeDualNum()
}

// decide turns evidence for and against into an answer.
func (d *detection) decide(what string, yes, no bool) Answer {
	switch {
	case yes && no:
		d.say("%s: not known, since there is evidence for both answers", what)
		return Unknown
	case yes:
		return Yes
	case no:
		return No
	}
	return Unknown
}

// doubtGC64 holds the texts against what the code has said. They do not decide:
// linkers leave some of them out, and any program may have them.
func (d *detection) doubtGC64(mustUse, gc64, bits64 bool) {
	without := mustUse || bits64 && !gc64
	switch {
	case d.info.GC64 == Yes && without:
		d.say("GC64: the messages disagree with the dispatch, which decides")
	case d.info.GC64 == No && gc64:
		d.say("GC64: the answers of ffi.abi disagree with the dispatch, which decides")
	}
}

const darwin = "darwin"

// judgeHardened goes by the function that switches the protection of memory of
// MAP_JIT: LuaJIT calls it in a build with LUAJIT_ENABLE_OSX_HRT for macOS 11 or
// later, and in no other. A program with a second JIT may have it from there.
func (d *detection) judgeHardened() {
	const protect = "pthread_jit_write_protect_np"
	if d.img.Platform.OS == darwin && !d.img.Part {
		d.info.Hardened = No
	}
	for _, name := range d.img.Imported {
		if name == protect {
			d.info.Hardened = Yes
			d.say("symbol %q is imported", name)
		}
	}
}

// countAPI counts what of it other files can call.
func (d *detection) countAPI() {
	for _, name := range d.img.Defined {
		if isAPI(name) {
			d.info.API++
		}
	}
}

// judgeDualNum counts the jumps that tell integers from numbers, in the code of
// the interpreter alone: the pattern is too short for a whole file.
func (d *detection) judgeDualNum() error {
	for _, v := range dualNums {
		if d.dispatches == 0 || v.arch != d.img.Platform.Arch || v.gc64 != d.info.GC64 {
			continue
		}
		signatures := []signature{
			{"", v.compare + "\x75", 0}, {"", v.compare + "\x0f\x85", 0}, // jne
			{"", v.compare + "\x73", 0}, {"", v.compare + "\x0f\x83", 0}, // jae
		}
		found := make([]hits, len(signatures))
		interpreter := span{start: d.first, end: d.last}
		if err := scan(d.buf, intersect(d.code, interpreter), signatures, found); err != nil {
			return err
		}
		integers, numbers := found[0].n+found[1].n, found[2].n+found[3].n
		d.info.DualNum = d.decide("DUALNUM", integers > fewestJumps, integers == 0 && numbers > fewestJumps)
		d.say("%d comparisons of tags ask for integers, %d for numbers", integers, numbers)
	}
	return nil
}

// judgeProcessor gives the answers that the processor alone gives, for every
// LuaJIT there is.
func (d *detection) judgeProcessor() {
	if d.info.Role == Mentions || d.info.Role == None {
		return
	}
	known := always[d.img.Platform.Arch]
	if d.info.GC64 == Unknown {
		d.info.GC64 = known.gc64
	}
	if d.info.DualNum == Unknown {
		d.info.DualNum = known.dualNum
	}
	// LuaJIT 2.0 has no GC64, and the linker checks this import.
	if d.img.Platform.Arch == "amd64" && d.info.Role == Linked {
		for _, name := range d.img.Imported {
			if strings.HasPrefix(name, "luaJIT_version_2_0_") {
				d.info.GC64 = No
			}
		}
	}
}

// judgeVersion looks for a version that stands by itself or begins LuaJIT's
// banner; one inside of a text may be of any other LuaJIT.
func (d *detection) judgeVersion() error {
	seen := map[string]bool{}
	for _, at := range d.names.at {
		text, err := d.peek(at)
		if err != nil {
			return err
		}
		version := parseVersion(text)
		if version == "" || seen[version] {
			continue
		}
		seen[version] = true
		d.say("version %s at offset %#x", version, at)
		if d.info.Version == "" {
			d.info.Version = version
		}
	}
	return nil
}

// parseVersion returns the 2.1.1727870382 of "LuaJIT 2.1.1727870382" followed
// by a zero byte, or "".
func parseVersion(text string) string {
	name, v, _ := strings.Cut(text, " ")
	branch := map[string]string{nameText.bytes: "2.", "moonjit": "2.", "RaptorJIT": "1."}[name]
	if branch == "" || !strings.HasPrefix(v, branch) {
		return ""
	}
	const letters = "0123456789.-+~abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	end := strings.IndexFunc(v, func(r rune) bool { return !strings.ContainsRune(letters, r) })
	if end < 0 || v[end] != 0 && !strings.HasPrefix(v[end:], " -- Copyright") {
		return ""
	}
	return v[:end]
}

// findBytecode reads the dumps that the file holds. One in another, as a chunk
// that has a chunk in a string, is of the outer one.
func (d *detection) findBytecode() error {
	found := make([]hits, 1)
	for _, part := range [][]span{d.code, d.rest} {
		if err := scan(d.buf, part, []signature{dumpMagic}, found); err != nil {
			return err
		}
	}
	end := int64(0)
	for _, at := range found[0].at {
		s, ok := d.around(at)
		if !ok || at < end {
			continue
		}
		b, ok, err := ReadBytecode(s.data, at, s.end)
		if err != nil {
			return err
		}
		if ok {
			d.say("%s", b)
			d.info.Bytecode = append(d.info.Bytecode, b)
			end = at + b.Size
		}
	}
	return nil
}

// around returns the span that has an offset.
func (d *detection) around(at int64) (span, bool) {
	for _, s := range slices.Concat(d.code, d.rest) {
		if at >= s.start && at < s.end {
			return s, true
		}
	}
	return span{}, false
}

// peek returns the bytes at an offset, up to as many as a version has.
func (d *detection) peek(at int64) (string, error) {
	s, ok := d.around(at)
	if !ok {
		return "", nil
	}
	p := make([]byte, min(64, s.end-at))
	err := read(s.data, p, at)
	return string(p), err
}
