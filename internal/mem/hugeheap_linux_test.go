package mem

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// A heap with a high floor has huge pages where it grows; one of a small budget is left alone. A process of its own shows it, whose heap no other test has
// grown.
func TestHeapFloorAsksForHugePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this kernel has no transparent huge pages")
	}
	if os.Getenv("SIKSIK_TEST_HUGE_HEAP") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "SIKSIK_TEST_HUGE_HEAP=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	h := RaiseHeapFloor(256 << 20)
	if n := advised(t); n != 0 {
		t.Errorf("a budget of 256 MB made %d bytes of the heap huge pages", n)
	}
	h.Lower()
	h = RaiseHeapFloor(4 << 30)
	defer h.Lower()
	if n := advised(t); n < hugeStack-2*hugePage {
		t.Errorf("of the heap's next memory %d bytes are to be huge pages, want about %d", n, hugeStack)
	}
	b := make([]byte, 16<<20)
	at := uintptr(unsafe.Pointer(&b[0])) + 8<<20
	if !slices.ContainsFunc(hugeRegions(t), func(r [2]uintptr) bool { return r[0] <= at && at < r[1] }) {
		t.Errorf("16 MB of the heap around %x are not among the huge pages %x", at, hugeRegions(t))
	}
}

// advised is how many bytes of this process are to be huge pages.
func advised(t *testing.T) int {
	n := 0
	for _, r := range hugeRegions(t) {
		n += int(r[1] - r[0])
	}
	return n
}

// hugeRegions are the address ranges for which huge pages were asked.
func hugeRegions(t *testing.T) (list [][2]uintptr) {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip("this system does not tell of mappings")
	}
	defer f.Close()
	var at [2]uintptr
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if flags, ok := strings.CutPrefix(line, "VmFlags:"); ok {
			if slices.Contains(strings.Fields(flags), "hg") {
				list = append(list, at)
			}
			continue
		}
		var r [2]uintptr
		if n, _ := fmt.Sscanf(line, "%x-%x ", &r[0], &r[1]); n == 2 {
			at = r
		}
	}
	return list
}
