package op

import (
	"context"
	"math/bits"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/spi"
)

// keyBits is the exact set of integer keys of one column, a bit for each value from the least to the greatest.
type keyBits struct {
	least int64
	span  uint64 // greatest - least
	bits  data.Bitmap
}

// fill enters the values of a Flat column, which lie within the bounds.
func (s *keyBits) fill(ctx context.Context, crew *exec.Crew, c *data.Column) error {
	switch c.Type.Phys() {
	case dtype.PhysI8:
		return fillBits[int8](ctx, crew, s, c)
	case dtype.PhysI16:
		return fillBits[int16](ctx, crew, s, c)
	case dtype.PhysI32:
		return fillBits[int32](ctx, crew, s, c)
	case dtype.PhysI64:
		return fillBits[int64](ctx, crew, s, c)
	case dtype.PhysU8:
		return fillBits[uint8](ctx, crew, s, c)
	case dtype.PhysU16:
		return fillBits[uint16](ctx, crew, s, c)
	default:
		return fillBits[uint32](ctx, crew, s, c)
	}
}

func fillBits[T smallInt](ctx context.Context, crew *exec.Crew, s *keyBits, c *data.Column) error {
	in, err := stretchesOf[T](ctx, crew, c)
	if err != nil {
		return err
	}
	return in.divide(ctx, crew, s.span+1, func(ctx context.Context, from, to uint64) error {
		mem.Touch(s.bits[from>>6 : (to+63)>>6])
		return in.rows(ctx, s.least, from, to, func(lo, hi int, rows []uint32) {
			if rows == nil {
				for _, v := range in.vals[lo:hi] {
					s.add(uint64(int64(v)))
				}
			}
			for _, r := range rows {
				s.add(uint64(int64(in.vals[r])))
			}
		})
	})
}

// add enters a value of the span.
func (s *keyBits) add(v uint64) {
	v -= uint64(s.least)
	s.bits[v>>6] |= 1 << (v & 63)
}

// Tester implements spi.Members.
func (s *keyBits) Tester() spi.Tester { return &setTester{flat: s.flat} }

// From implements spi.Ascending.
func (s *keyBits) From(v int64) (member int64, ok bool) {
	x := uint64(0)
	if v > s.least {
		x = uint64(v) - uint64(s.least)
	}
	if x > s.span {
		return 0, false
	}
	w := x >> 6
	for word := s.bits[w] >> (x & 63) << (x & 63); ; word = s.bits[w] {
		if word != 0 {
			return s.least + int64(w<<6) + int64(bits.TrailingZeros64(word)), true
		}
		if w++; w >= uint64(len(s.bits)) {
			return 0, false
		}
	}
}

// flat tests rows of a Flat column.
func (s *keyBits) flat(dst, rows []uint32, cols []*data.Column) []uint32 {
	c := cols[0]
	switch c.Type.Phys() {
	case dtype.PhysI8:
		return inBits(s, dst, rows, data.Slice[int8](c), c.Valid)
	case dtype.PhysI16:
		return inBits(s, dst, rows, data.Slice[int16](c), c.Valid)
	case dtype.PhysI32:
		return inBits(s, dst, rows, data.Slice[int32](c), c.Valid)
	case dtype.PhysI64:
		return inBits(s, dst, rows, data.Slice[int64](c), c.Valid)
	case dtype.PhysU8:
		return inBits(s, dst, rows, data.Slice[uint8](c), c.Valid)
	case dtype.PhysU16:
		return inBits(s, dst, rows, data.Slice[uint16](c), c.Valid)
	case dtype.PhysU32:
		return inBits(s, dst, rows, data.Slice[uint32](c), c.Valid)
	default:
		return append(dst, rows...) // of another type than the key, so nothing is known
	}
}

// inBits appends the rows whose value is in the set. It writes every row and moves on behind those that pass, which dst has room for, since it never
// overtakes rows.
func inBits[T smallInt](s *keyBits, dst, rows []uint32, vals []T, valid data.Bitmap) []uint32 {
	at := len(dst)
	dst = roomFor(dst, len(rows))
	out := dst[at : at+len(rows)]
	bits, least, span := s.bits, uint64(s.least), s.span
	k := 0
	for _, r := range rows {
		x := uint64(int64(vals[r])) - least
		out[k] = r
		hit := uint64(0)
		if x <= span {
			hit = bits[x>>6] >> (x & 63) & 1
		}
		if valid != nil {
			hit &= valid[r>>6] >> (r & 63)
		}
		k += int(hit)
	}
	return dst[:at+k]
}

// roomFor returns dst with room for n elements behind it.
func roomFor(dst []uint32, n int) []uint32 {
	if cap(dst)-len(dst) < n {
		grown := make([]uint32, len(dst), len(dst)+n)
		copy(grown, dst)
		dst = grown
	}
	return dst[:cap(dst)]
}

// keyBloom is a Bloom filter over keys of any types: four bits of one word for each key, two bytes a key.
type keyBloom struct {
	lay  *keyLayout
	bits []uint64
	mask uint64
}

const bloomKeysPerWord = 4

// bloomWords is the size of a filter of so many keys; bloomBytes is its memory.
func bloomWords(keys int) int {
	size := 64
	for size*bloomKeysPerWord < keys {
		size *= 2
	}
	return size
}

func bloomBytes(keys int) int64 { return 8 * int64(bloomWords(keys)) }

func newKeyBloom(lay *keyLayout, keys int) *keyBloom {
	size := bloomWords(keys)
	s := &keyBloom{lay: lay, bits: make([]uint64, size), mask: uint64(size - 1)}
	mem.Touch(s.bits)
	return s
}

// bloomWord is the bits of a hash within its word, which bits 16 and up choose.
func bloomWord(h uint64) uint64 {
	return 1<<(h>>58) | 1<<(h>>52&63) | 1<<(h>>46&63) | 1<<(h>>40&63)
}

// add enters a key by its hash.
func (s *keyBloom) add(h uint64) { s.bits[h>>16&s.mask] |= bloomWord(h) }

// fill enters n rows of Flat columns.
func (s *keyBloom) fill(cols []*data.Column, n int) {
	k := newKeyBatch(s.lay)
	k.each(cols, 0, n, func(int) {
		for _, h := range k.hash {
			s.add(h)
		}
	})
}

// Tester implements spi.Members.
func (s *keyBloom) Tester() spi.Tester {
	t := &bloomTester{s: s, k: newKeyBatch(s.lay)}
	return &setTester{flat: t.flat}
}

// bloomTester is one goroutine's lookups.
type bloomTester struct {
	s       *keyBloom
	k       *keyBatch
	part    []*data.Column
	hits    []uint8
	scratch compute.Scratch
}

// flat tests rows of columns; only a single column must be Flat.
func (t *bloomTester) flat(dst, rows []uint32, cols []*data.Column) []uint32 {
	if len(rows) == 0 {
		return dst
	}
	n := cols[0].Len
	few := len(rows) < n/2
	if few {
		t.scratch.Reset()
		t.part = t.part[:0]
		for _, c := range cols {
			t.part = append(t.part, compute.Gather(&t.scratch, c, rows))
		}
		cols, n = t.part, len(rows)
	}
	t.k.set(cols, n)
	at := len(dst)
	dst = roomFor(dst, len(rows))
	out := dst[at : at+len(rows)]
	t.hits = sized(t.hits, len(rows))
	t.s.test(t.hits, rows, t.k.hash[:n], few)
	if mayBeNull(cols) {
		t.dropNulls(rows, few, cols)
	}
	k := 0
	for i, r := range rows {
		out[k] = r
		k += int(t.hits[i])
	}
	return dst[:at+k]
}

// test tells for each of rows whether its key may be in the set. Row rows[i] has hash[i] if the rows were gathered. Nothing that a row does waits
// for the words of earlier ones, which are seldom in the nearest cache.
func (s *keyBloom) test(hits []uint8, rows []uint32, hash []uint64, gathered bool) {
	bits, mask := s.bits, s.mask
	if gathered {
		hash = hash[:len(hits)]
		for i := range hits {
			lack := bloomWord(hash[i]) &^ bits[hash[i]>>16&mask]
			hits[i] = uint8((lack|-lack)>>63 ^ 1)
		}
		return
	}
	hits = hits[:len(rows)]
	for i, r := range rows {
		h := hash[r]
		lack := bloomWord(h) &^ bits[h>>16&mask]
		hits[i] = uint8((lack|-lack)>>63 ^ 1)
	}
}

// dropNulls clears the hits of rows with a null.
func (t *bloomTester) dropNulls(rows []uint32, gathered bool, cols []*data.Column) {
	for i, r := range rows {
		if gathered {
			r = uint32(i)
		}
		if t.hits[i] != 0 && nullAt(cols, int(r)) {
			t.hits[i] = 0
		}
	}
}

// nullAt reports whether any of the columns is null in row i.
func nullAt(cols []*data.Column, i int) bool {
	for _, c := range cols {
		if c.IsNull(i) {
			return true
		}
	}
	return false
}

// mayBeNull reports whether columns can have nulls.
func mayBeNull(cols []*data.Column) bool {
	return slices.ContainsFunc(cols, func(c *data.Column) bool {
		return c.Form == data.Const || c.Valid != nil || c.Type.Kind == dtype.Null
	})
}

// setTester deals with the forms of a single column, so that a value of a dictionary is looked up at most once.
type setTester struct {
	flat  func(dst, rows []uint32, cols []*data.Column) []uint32
	dict  *data.Column // the values that state is about
	state []uint8      // by code
	codes []uint32
	found []uint32
	one   [1]*data.Column
}

// State of a dictionary's value.
const (
	codeUnknown uint8 = 0
	codeAsked   uint8 = 2
	codeOut     uint8 = 4
	codeIn      uint8 = 5 // the only odd one
)

// Reset implements spi.Tester.
func (t *setTester) Reset() { t.dict = nil }

// Select implements spi.Tester.
func (t *setTester) Select(dst, rows []uint32, cols []*data.Column) []uint32 {
	if len(cols) != 1 {
		return t.flat(dst, rows, cols)
	}
	c := cols[0]
	switch c.Form {
	case data.Const:
		t.one[0] = c.Values
		if len(t.flat(nil, []uint32{0}, t.one[:])) == 0 {
			return dst
		}
		return append(dst, rows...)
	case data.Dict:
		return t.byCode(dst, rows, c)
	default:
		return t.flat(dst, rows, cols)
	}
}

// byCode tests the dictionary's values that occur and have not been tested, and then the rows.
func (t *setTester) byCode(dst, rows []uint32, c *data.Column) []uint32 {
	if t.dict != c.Values || len(t.state) != c.Values.Len {
		t.dict = c.Values
		t.state = sized(t.state, c.Values.Len)
		clear(t.state)
	}
	codes, state := c.Codes, t.state
	t.codes = t.codes[:0]
	for _, r := range rows {
		if x := codes[r]; state[x] == codeUnknown {
			state[x] = codeAsked
			t.codes = append(t.codes, x)
		}
	}
	if len(t.codes) > 0 {
		t.one[0] = c.Values
		t.found = t.flat(t.found[:0], t.codes, t.one[:])
		for _, x := range t.codes {
			state[x] = codeOut
		}
		for _, x := range t.found {
			state[x] = codeIn
		}
	}
	at := len(dst)
	dst = roomFor(dst, len(rows))
	out := dst[at : at+len(rows)]
	k := 0
	for _, r := range rows {
		hit := uint64(state[codes[r]] & 1)
		out[k] = r
		if c.Valid != nil {
			hit &= c.Valid[r>>6] >> (r & 63)
		}
		k += int(hit)
	}
	return dst[:at+k]
}
