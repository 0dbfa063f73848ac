package container

import "encoding/binary"

// A magic of two to four bytes stands at the start of files that are nothing of
// the kind: random data, tables, keys. Each of these looks at what has to follow,
// so that a file by chance is passed over, and one that is damaged further on
// is still told of.

// plausibleGzip holds the header against RFC 1952: flags that are reserved, the
// system that it was made on, and the first block's type, of which 3 is none.
// The systems are those of zutil.h: zlib on macOS writes 19, which the RFC lacks.
func plausibleGzip(b []byte) bool {
	const reserved, systems, unknown = 0xe0, 20, 255
	if len(b) < 10 {
		return true // cut short
	}
	if b[3]&reserved != 0 || b[9] >= systems && b[9] != unknown {
		return false
	}
	data := skipGzipHeader(b)
	return len(data) == 0 || data[0]>>1&3 != 3
}

// plausibleZstd holds the frame and its first block against RFC 8878: bits that
// are reserved, a window that can be, a block of a type that there is and of no
// more than 128 KiB.
func plausibleZstd(b []byte) bool {
	const single, reserved = 0x20, 0x08
	if len(b) < 5 {
		return true
	}
	flags, at := b[4], 5
	if flags&reserved != 0 {
		return false
	}
	if flags&single == 0 {
		at++ // the window
	}
	at += []int{0, 1, 2, 4}[flags&3] // the dictionary
	size := []int{0, 2, 4, 8}[flags>>6]
	if flags>>6 == 0 && flags&single != 0 {
		size = 1
	}
	if at += size; len(b) < at+3 {
		return true
	}
	block := uint32(b[at]) | uint32(b[at+1])<<8 | uint32(b[at+2])<<16
	return block>>1&3 != 3 && block>>3 <= 128<<10
}

// plausibleBzip2 wants the magic of a block, or that of the end of nothing:
// three letters may begin a text.
func plausibleBzip2(b []byte) bool {
	return len(b) >= 10 && (string(b[4:10]) == "1AY&SY" || string(b[4:10]) == "\x17\x72\x45\x38\x50\x90")
}

// plausibleZip holds the header of the first member, or the end of an archive
// without one, against APPNOTE.TXT 4.4: the version that is needed, a method that
// there is, a name.
func plausibleZip(b []byte) bool {
	le := binary.LittleEndian
	if len(b) >= 22 && string(b[2:4]) == "\x05\x06" {
		return le.Uint64(b[4:]) == 0 // no disks, no members
	}
	const newest = 63
	if len(b) < 30 {
		return true
	}
	method, name := le.Uint16(b[8:]), int(le.Uint16(b[26:]))
	if b[4] > newest || method > 20 && (method < 90 || method > 99) || name == 0 || name > 4096 {
		return false
	}
	for _, c := range b[30:min(30+name, len(b))] {
		if c == 0 {
			return false
		}
	}
	return true
}

// plausibleRPM wants the header of signatures behind the lead.
func plausibleRPM(b []byte) bool {
	if len(b) < rpmLead+4 {
		return true
	}
	return string(b[rpmLead:rpmLead+4]) == rpmHeader
}
