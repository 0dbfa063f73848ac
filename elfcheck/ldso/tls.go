package ldso

import (
	"debug/elf"
	"fmt"
)

// A tlsRoom is what is left of the block that glibc sets aside at start-up for
// thread-local storage at a fixed offset.
type tlsRoom struct {
	free uint64
	has  map[*Object]bool // has its place already
}

// Origin: TLS_STATIC_SURPLUS of glibc (1664 bytes with its default tunables),
// the alignment of the block, and the area of restartable sequences that stands
// in it from 2.41 on.
const (
	tlsSurplus = 1664
	tlsAlign   = 64
	rseqArea   = 32
)

// staticTLS is the room after start-up.
func (s *state) staticTLS() tlsRoom {
	room := tlsRoom{has: map[*Object]bool{}}
	used := uint64(0)
	for _, o := range s.process.Objects {
		if !o.startup {
			continue
		}
		room.has[o] = true
		if seg, ok := o.File.Segment(elf.PT_TLS); ok && seg.MemSize > 0 {
			used = align(used+seg.MemSize, seg.Align)
		}
	}
	if !s.before("2.41") {
		used = align(used, rseqArea) + rseqArea
	}
	room.free = align(used+tlsSurplus, tlsAlign) - used
	return room
}

func align(n, to uint64) uint64 {
	if to <= 1 {
		return n
	}
	return (n + to - 1) / to * to
}

// wantStatic gives an object's thread-local storage its place, or says that
// there is none left.
func (b *binder) wantStatic(o, asker *Object) {
	seg, ok := o.File.Segment(elf.PT_TLS)
	if b.tls.has[o] && ok {
		return
	}
	b.tls.has[o] = true
	if !ok || seg.Align == 0 {
		b.process.fail(Failure{
			Category: Crash, Object: shown(o.Path), Subject: shown(o.Path), Message: "signal 8:",
			Why: "a fixed offset is asked for into thread-local storage that is not there, or is aligned to 0: the loader divides by that",
		})
		return
	}
	alignment := seg.Align
	if seg.MemSize > b.tls.free || alignment > tlsAlign {
		b.process.fail(Failure{
			Category: StaticTLS, Object: shown(o.Path), Subject: shown(o.Path),
			Message: fmt.Sprintf("%s: cannot allocate memory in static TLS block", shown(o.Path)),
			Why:     fmt.Sprintf("it has %d bytes of thread-local storage aligned to %d, %d are left", seg.MemSize, alignment, b.tls.free),
		})
		return
	}
	left := b.tls.free - seg.MemSize
	b.tls.free = left / alignment * alignment
}

// startTLS is the end of a program of which an object asks for more thread-local storage
// than there can be memory, or less than it fills. Origin: init_tls of glibc's rtld.c.
func (s *state) startTLS() {
	for _, o := range s.process.Objects {
		seg, ok := o.File.Segment(elf.PT_TLS)
		switch {
		case ok && seg.MemSize > mostMemory:
			s.process.fail(Failure{
				Category: Other, Object: shown(o.Path), Message: "cannot allocate TLS data structures for initial thread",
				Why: fmt.Sprintf("%s asks for %d bytes of thread-local storage", shown(o.Path), seg.MemSize),
			})
		case ok && seg.MemSize > 0 && seg.FileSize > seg.MemSize:
			s.process.fail(*crash(shown(o.Path), "more thread-local storage is filled than there is"))
		default:
			continue
		}
		return
	}
}
