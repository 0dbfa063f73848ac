package ldso

import (
	"debug/elf"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/elfcheck"
)

// Of a loader is read what is neither code nor written to.
func TestConstants(t *testing.T) {
	text := "head  code  const data  "
	part := func(flags elf.ProgFlag, at, size uint64) elfcheck.Segment {
		return elfcheck.Segment{Type: elf.PT_LOAD, Flags: flags, Offset: at, FileSize: size}
	}
	for reason, test := range map[string]struct {
		segments []elfcheck.Segment
		want     string
	}{
		"apart":                 {[]elfcheck.Segment{part(elf.PF_R, 0, 4), part(elf.PF_R|elf.PF_X, 6, 4), part(elf.PF_R, 12, 5), part(elf.PF_R|elf.PF_W, 18, 4)}, "head\x00const\x00"},
		"with the code":         {[]elfcheck.Segment{part(elf.PF_R|elf.PF_X, 0, 17), part(elf.PF_R|elf.PF_W, 18, 4)}, ""},
		"beyond the end":        {[]elfcheck.Segment{part(elf.PF_R, 20, 5)}, "ta  \x00\x00"},
		"larger than the file":  {[]elfcheck.Segment{part(elf.PF_R, 0, 1<<40), part(elf.PF_R, 0, 4)}, "head\x00"},
		"of another kind":       {[]elfcheck.Segment{{Type: elf.PT_NOTE, Flags: elf.PF_R, FileSize: 4}}, ""},
		"an offset without end": {[]elfcheck.Segment{part(elf.PF_R, 1<<63, 4)}, "\x00\x00\x00\x00\x00"},
	} {
		img := &image{
			fs: fstest.MapFS{"ld.so": {Data: []byte(text)}}, real: "/ld.so", size: int64(len(text)),
			file: &elfcheck.File{Segments: test.segments},
		}
		assert.Equal(t, test.want, string(img.constants()), reason)
	}
	// All of them together are no more than is read of a loader.
	img := &image{
		fs: fstest.MapFS{"ld.so": {Data: make([]byte, maxLoader+1)}}, real: "/ld.so", size: maxLoader + 1,
		file: &elfcheck.File{Segments: []elfcheck.Segment{part(elf.PF_R, 0, maxLoader-1), part(elf.PF_R, 0, 1), part(elf.PF_R, 1, maxLoader), part(elf.PF_R, 0, 0)}},
	}
	assert.Len(t, img.constants(), maxLoader)
}
