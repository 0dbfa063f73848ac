package packages

import (
	"encoding/binary"
	"io"
)

// readAndroid reads whether the manifest of an application lets its libraries
// be copied out of it. A manifest in text is that of a library (.aar), which is
// packed anew.
//
// The form is that of ResourceTypes.h in Android's frameworks/base: chunks of a
// type, the size of their head and of all; the map has for each number of a
// name the number that the system knows an attribute by.
func readAndroid(p *Package, r io.Reader) (bool, error) {
	const document, resourceMap, element = 0x0003, 0x0180, 0x0102
	const extractNativeLibs = 0x010104ea
	b, err := io.ReadAll(r)
	le := binary.LittleEndian
	if err != nil || len(b) < 8 || le.Uint16(b) != document {
		return err == nil, err
	}
	var known []uint32
	for b = b[8:]; len(b) >= 8; {
		kind, size := le.Uint16(b), uint64(le.Uint32(b[4:]))
		if size < 8 || size > uint64(len(b)) {
			return true, nil // what matters was not found
		}
		body := b[8:size]
		switch kind {
		case resourceMap:
			for ; len(body) >= 4; body = body[4:] {
				known = append(known, le.Uint32(body))
			}
		case element:
			if value, ok := attribute(body, known, extractNativeLibs); ok {
				p.ExtractsLibraries = map[bool]string{true: "true", false: "false"}[value != 0]
			}
		}
		b = b[size:]
	}
	return true, nil
}

// attribute finds the value of an attribute of an element: behind the line and
// the comment it has been written at stand its names, and then where its
// attributes begin, how large each is, and how many there are.
func attribute(element []byte, known []uint32, id uint32) (value uint32, ok bool) {
	const own, attributeSize = 8, 20
	if len(element) < own+20 {
		return 0, false
	}
	le := binary.LittleEndian
	element = element[own:]
	start, size, count := int(le.Uint16(element[8:])), int(le.Uint16(element[10:])), int(le.Uint16(element[12:]))
	for i := range count {
		at := start + i*size
		if size < attributeSize || at+attributeSize > len(element) {
			break
		}
		a := element[at:]
		if name := le.Uint32(a[4:]); uint64(name) < uint64(len(known)) && known[name] == id {
			return le.Uint32(a[16:]), true
		}
	}
	return 0, false
}
