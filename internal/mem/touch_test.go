package mem

import (
	"runtime"
	"syscall"
	"testing"
)

// Touched memory costs no page fault when it is read and written for the first time, and keeps its zeros.
func TestTouch(t *testing.T) {
	for _, n := range []int{0, 1, 3000, 1 << 16, 1<<20 + 7} {
		w := make([]uint64, n)
		Touch(w)
		for i, x := range w {
			if x != 0 {
				t.Fatalf("word %d of %d is %d after Touch, expected 0", i, n, x)
			}
		}
	}
	store(make([]byte, 3*pageSize+1))
	if runtime.GOOS != "linux" {
		t.Skip("page faults are counted on Linux only")
	}
	const pages = 4096
	g, err := mapRegion(pages * pageSize)
	if err != nil {
		t.Fatal(err)
	}
	defer unmap(g)
	Touch(g.data)
	before := pageFaults(t)
	for i := 0; i < len(g.data); i += pageSize {
		if g.data[i] == 0 {
			g.data[i] = 1
		}
	}
	if n := pageFaults(t) - before; n > pages/4 {
		t.Errorf("%d page faults in %d pages that were touched", n, pages)
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
