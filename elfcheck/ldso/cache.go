package ldso

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/abivet/abivet/internal/endian"
)

// A cache is /etc/ld.so.cache: which file a soname is, for each kind of
// library. Origin: glibc's dl-cache.h.
type cache struct {
	entries map[string][]cacheEntry
}

type cacheEntry struct {
	flags uint32
	path  string
	hwcap string // of glibc-hwcaps; empty for the baseline
	bits  uint64 // of a processor, in the way that 2.37 gave up
}

const (
	cacheOldMagic   = "ld.so-1.7.0"
	cacheMagic      = "glibc-ld.so.cache1.1"
	cacheHeader     = 48
	cacheEntrySize  = 24
	cacheExtension  = 0xeaa42174
	cacheHWCaps     = 1
	cacheHWCapsFlag = 1 << 62

	// maxCache bounds the file. A desktop's has 200 KiB.
	maxCache = 64 << 20

	// maxCacheString bounds a string: PATH_MAX, which no system call goes
	// beyond. Every entry of a file may point at the same bytes.
	maxCacheString = 4096

	// maxCacheNames bounds the glibc-hwcaps directories, of which a processor
	// has three or four.
	maxCacheNames = 4096
)

var errCache = errors.New("damaged ld.so.cache")

// readCache reads the cache of a user space. A loader without one, or with a
// damaged one, looks at its own directories alone.
func (s *Space) readCache() *cache {
	_, info, err := s.root.paths.Resolve("/etc/ld.so.cache")
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxCache || s.denied("/etc/ld.so.cache") {
		return nil
	}
	c, err := parseCache(s.contents("/etc/ld.so.cache"))
	if err != nil {
		return nil
	}
	return c
}

func parseCache(b []byte) (*cache, error) {
	if bytes.HasPrefix(b, []byte(cacheOldMagic)) {
		// The form before 2.2 stands in front of the new one.
		if len(b) < 16 {
			return nil, fmt.Errorf("%w: cut short in its old header", errCache)
		}
		at := 16 + 12*int64(binary.LittleEndian.Uint32(b[12:]))
		at = (at + 7) &^ 7
		if at > int64(len(b)) {
			return nil, fmt.Errorf("%w: cut short in its old entries", errCache)
		}
		b = b[at:]
	}
	if !bytes.HasPrefix(b, []byte(cacheMagic)) || len(b) < cacheHeader {
		return nil, fmt.Errorf("%w: no %q at its start", errCache, cacheMagic)
	}
	order := endian.Order(b[28]&3 == 3) // flags: the byte order, where ldconfig says it
	count := int64(order.Uint32(b[20:]))
	if count > int64(len(b)-cacheHeader)/cacheEntrySize {
		return nil, fmt.Errorf("%w: %d entries in %d bytes", errCache, count, len(b))
	}
	c := &cache{entries: make(map[string][]cacheEntry, count)}
	text := string(b) // once: the strings of all entries are parts of it
	hwcaps := cacheNames(text, b, order)
	for i := range count {
		e := b[cacheHeader+i*cacheEntrySize:]
		name, ok1 := cacheString(text, order.Uint32(e[4:]))
		path, ok2 := cacheString(text, order.Uint32(e[8:]))
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("%w: entry %d names a string outside, or one of more than %d bytes", errCache, i, maxCacheString)
		}
		entry := cacheEntry{flags: order.Uint32(e), path: path}
		if hwcap := order.Uint64(e[16:]); hwcap&cacheHWCapsFlag != 0 {
			n := uint32(hwcap)
			if uint64(n) >= uint64(len(hwcaps)) {
				continue // as the loader does
			}
			entry.hwcap = hwcaps[n]
		} else if hwcap != 0 {
			entry.bits = hwcap
		}
		c.entries[name] = append(c.entries[name], entry)
	}
	return c, nil
}

func cacheString(text string, at uint32) (string, bool) {
	if int64(at) >= int64(len(text)) {
		return "", false
	}
	text = text[at:]
	end := strings.IndexByte(text[:min(len(text), maxCacheString+1)], 0)
	if end < 0 {
		return "", false
	}
	return text[:end], true
}

// cacheNames reads the names of the glibc-hwcaps directories, which one record
// has.
func cacheNames(text string, b []byte, order endian.Order) []string {
	at := int64(order.Uint32(b[32:]))
	if at == 0 || at+8 > int64(len(b)) || order.Uint32(b[at:]) != cacheExtension {
		return nil
	}
	count := int64(order.Uint32(b[at+4:]))
	for i := int64(0); i < count; i++ {
		rec := at + 8 + i*16
		if rec+16 > int64(len(b)) {
			return nil
		}
		if order.Uint32(b[rec:]) != cacheHWCaps {
			continue
		}
		off, size := int64(order.Uint32(b[rec+8:])), int64(order.Uint32(b[rec+12:]))
		if off+size > int64(len(b)) || size/4 > maxCacheNames {
			return nil
		}
		var names []string
		for ; size >= 4; off, size = off+4, size-4 {
			name, ok := cacheString(text, order.Uint32(b[off:]))
			if !ok {
				return nil
			}
			names = append(names, name)
		}
		return names
	}
	return nil
}

// cacheFlags is the word that an entry must have for a processor. Origin:
// dl-cache.h of each; riscv64 and loong64 for the double-precision ABI.
var cacheFlags = map[string]uint32{
	"amd64": 0x0303, "386": 0x0003, "amd64p32": 0x0803, "arm64": 0x0a03, "arm": 0x0903, "ppc64le": 0x0503, "ppc64": 0x0503,
	"s390x": 0x0403, "riscv64": 0x1003, "loong64": 0x1203, "mips64le": 0x0003,
}

// lookup returns the file of a soname on a processor that has the given
// glibc-hwcaps, best first, and the given bits of the older kind.
func (c *cache) lookup(name, arch string, hwcaps []string, bits uint64) string {
	if c == nil {
		return ""
	}
	best, rank := "", len(hwcaps)+1
	for _, e := range c.entries[name] {
		if e.flags != cacheFlags[arch] && !(e.flags == 1 && arch == "386") || e.bits&^bits != 0 {
			continue
		}
		at := len(hwcaps)
		if e.hwcap != "" {
			for at = 0; at < len(hwcaps) && hwcaps[at] != e.hwcap; at++ {
			}
			if at == len(hwcaps) {
				continue
			}
		}
		if at < rank {
			best, rank = e.path, at
		}
	}
	return strings.TrimSpace(best)
}
