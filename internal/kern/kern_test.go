package kern

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random rows; 0 takes the clock")

// lengths are the row counts at which word loops go wrong.
var lengths = []int{0, 1, 63, 64, 65, 1023}

// eachCase runs fn for every length and null pattern, with rows from a printed seed.
func eachCase(t *testing.T, fn func(t *testing.T, r *rand.Rand, n int, valid []uint64)) {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	for _, n := range lengths {
		for _, nulls := range []string{"nil", "none", "some", "all"} {
			t.Run(fmt.Sprintf("%d rows, %s null", n, nulls), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, uint64(n)))
				var valid []uint64
				if nulls != "nil" {
					valid = make([]uint64, Words(n))
				}
				for i := range valid {
					switch nulls {
					case "none":
						valid[i] = ^uint64(0)
					case "some":
						valid[i] = r.Uint64()
					}
				}
				fn(t, r, n, valid)
				if t.Failed() {
					t.Logf("replay with -seed %d", seed)
				}
			})
		}
	}
}

// edgeInts are integers of which many are at or near the ends of T.
func edgeInts[T Integer](r *rand.Rand, n int) []T {
	s := make([]T, n)
	top := topBit[T]()
	edges := []T{0, 1, ^T(0), top, top - 1, top + 1, 2, 10}
	for i := range s {
		switch r.IntN(4) {
		case 0:
			s[i] = edges[r.IntN(len(edges))]
		case 1:
			s[i] = T(r.IntN(20)) - 10
		default:
			s[i] = T(r.Uint64())
		}
	}
	return s
}

// smallInts are integers whose sums and products fit T.
func smallInts[T Integer](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(r.IntN(10))
	}
	return s
}

// edgeFloats are floats of all kinds.
func edgeFloats(r *rand.Rand, n int) []float64 {
	edges := []float64{0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64,
		-math.MaxFloat64, math.SmallestNonzeroFloat64, 0.5, 2.5, -3.5, 0x1p63, -0x1p63, 0x1p53 + 1}
	s := make([]float64, n)
	for i := range s {
		switch r.IntN(3) {
		case 0:
			s[i] = edges[r.IntN(len(edges))]
		case 1:
			s[i] = math.Float64frombits(r.Uint64())
		default:
			s[i] = r.NormFloat64() * 1000
		}
	}
	return s
}

// randBits is a bitmap of n bits with noise past its end.
func randBits(r *rand.Rand, n int) []uint64 {
	s := make([]uint64, Words(n))
	for i := range s {
		switch r.IntN(4) {
		case 0:
			s[i] = ^uint64(0)
		case 1:
			s[i] = r.Uint64() & r.Uint64() & r.Uint64() & r.Uint64()
		case 2:
			s[i] = r.Uint64()
		}
	}
	return s
}

// dirty is a result bitmap that a kernel must write whole.
func dirty(n int) []uint64 {
	s := make([]uint64, Words(n))
	for i := range s {
		s[i] = 0xDEADBEEFDEADBEEF
	}
	return s
}

// sameBits checks a result bitmap bit by bit, and that nothing is set past n.
func sameBits(t *testing.T, what string, got []uint64, n int, want func(i int) bool) {
	t.Helper()
	for i := range len(got) * 64 {
		if w := i < n && want(i); Bit(got, i) != w {
			t.Fatalf("%s: bit %d of %d is %v, want %v", what, i, n, !w, w)
		}
	}
}

// same checks a result slice; NaN equals NaN.
func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d results, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; g != w && (g == g || w == w) {
			t.Fatalf("%s: row %d is %v, want %v", what, i, g, w)
		}
	}
}

// mapped is the naive twin of a binary kernel.
func mapped[A, B, D any](a []A, b []B, fn func(A, B) D) []D {
	s := make([]D, len(a))
	for i := range a {
		s[i] = fn(a[i], b[i])
	}
	return s
}

// repeat is a column of one value, which turns const forms into slice forms.
func repeat[T any](v T, n int) []T { return slices.Repeat([]T{v}, n) }

// firstWhere is the naive twin of a checked kernel's result.
func firstWhere(n int, valid []uint64, bad func(i int) bool) int {
	for i := range n {
		if bitAt(valid, i) && bad(i) {
			return i
		}
	}
	return -1
}

// run calls a kernel that fills a slice of n.
func run[D any](n int, fn func(dst []D)) []D {
	dst := make([]D, n)
	fn(dst)
	return dst
}
