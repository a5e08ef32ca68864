package op

import (
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/mem"
)

// TestMain lets the quick round (-short) run three of the variants: small batches with several workers, full batches with one, odd sizes with many.
func TestMain(m *testing.M) {
	fn.All()
	flag.Parse()
	mem.RaiseHeapFloor(8 << 30) // rows of scalars are many small objects, and a test keeps few of them
	if testing.Short() {
		variants = []variant{{3, 4, true}, {1024, 1, true}, {37, 7, true}}
	}
	if raced {
		variants = slices.DeleteFunc(variants, func(v variant) bool { return v.threads == 1 })
	}
	os.Exit(m.Run())
}
