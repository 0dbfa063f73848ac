package rootpath

import "io/fs"

// A FileID tells files apart, whatever names they have: two names with one ID
// are hard links of one file. Loaders compare it (st_dev and st_ino) to find
// out that they have loaded a file already.
type FileID struct{ Device, Inode uint64 }

// Identity returns the ID of a file: from the inode of a real file system, or
// from what info.Sys() gives where that has a method FileID, as in
// abi/userspace. It is not known for others, such as a zip file or
// fstest.MapFS; there the real name is all there is to tell files apart.
func Identity(info fs.FileInfo) (id FileID, known bool) {
	switch sys := info.Sys().(type) {
	case nil:
		return FileID{}, false
	case interface{ FileID() FileID }:
		return sys.FileID(), true
	default:
		return inode(sys)
	}
}
