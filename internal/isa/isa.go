// Package isa tells which extensions of the instruction set a piece of machine
// code uses. It knows no file format.
package isa

// An Extension is a part of an instruction set that the first processors of
// its kind lack.
type Extension struct {
	Name  string
	Level string // the first level that has it, in the words of GOAMD64 and GOARM64
}

// A Use is an extension that code uses, and where it first does.
type Use struct {
	Extension
	At int // where the instruction begins in the code
	// Len is its length.
	Len int
}

// Code is what one function was found to do.
type Code struct {
	Uses []Use // one for each extension, in the order of the code
	// Asks: it asks which processor it runs on.
	Asks bool
	// Fallback: beside an atomic instruction it has the loop that older
	// processors do the same with.
	Fallback bool
}

// add keeps the first use of an extension.
func (c *Code) add(x Extension, at, size int) {
	for i := range c.Uses {
		if c.Uses[i].Extension == x {
			return
		}
	}
	c.Uses = append(c.Uses, Use{Extension: x, At: at, Len: size})
}

// Decodes reports whether code of a processor, named as GOARCH does, can be
// decoded.
func Decodes(arch string) bool { return arch == "amd64" || arch == "arm64" }

// Decode reads a whole function. ok is false where it meets anything that is no
// instruction, or one that does not end with the function: what is decoded then
// may be a table of data, and nothing is said of it.
//
// call is called with the target of each direct call and jump, relative to the
// start of the code; it may be nil.
func Decode(arch string, code []byte, call func(target int)) (c Code, ok bool) {
	if call == nil {
		call = func(int) {}
	}
	switch arch {
	case "amd64":
		ok = c.amd64(code, call)
	case "arm64":
		ok = c.arm64(code, call)
	}
	return c, ok
}
