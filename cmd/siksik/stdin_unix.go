//go:build unix

package main

import (
	"context"
	"os"
	"syscall"
	"time"
)

// waitingStdin is the standard input that the runtime made. It is kept because the runtime closes files that nothing refers to.
var waitingStdin = *os.Stdin

// interruptibleStdin lets reads of standard input end when ctx is cancelled, if it is a pipe: a pipe that nobody writes to would otherwise hold the
// program up. The returned function puts the pipe back as it was, for whoever reads it next.
func interruptibleStdin(ctx context.Context) (restore func()) {
	info, err := waitingStdin.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 || syscall.SetNonblock(syscall.Stdin, true) != nil {
		return func() {}
	}
	*os.Stdin = *os.NewFile(uintptr(syscall.Stdin), "/dev/stdin")
	stop := context.AfterFunc(ctx, func() { _ = os.Stdin.SetReadDeadline(time.Unix(1, 0)) })
	return func() {
		stop()
		_ = syscall.SetNonblock(syscall.Stdin, false)
	}
}
