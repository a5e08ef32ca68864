//go:build !linux

package servicetest

import (
	"os/exec"
	"syscall"
)

// dieWithParent does nothing here: on Ctrl-C the terminal signals the children too, and Main and Cleanup stop them
// otherwise.
func dieWithParent(*exec.Cmd, syscall.Signal) {}

// children returns nothing where /proc does not tell.
func children(int) []int { return nil }
