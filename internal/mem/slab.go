package mem

import (
	"math"
	"sync"
	"unsafe"

	"github.com/siksik-data/siksik/internal/bug"
)

const (
	hugePage = 2 << 20
	// slabMin is the size below which the Go heap serves as well.
	slabMin = hugePage / 8
	// slabStep is the smallest difference between two sizes.
	slabStep = 64 << 10
)

// Slabs recycles large buffers without pointers: hash tables, sort and partition
// pages. They lie outside the Go heap where the system allows it, so neither page
// faults nor clearing by the kernel nor the garbage collector cost anything once warm
// (first touch of 512 MiB: 239 ms, recycled 11). All functions may be called from
// many goroutines.
//
// Memory in use counts in the reservation of who asked; memory kept for reuse counts
// in the budget given to NewSlabs, and goes when the budget runs short.
type Slabs struct {
	kept  *Reservation // the idle ones
	limit *GoLimit     // is told how much there is, or nil

	mu     sync.Mutex
	idle   map[int][]region // by size
	lent   map[*byte]region
	closed bool
}

// Holder is what a slab is charged to: a Reservation, or what stands before one.
type Holder interface {
	Grow(bytes int64) error
	Shrink(bytes int64)
}

// keepMost is how much a Slabs keeps for reuse at most: enough to save the next query its first page faults, and no reason to wonder what an idle
// process needs its memory for.
const keepMost = 256 << 20

// region is one mapping: data is the part on boundaries of 2 MiB, raw the whole.
type region struct{ raw, data []byte }

// NewSlabs makes an empty cache under b, normally the engine's root.
func NewSlabs(b *Budget) *Slabs { return NewSlabsTelling(b, nil) }

// NewSlabsTelling is NewSlabs that tells limit how much lies outside the Go heap.
func NewSlabsTelling(b *Budget, limit *GoLimit) *Slabs {
	s := &Slabs{kept: b.cacheReservation("recycled memory"), limit: limit, idle: map[int][]region{}, lent: map[*byte]region{}}
	b.AddCache(s)
	return s
}

// Slab returns n zeroed elements of a type without pointers, charged to r. The caller
// hands them to FreeSlab exactly once, with the same r, and no slice of them outlives
// that. The error is a *fault.Error of code Memory.
func Slab[T any](s *Slabs, r Holder, n int) ([]T, error) {
	b, recycled, err := s.get(r, slabBytes[T](n))
	if err != nil {
		return nil, err
	}
	t := cast[T](b, n)
	if recycled {
		clear(t)
	}
	return t, nil
}

// DirtySlab is Slab with unspecified content, for memory written before it is read.
func DirtySlab[T any](s *Slabs, r Holder, n int) ([]T, error) {
	b, _, err := s.get(r, slabBytes[T](n))
	if err != nil {
		return nil, err
	}
	return cast[T](b, n), nil
}

// FreeSlab takes back what Slab or DirtySlab returned; nil is allowed. Its first
// element and capacity must be the original ones.
func FreeSlab[T any](s *Slabs, r Holder, t []T) {
	if cap(t) == 0 {
		return
	}
	s.put(r, (*byte)(unsafe.Pointer(unsafe.SliceData(t))), slabBytes[T](cap(t)))
}

// SlabSize is what a slab of n bytes takes.
func SlabSize(n int) int {
	if n < slabMin {
		return n
	}
	return slabClass(n)
}

// slabBytes is the size of n elements of T.
func slabBytes[T any](n int) int {
	var t T
	return n * int(unsafe.Sizeof(t))
}

// cast is n elements of T over b.
func cast[T any](b []byte, n int) []T {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// slabClass rounds a size up to one of four steps per power of two, so that sizes
// recur.
func slabClass(n int) int {
	step := slabStep
	for step*8 < n {
		step *= 2
	}
	return (n + step - 1) / step * step
}

// get returns a buffer of at least n bytes and whether it holds old content.
func (s *Slabs) get(r Holder, n int) (b []byte, recycled bool, err error) {
	if n < slabMin {
		if err := r.Grow(int64(n)); err != nil {
			return nil, false, err
		}
		return asBytes(make([]uint64, (n+7)/8)), false, nil
	}
	size := slabClass(n)
	s.mu.Lock()
	l := s.idle[size]
	var g region
	if len(l) > 0 {
		g = l[len(l)-1]
		s.idle[size] = l[:len(l)-1]
	}
	s.mu.Unlock()
	if g.data != nil {
		s.kept.Shrink(int64(size))
	}
	if err := r.Grow(int64(size)); err != nil {
		if g.data != nil {
			s.unmap(g)
		}
		return nil, false, err
	}
	recycled = g.data != nil
	if !recycled {
		if g, err = s.mapRegion(size); err != nil {
			r.Shrink(int64(size))
			return nil, false, err
		}
	}
	s.mu.Lock()
	s.lent[unsafe.SliceData(g.data)] = g
	s.mu.Unlock()
	return g.data, recycled, nil
}

// put takes back the buffer of n bytes at p.
func (s *Slabs) put(r Holder, p *byte, n int) {
	if n < slabMin {
		r.Shrink(int64(n))
		return
	}
	s.mu.Lock()
	g, ok := s.lent[p]
	if !ok {
		s.mu.Unlock()
		bug.Panicf("freeing a slab of %d bytes that is not lent", n)
	}
	delete(s.lent, p)
	s.mu.Unlock()
	size := int64(len(g.data))
	r.Shrink(size)
	// The budget may have gone to somebody else meanwhile; then the slab goes too.
	if s.kept.Used()+size > keepMost || !s.kept.growIdle(size) {
		s.unmap(g)
		return
	}
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.idle[int(size)] = append(s.idle[int(size)], g)
	}
	s.mu.Unlock()
	if closed {
		s.kept.Shrink(size)
		s.unmap(g)
	}
}

// mapRegion gets memory from the system.
func (s *Slabs) mapRegion(size int) (region, error) {
	g, err := mapRegion(size)
	if err == nil && offHeap {
		s.limit.addOffHeap(int64(size))
	}
	return g, err
}

// unmap gives memory back to the system.
func (s *Slabs) unmap(g region) {
	unmap(g)
	if offHeap {
		s.limit.addOffHeap(-int64(len(g.data)))
	}
}

// Release implements Cache: it unmaps idle slabs until n bytes are free.
func (s *Slabs) Release(n int64) int64 {
	var out []region
	freed := int64(0)
	s.mu.Lock()
	for size, l := range s.idle {
		for len(l) > 0 && freed < n {
			out = append(out, l[len(l)-1])
			l = l[:len(l)-1]
			freed += int64(size)
		}
		s.idle[size] = l
	}
	s.mu.Unlock()
	for _, g := range out {
		s.unmap(g)
	}
	if freed > 0 {
		s.kept.Shrink(freed)
	}
	return freed
}

// Close frees all idle slabs and returns the bytes still lent, which are a leak.
func (s *Slabs) Close() int64 {
	s.mu.Lock()
	s.closed = true
	left := int64(0)
	for _, g := range s.lent {
		left += int64(len(g.data))
	}
	s.mu.Unlock()
	s.kept.budget.RemoveCache(s)
	s.Release(math.MaxInt64)
	return left
}

// asBytes is the memory of t.
func asBytes[T any](t []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(t))), slabBytes[T](len(t)))
}
