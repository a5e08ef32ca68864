//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package spill

import (
	"os"
	"path/filepath"
	"runtime"
)

// locked always succeeds where there are no advisory locks: who makes the directory is its owner, and removeLocked finds out who lives.
func locked(*os.File) bool { return true }

// removeLocked removes a directory of a dead process. Windows refuses to remove a file that a process has open, which tells the living; elsewhere
// nothing does, and the directory stays.
func removeLocked(f *os.File, dir string) error {
	if runtime.GOOS != "windows" {
		return nil
	}
	_ = f.Close()
	if err := os.Remove(filepath.Join(dir, lockName)); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// freeBytes is not known here.
func freeBytes(string) (int64, bool) { return 0, false }
