//go:build linux || darwin || freebsd

package main

import (
	"io/fs"
	"syscall"
)

// freeSpace returns how many bytes a folder's disk has for us.
func freeSpace(folder string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: folder, Err: err}
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil
}
