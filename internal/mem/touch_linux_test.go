package mem

import (
	"syscall"
	"testing"
)

// Touched memory costs no page fault when it is read and written for the first time, whether the system is asked for it or each page is written.
func TestTouchedMemoryIsThere(t *testing.T) {
	const pages = 4096
	for name, touch := range map[string]func([]byte){"touch": Touch[byte], "store": store} {
		t.Run(name, func(t *testing.T) {
			g, err := mapRegion(pages * pageSize)
			if err != nil {
				t.Fatal(err)
			}
			defer unmap(g)
			touch(g.data)
			before := pageFaults(t)
			for i := 0; i < len(g.data); i += pageSize {
				if g.data[i] == 0 {
					g.data[i] = 1
				}
			}
			if n := pageFaults(t) - before; n > pages/4 {
				t.Errorf("%d page faults in %d pages that were touched", n, pages)
			}
		})
	}
}

// pageFaults is the number of page faults of the process without input.
func pageFaults(t *testing.T) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return u.Minflt
}
