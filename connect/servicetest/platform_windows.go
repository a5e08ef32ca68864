package servicetest

import (
	"os"
	"os/exec"
	"syscall"
)

// Windows has no signals; Process.Signal accepts only Kill, and PostgreSQL recovers at its next start.
const (
	sigFast      = syscall.SIGKILL
	sigImmediate = syscall.SIGKILL
)

// account is unused on Windows: servers run as this process's own user.
type account struct{ name string }

func unprivileged() (*account, error) { return nil, nil }
func (a *account) apply(*exec.Cmd)    {}
func (a *account) own(string) error   { return nil }

// withLock runs f without a lock: what f makes is renamed into place whole, so a race only wastes work.
func withLock(_ string, f func() error) error { return f() }

// alive reports whether a process of that id exists.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}

func killPid(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
