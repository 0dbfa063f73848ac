package luajit

// prototype reads one function and returns how many of the functions before it
// are its children.
//
//	pdata  = phead bcinsW* uvdataH* kgc* knum* [debugB*]
//	phead  = flagsB numparamsB framesizeB numuvB numkgcU numknU numbcU
//	         [debuglenU [firstlineU numlineU]]
func (d *dump) prototype(flags uint32, before int) (children int) {
	d.byte()
	parameters, frame, upvalues := d.byte(), d.byte(), d.byte()
	objects, numbers, instructions := d.uint(), d.uint(), d.uint()
	d.check(frame >= parameters && instructions > 0)
	debug := uint32(0)
	if flags&FlagStripped == 0 {
		if debug = d.uint(); debug > 0 {
			d.uint()
			d.uint()
		}
	}
	left := uint64(max(0, d.limit-d.at))
	if 4*uint64(instructions)+2*uint64(upvalues)+uint64(objects)+uint64(numbers)+uint64(debug) > left {
		d.check(false)
		return 0
	}
	d.skip(4*int64(instructions) + 2*int64(upvalues))
	for i := uint32(0); i < objects && d.failed == nil; i++ {
		if d.object() {
			children++
		}
	}
	d.check(children <= before)
	for i := uint32(0); i < numbers && d.failed == nil; i++ {
		d.number()
	}
	d.skip(int64(debug))
	return children
}

// object reads a constant that is an object of the heap, and reports whether it
// is a function.
//
//	kgc    = kgctypeU { ktab | (loU hiU) | (rloU rhiU iloU ihiU) | strB* }
func (d *dump) object() bool {
	const (
		child = iota
		table
		signed
		unsigned
		complex
		text // and its length
	)
	kind := d.uint()
	switch kind {
	case child:
		return true
	case table:
		d.table()
	case complex:
		d.uint()
		d.uint()
		fallthrough
	case signed, unsigned:
		d.uint()
		d.uint()
	default:
		d.skip(int64(kind) - text)
	}
	return false
}

// table reads a constant table.
//
//	ktab   = narrayU nhashU karray* khash*
func (d *dump) table() {
	array, hash := uint64(d.uint()), uint64(d.uint())
	n := array + 2*hash
	if n > uint64(max(0, d.limit-d.at)) { // each has a byte at least
		d.check(false)
		return
	}
	for i := uint64(0); i < n && d.failed == nil; i++ {
		d.element()
	}
}

// element reads a key or a value of a constant table.
//
//	ktabk  = ktabtypeU { intU | (loU hiU) | strB* }
func (d *dump) element() {
	const (
		null = iota
		no
		yes
		integer
		float
		text
	)
	switch kind := d.uint(); kind {
	case null, no, yes:
	case integer:
		d.uint()
	case float:
		d.uint()
		d.uint()
	default:
		d.skip(int64(kind) - text)
	}
}

// number reads a number: 32 bits and one that tells whether as many follow.
//
//	knum   = intU0 | (loU1 hiU)
func (d *dump) number() {
	c := d.byte()
	float := c&1 != 0
	d.check(d.more(c, 7) < 1<<33)
	if float {
		d.uint()
	}
}
