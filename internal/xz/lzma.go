package xz

import "errors"

// The numbers of LZMA, as its specification (lzma-specification.txt of the LZMA
// SDK) has them.
const (
	states       = 12
	maxPosStates = 16
	probBits     = 11
	moveBits     = 5
	probInit     = 1 << probBits / 2
	top          = 1 << 24

	startPosModel = 4 // slots below it have no further bits
	endPosModel   = 14
	alignBits     = 4
	literalSize   = 0x300
	maxLiteral    = 4 // lc + lp in LZMA2
	minMatch      = 2

	// A symbol takes less than this from the input.
	symbolRoom = 64
)

type prob = uint16

type lengths struct {
	choice, choice2 prob
	low, mid        [maxPosStates][8]prob
	high            [256]prob
}

// An lzma is the state of a decoder of LZMA.
type lzma struct {
	lc           uint
	lpMask       int
	pbMask       int
	state        int
	rep          [4]uint32 // distances, less one
	match        [states][maxPosStates]prob
	isRep        [states]prob
	rep0         [states]prob
	rep1         [states]prob
	rep2         [states]prob
	rep0Long     [states][maxPosStates]prob
	slots        [4][64]prob
	special      [128]prob
	align        [1 << alignBits]prob
	lens, repLen lengths
	literals     [literalSize << maxLiteral]prob

	rng, code uint32
	in        []byte // with symbolRoom bytes behind its end
	at        int
}

var (
	errProperties = errors.New("lc, lp and pb of LZMA are out of range")
	errDistance   = errors.New("a match begins before the dictionary")
	errLength     = errors.New("a match is longer than its chunk")
	errInput      = errors.New("a chunk does not end where it says")
)

// properties sets what is written as one byte.
func (d *lzma) properties(b byte) error {
	if b >= 9*5*5 {
		return errProperties
	}
	lc, lp, pb := uint(b%9), b/9%5, b/9/5
	if lc+uint(lp) > maxLiteral {
		return errProperties
	}
	d.lc, d.lpMask, d.pbMask = lc, 1<<lp-1, 1<<pb-1
	return nil
}

func fill(p []prob) {
	for i := range p {
		p[i] = probInit
	}
}

// reset forgets all that was learned.
func (d *lzma) reset() {
	d.state, d.rep = 0, [4]uint32{}
	for i := range d.match {
		fill(d.match[i][:])
		fill(d.rep0Long[i][:])
	}
	for _, p := range [][]prob{d.isRep[:], d.rep0[:], d.rep1[:], d.rep2[:], d.special[:], d.align[:], d.literals[:]} {
		fill(p)
	}
	for i := range d.slots {
		fill(d.slots[i][:])
	}
	for _, l := range []*lengths{&d.lens, &d.repLen} {
		l.choice, l.choice2 = probInit, probInit
		for i := range l.low {
			fill(l.low[i][:])
			fill(l.mid[i][:])
		}
		fill(l.high[:])
	}
}

// start begins with the bytes of a chunk.
func (d *lzma) start(in []byte) error {
	if len(in) < 5+symbolRoom || in[0] != 0 {
		return errInput
	}
	d.rng, d.code = 1<<32-1, uint32(in[1])<<24|uint32(in[2])<<16|uint32(in[3])<<8|uint32(in[4])
	d.in, d.at = in, 5
	return nil
}

func (d *lzma) length(l *lengths, posState int) int {
	if d.bit(&l.choice) == 0 {
		return minMatch + d.tree(l.low[posState][:], 3)
	}
	if d.bit(&l.choice2) == 0 {
		return minMatch + 8 + d.tree(l.mid[posState][:], 3)
	}
	return minMatch + 16 + d.tree(l.high[:], 8)
}

// distance decodes how far back a match begins, less one.
func (d *lzma) distance(length int) uint32 {
	slot := uint32(d.tree(d.slots[min(length-minMatch, 3)][:], 6))
	if slot < startPosModel {
		return slot
	}
	bits := int(slot>>1 - 1)
	dist := (2 | slot&1) << bits
	if slot < endPosModel {
		return dist + d.reverse(d.special[dist-slot:], bits)
	}
	return dist + d.direct(bits-alignBits)<<alignBits + d.reverse(d.align[:], alignBits)
}

// literal decodes a byte. Where a match has just ended, the byte that would
// have gone on with it says what this one is not.
func (d *lzma) literal(p []prob, matched int) byte {
	p = p[:literalSize]
	rng, code, in, at := d.rng, d.code, d.in, d.at
	m, offset := 1, 0
	if matched >= 0 {
		offset = 0x100
	}
	for m < 0x100 {
		matched <<= 1
		same := matched & offset
		if rng < top {
			rng <<= 8
			code = code<<8 | uint32(in[at])
			at++
		}
		i := offset + same + m
		v := p[i]
		bound := rng >> probBits * uint32(v)
		if code < bound {
			rng = bound
			p[i] = v + (1<<probBits-v)>>moveBits
			m <<= 1
			offset &^= same
		} else {
			rng -= bound
			code -= bound
			p[i] = v - v>>moveBits
			m = m<<1 | 1
			offset &= same
		}
	}
	d.rng, d.code, d.at = rng, code, at
	return byte(m)
}

// decode fills out from pos to its end. What stands before from is not in the
// dictionary.
func (d *lzma) decode(out []byte, pos, from int) error {
	last := len(d.in) - symbolRoom
	for pos < len(out) {
		if d.at > last {
			return errInput
		}
		posState := pos & d.pbMask
		if d.bit(&d.match[d.state][posState]) == 0 {
			before := byte(0)
			if pos > from {
				before = out[pos-1]
			}
			sub := literalSize * ((pos&d.lpMask)<<d.lc + int(before>>(8-d.lc)))
			matched := -1
			if d.state >= 7 {
				if uint64(d.rep[0]) >= uint64(pos-from) {
					return errDistance
				}
				matched = int(out[pos-int(d.rep[0])-1])
			}
			out[pos] = d.literal(d.literals[sub:], matched)
			pos++
			d.state = afterLiteral[d.state]
			continue
		}
		n := d.next(posState)
		if uint64(d.rep[0]) >= uint64(pos-from) {
			return errDistance
		}
		back := int(d.rep[0]) + 1
		if n > len(out)-pos {
			return errLength
		}
		if back >= n {
			copy(out[pos:pos+n], out[pos-back:])
		} else {
			for i := pos; i < pos+n; i++ {
				out[i] = out[i-back]
			}
		}
		pos += n
	}
	d.normalize()
	if d.at != last || d.code != 0 {
		return errInput
	}
	return nil
}

var afterLiteral = [states]int{0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 4, 5}

// next decodes a match that is not a literal: its length, and its distance into
// rep[0].
func (d *lzma) next(posState int) (length int) {
	literal := d.state < 7
	after := func(afterLiteral, afterOther int) {
		if literal {
			d.state = afterLiteral
		} else {
			d.state = afterOther
		}
	}
	r := &d.rep
	if d.bit(&d.isRep[d.state]) == 0 {
		r[3], r[2], r[1] = r[2], r[1], r[0]
		after(7, 10)
		length = d.length(&d.lens, posState)
		r[0] = d.distance(length)
		return length
	}
	if d.bit(&d.rep0[d.state]) == 0 {
		if d.bit(&d.rep0Long[d.state][posState]) == 0 {
			after(9, 11)
			return 1
		}
	} else if d.bit(&d.rep1[d.state]) == 0 {
		r[0], r[1] = r[1], r[0]
	} else if d.bit(&d.rep2[d.state]) == 0 {
		r[0], r[1], r[2] = r[2], r[0], r[1]
	} else {
		r[0], r[1], r[2], r[3] = r[3], r[0], r[1], r[2]
	}
	after(8, 11)
	return d.length(&d.repLen, posState)
}
