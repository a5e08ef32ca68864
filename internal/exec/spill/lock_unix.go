//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package spill

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// locked takes the lock of f unless somebody else has it; it ends with f or the process.
func locked(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// removeLocked removes a directory whose lock f is held by the caller.
func removeLocked(_ *os.File, dir string) error { return os.RemoveAll(dir) }

// freeBytes returns how much an unprivileged user may still write to the file system of dir.
func freeBytes(dir string) (int64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true //nolint:unconvert // the types differ between systems
}
