//go:build unix

package rootpath

import "syscall"

func inode(sys any) (FileID, bool) {
	st, ok := sys.(*syscall.Stat_t)
	if !ok {
		return FileID{}, false
	}
	return FileID{Device: uint64(st.Dev), Inode: uint64(st.Ino)}, true
}
