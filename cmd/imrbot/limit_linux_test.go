package main

import (
	"syscall"
	"testing"
	"unsafe"
)

// setFileLimit sets how large a file a process may write, in bytes.
func setFileLimit(t *testing.T, pid int, limit uint64) {
	t.Helper()
	soft := syscall.Rlimit{Cur: limit, Max: 1 << 62}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&soft)), 0, 0, 0)
	if errno != 0 {
		t.Fatalf("prlimit: %v", errno)
	}
}
