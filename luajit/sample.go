package luajit

import (
	"slices"
	"strings"
	"sync"
)

// Of each stride of code a sample is searched. The dispatches of an interpreter
// stand close: over 8.9 KiB or more, on arm64 13.7, with gaps of 3.7 KiB at most, in
// each of the builds that were measured (2.0.0 to 2026-08, forks, five processors).
// So none lies between two samples, and no sample between two dispatches.
const (
	sampleSize        = 4 << 10
	sampleStride      = 10 << 10
	sampleStrideARM64 = 16 << 10
)

var samples = sync.Pool{New: func() any { return new([sampleSize]byte) }}

// LeastSpan is less than the dispatches of any interpreter extend over. It is
// of assembly, and one function to tables for unwinding: none begins in there.
// So a reader that has such a table may leave shorter functions out of the
// regions that it has [Sampled].
const LeastSpan = 8 << 10

// Sampled tells whether a [Suspect] is worth a [Detect]: whether a name speaks
// for a LuaJIT or a sample of its code has a piece of the interpreter. It reads
// less than half of the code and nothing else; most suspects are large libraries that
// have to do with mathematics or memory, and that is how they are let go. What
// only mentions LuaJIT is let go too.
func Sampled(img Image) (bool, error) {
	signatures := dispatchesOf(img.Platform.Arch)
	if img.Part || len(signatures) == 0 || named(img) {
		return true, nil
	}
	code, _, err := spans(img.Regions)
	if err != nil {
		return false, err
	}
	buf := samples.Get().(*[sampleSize]byte)
	defer samples.Put(buf)
	found := make([]hits, len(signatures))
	stride := int64(sampleStride)
	if img.Platform.Arch == "arm64" {
		stride = sampleStrideARM64
	}
	for _, s := range code {
		for at := s.start; at < s.end; at += stride {
			window := buf[:min(sampleSize, s.end-at)]
			if err := read(s.data, window, at); err != nil {
				return false, err
			}
			for i := range signatures {
				if signatures[i].find(window, at, &found[i]); found[i].n > 0 {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

func dispatchesOf(arch string) []signature {
	var signatures []signature
	for _, v := range dispatches {
		if v.arch == arch {
			signatures = append(signatures, v.signature)
		}
	}
	return signatures
}

// named tells whether a name speaks for a LuaJIT or another Lua.
func named(img Image) bool {
	return slices.ContainsFunc(img.Libraries, IsLibrary) || slices.ContainsFunc(img.Defined, isLuaSymbol) ||
		slices.ContainsFunc(img.Imported, func(name string) bool { return strings.HasPrefix(name, "luaJIT_") })
}
