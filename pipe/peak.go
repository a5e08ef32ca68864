package pipe

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
)

// peakMemory returns the most memory that the process has had in use, in bytes: from the system where it tells, else what Go asked it for.
func peakMemory() int64 {
	if b, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range bytes.Lines(b) {
			rest, ok := bytes.CutPrefix(line, []byte("VmHWM:"))
			if !ok {
				continue
			}
			f := bytes.Fields(rest)
			if len(f) == 0 {
				break
			}
			if kib, err := strconv.ParseInt(string(f[0]), 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}
