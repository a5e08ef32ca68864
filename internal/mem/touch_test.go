package mem

import "testing"

// Touched memory keeps its zeros, at any size and place.
func TestTouchKeepsZeros(t *testing.T) {
	for name, touch := range map[string]func([]uint64){"touch": Touch[uint64], "store": func(w []uint64) { store(asBytes(w)) }} {
		for _, n := range []int{1, 3000, 1 << 16, 1<<20 + 7} {
			w := make([]uint64, n+2)
			w[0], w[n+1] = 1, 2 // of others
			touch(w[1 : n+1])
			for i, x := range w[1 : n+1] {
				if x != 0 {
					t.Fatalf("%s: word %d of %d is %d, expected 0", name, i, n, x)
				}
			}
			if w[0] != 1 || w[n+1] != 2 {
				t.Fatalf("%s of %d words changed those beside them to %d and %d", name, n, w[0], w[n+1])
			}
		}
	}
	Touch([]uint64{})
}
