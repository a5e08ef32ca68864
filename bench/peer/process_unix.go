//go:build unix

package peer

import (
	"os"
	"runtime"
	"syscall"
)

// peakBytes returns the largest resident set that the ended process had.
func peakBytes(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss) //nolint:unconvert // it is 32 bits wide on some systems; bytes there, KiB elsewhere
	}
	return int64(usage.Maxrss) << 10 //nolint:unconvert // as above
}
