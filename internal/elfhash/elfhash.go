// Package elfhash has the hashes of names in ELF files.
package elfhash

// SysV is the hash in DT_HASH and in the records of versions. Origin: the System V
// ABI, chapter 5.
func SysV[T string | []byte](name T) uint32 {
	var h uint32
	for i := range len(name) {
		h = h<<4 + uint32(name[i])
		h ^= h >> 24 & 0xf0
	}
	return h & 0x0fffffff
}

// GNU is the hash in DT_GNU_HASH. Origin: dl_new_hash of glibc.
func GNU[T string | []byte](name T) uint32 {
	h := uint32(5381)
	for i := range len(name) {
		h = h*33 + uint32(name[i])
	}
	return h
}
