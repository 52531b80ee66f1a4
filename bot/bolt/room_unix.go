//go:build linux || darwin

package bolt

import "syscall"

// freeSpace returns how many bytes an ordinary user may still write to the disk
// of a folder, and whether that is known.
func freeSpace(dir string) (uint64, bool) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, false
	}
	return fs.Bavail * uint64(fs.Bsize), true
}
