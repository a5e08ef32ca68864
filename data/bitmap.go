package data

import "math/bits"

// BatchRows is the largest number of rows in a batch: small enough that a few columns stay in the first-level caches.
const BatchRows = 2048

// Bitmap is one bit a row in 64-bit words, row i at bit i%64 of word i/64. As validity, 1 means present and a nil Bitmap means that
// every row is present. Bits past the last row are unspecified.
type Bitmap []uint64

// Words returns how many words n bits take.
func Words(n int) int { return (n + 63) >> 6 }

// NewBitmap returns n cleared bits.
func NewBitmap(n int) Bitmap { return make(Bitmap, Words(n)) }

// Get returns bit i; a nil Bitmap is all ones.
func (b Bitmap) Get(i int) bool { return b == nil || b[i>>6]>>(uint(i)&63)&1 != 0 }

// Set sets bit i.
func (b Bitmap) Set(i int) { b[i>>6] |= 1 << (uint(i) & 63) }

// Clear clears bit i.
func (b Bitmap) Clear(i int) { b[i>>6] &^= 1 << (uint(i) & 63) }

// SetTo sets bit i to v.
func (b Bitmap) SetTo(i int, v bool) {
	if v {
		b.Set(i)
	} else {
		b.Clear(i)
	}
}

// Count returns the number of ones among the first n bits; a nil Bitmap has n.
func (b Bitmap) Count(n int) int {
	if b == nil {
		return n
	}
	c, full := 0, n>>6
	for _, w := range b[:full] {
		c += bits.OnesCount64(w)
	}
	if r := uint(n) & 63; r != 0 {
		c += bits.OnesCount64(b[full] & (1<<r - 1))
	}
	return c
}

// All reports whether the first n bits are all ones.
func (b Bitmap) All(n int) bool { return b == nil || b.Count(n) == n }

// FillOnes sets the first n bits.
func (b Bitmap) FillOnes(n int) {
	for i := range b[:Words(n)] {
		b[i] = ^uint64(0)
	}
}
