package xz

// normalize takes a byte where few bits are left.
func (d *lzma) normalize() {
	if d.rng < top {
		d.rng <<= 8
		d.code = d.code<<8 | uint32(d.in[d.at])
		d.at++
	}
}

func (d *lzma) bit(p *prob) int {
	d.normalize()
	v := *p
	bound := d.rng >> probBits * uint32(v)
	if d.code < bound {
		d.rng = bound
		*p = v + (1<<probBits-v)>>moveBits
		return 0
	}
	d.rng -= bound
	d.code -= bound
	*p = v - v>>moveBits
	return 1
}

// tree decodes bits, the highest first.
func (d *lzma) tree(p []prob, bits int) int {
	rng, code, in, at := d.rng, d.code, d.in, d.at
	m := 1
	for range bits {
		if rng < top {
			rng <<= 8
			code = code<<8 | uint32(in[at])
			at++
		}
		v := p[m]
		bound := rng >> probBits * uint32(v)
		if code < bound {
			rng = bound
			p[m] = v + (1<<probBits-v)>>moveBits
			m <<= 1
		} else {
			rng -= bound
			code -= bound
			p[m] = v - v>>moveBits
			m = m<<1 | 1
		}
	}
	d.rng, d.code, d.at = rng, code, at
	return m - 1<<bits
}

// reverse decodes bits, the lowest first.
func (d *lzma) reverse(p []prob, bits int) (v uint32) {
	m := 1
	for i := range bits {
		b := d.bit(&p[m])
		m = m<<1 | b
		v |= uint32(b) << i
	}
	return v
}

// direct decodes bits of no probability.
func (d *lzma) direct(bits int) uint32 {
	v := uint32(0)
	for range bits {
		d.normalize()
		d.rng >>= 1
		d.code -= d.rng
		mask := 0 - d.code>>31 // all ones where it was too much
		d.code += d.rng & mask
		v = v<<1 + mask + 1
	}
	return v
}
