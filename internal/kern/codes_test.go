package kern

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// seeded returns random numbers from a seed that is logged.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func TestAllBelowSeesOneTooLargeAnywhere(t *testing.T) {
	for size := range 100 {
		for _, limit := range []int{1, 2, 1000, 1 << 30} {
			a := make([]uint32, size)
			for i := range a {
				a[i] = uint32(limit - 1)
			}
			if !AllBelow(a, limit) || !allBelowWords(a, uint32(limit)) || hasVectors && size >= 8 && !allBelowVector(a, uint32(limit)) {
				t.Fatalf("%d values below %d are not", size, limit)
			}
			for i := range a {
				for _, large := range []uint32{uint32(limit), 1 << 31, 1<<31 - 1, 1<<32 - 1} {
					a[i] = large
					if AllBelow(a, limit) || allBelowWords(a, uint32(limit)) || hasVectors && size >= 8 && allBelowVector(a, uint32(limit)) {
						t.Fatalf("%d at %d of %d values is not seen to be above %d", large, i, size, limit)
					}
				}
				a[i] = 0
			}
		}
	}
	if AllBelow([]uint32{1}, 1<<30+1) {
		t.Error("a limit that is too large holds")
	}
}

func TestUnpackBitsTakesNumbersFromTheirBits(t *testing.T) {
	r := seeded(t)
	most := 0
	for w := range 33 {
		for range 50 {
			src := make([]byte, r.IntN(200))
			for i := range src {
				src[i] = byte(r.Uint32())
			}
			dst := make([]uint32, r.IntN(120))
			n := UnpackBits(dst, src, w)
			if n > len(dst) || n%8 != 0 {
				t.Fatalf("%d of %d numbers", n, len(dst))
			}
			most = max(most, n)
			for i, got := range dst[:n] {
				var want uint32
				for b := range w {
					bit := i*w + b
					want |= uint32(src[bit/8]>>(bit%8)&1) << b
				}
				if got != want {
					t.Fatalf("width %d, number %d of %d: %#x, want %#x", w, i, n, got, want)
				}
			}
			for i, v := range dst[n:] {
				if v != 0 {
					t.Fatalf("number %d of %d was written", n+i, n)
				}
			}
		}
	}
	if hasVectors && most < 64 {
		t.Errorf("at most %d numbers were unpacked at once", most)
	}
}

func BenchmarkCodes(b *testing.B) {
	codes := benchInts[uint32](1000)
	perRow(b, "all below", func() { AllBelow(codes, 1000) })
	src := make([]byte, 4*benchRows+64)
	for _, w := range []int{1, 4, 9, 14, 20} {
		if UnpackBits(codes, src, w) == 0 {
			continue // without vectors it leaves all to its caller
		}
		perRow(b, fmt.Sprintf("unpack %d bits", w), func() { UnpackBits(codes, src, w) })
	}
}
