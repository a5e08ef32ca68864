package mem

import (
	"math/rand/v2"
	"sync"
	"testing"
	"unsafe"
)

func TestSlabsAreZeroedAndRecycled(t *testing.T) {
	root := NewBudget("engine", 64<<20)
	s := NewSlabs(root)
	r := root.Reservation("aggregate")
	for _, n := range []int{0, 1, 100, slabMin/8 - 1, slabMin / 8, 1 << 20, 1<<20 + 1} {
		var first *uint64
		for round := range 2 {
			a, err := Slab[uint64](s, r, n)
			if err != nil {
				t.Fatal(err)
			}
			if len(a) != n || cap(a) != n {
				t.Fatalf("%d elements and %d, want %d", len(a), cap(a), n)
			}
			for i, x := range a {
				if x != 0 {
					t.Fatalf("round %d: element %d of %d is %x", round, i, n, x)
				}
				a[i] = ^uint64(0)
			}
			if r.Used() < int64(8*n) {
				t.Fatalf("%d bytes charged for %d", r.Used(), 8*n)
			}
			if p := unsafe.SliceData(a); n*8 >= slabMin {
				if round == 1 && p != first {
					t.Errorf("%d elements were not recycled", n)
				}
				first = p
			}
			FreeSlab(s, r, a)
			if r.Used() != 0 {
				t.Fatalf("%d bytes charged after FreeSlab", r.Used())
			}
		}
	}
	if left := s.Close(); left != 0 {
		t.Errorf("%d bytes lent at the end", left)
	}
	r.Free()
	if root.Used() != 0 {
		t.Errorf("%d in use at the end", root.Used())
	}
}

func TestIdleSlabsGiveWayToReservations(t *testing.T) {
	root := NewBudget("engine", 16<<20)
	s := NewSlabs(root)
	r := root.Reservation("aggregate")
	a, err := DirtySlab[byte](s, r, 10<<20)
	if err != nil {
		t.Fatal(err)
	}
	FreeSlab(s, r, a)
	r.Free()
	if root.Used() != 10<<20 {
		t.Fatalf("%d kept for reuse", root.Used())
	}
	sort, err := root.Reserve("sort", 16<<20)
	if err != nil {
		t.Fatalf("the idle slab did not give way: %v", err)
	}
	// A slab that comes back to a full budget must not stay.
	sort.Free()
	b, err := Slab[byte](s, r, 12<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range b {
		if x != 0 {
			t.Fatal("not zeroed")
		}
	}
	if _, err := Slab[byte](s, r, 12<<20); err == nil {
		t.Error("two slabs of 12 MiB in 16")
	}
	FreeSlab(s, r, b)
	r.Free()
	if s.Close() != 0 || root.Used() != 0 {
		t.Errorf("%d in use at the end", root.Used())
	}
}

func TestForgottenSlabsAreReported(t *testing.T) {
	root := NewBudget("engine", 0)
	s := NewSlabs(root)
	r := root.Reservation("join")
	a, err := Slab[uint32](s, r, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if left := s.Close(); left != 4<<20 {
		t.Errorf("%d bytes lent", left)
	}
	FreeSlab(s, r, a) // late, but still allowed
	if s.Close() != 0 || r.Used() != 0 {
		t.Error("late FreeSlab did not count")
	}
}

func TestSlabClassesWasteAtMostAQuarter(t *testing.T) {
	for n := slabMin; n < 1<<30; n += n/7 + 12345 {
		c := slabClass(n)
		if c < n || c%slabStep != 0 || c > n+n/4 {
			t.Errorf("%d bytes take %d", n, c)
		}
		if slabClass(c) != c {
			t.Errorf("class %d is not its own class", c)
		}
	}
}

func TestPoolRecyclesBySizeAndGivesWay(t *testing.T) {
	root := NewBudget("engine", 1<<20)
	query := root.Child("query")
	p := NewPool(query, "parquet pages")
	b, err := p.Get(100_000)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) != 100_000 || cap(b) < len(b)+Slack {
		t.Fatalf("len %d cap %d", len(b), cap(b))
	}
	first := unsafe.SliceData(b)
	p.Put(b[:5])
	if b, err = p.Get(90_000); err != nil || unsafe.SliceData(b) != first {
		t.Errorf("not recycled: %v", err)
	}
	p.Put(b)
	// The pool itself needs the room of its own idle buffers for another size.
	big, err := p.Get(1<<20 - Slack)
	if err != nil {
		t.Fatalf("the idle buffer did not give way: %v", err)
	}
	if _, err := p.Get(10); err == nil {
		t.Error("more than the budget")
	}
	p.Put(big)
	p.Put(nil)
	r, err := root.Reserve("sort", 1<<20)
	if err != nil {
		t.Errorf("the pool did not give way: %v", err)
	}
	r.Free()
	if p.Close() != 0 || query.Close() != 0 || root.Used() != 0 {
		t.Error("bytes left")
	}
	if len(root.caches) != 0 {
		t.Error("a closed pool is still asked")
	}
}

func TestCachesUnderConcurrentPressure(t *testing.T) {
	seed := seeded(t)
	const limit = 24 << 20
	root := NewBudget("engine", limit)
	s, p := NewSlabs(root), NewPool(root, "pages")
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rnd := rand.New(rand.NewPCG(seed, uint64(w)))
			r := root.Reservation("worker")
			for range 300 {
				a, err := DirtySlab[uint64](s, r, 1+rnd.IntN(1<<20))
				b, err2 := p.Get(1 + rnd.IntN(1<<20))
				if err == nil {
					a[0], a[len(a)-1] = uint64(w), uint64(w)
				}
				if err2 == nil {
					b[0], b[len(b)-1] = byte(w), byte(w)
				}
				if root.Used() > limit {
					t.Errorf("%d of %d in use", root.Used(), limit)
				}
				if err == nil {
					if a[0] != uint64(w) || a[len(a)-1] != uint64(w) {
						t.Error("two owners of one slab")
					}
					FreeSlab(s, r, a)
				}
				if err2 == nil {
					if b[0] != byte(w) || b[len(b)-1] != byte(w) {
						t.Error("two owners of one buffer")
					}
					p.Put(b)
				}
			}
			r.Free()
		}()
	}
	wg.Wait()
	if s.Close() != 0 || p.Close() != 0 || root.Used() != 0 {
		t.Errorf("%d in use at the end", root.Used())
	}
}

func BenchmarkGrowShrink(b *testing.B) {
	r := NewBudget("engine", 1<<30).Reservation("aggregate")
	for b.Loop() {
		_ = r.Grow(1000)
		r.Shrink(1000)
	}
}

func BenchmarkSlab64MiBRecycled(b *testing.B) {
	root := NewBudget("engine", 1<<30)
	s, r := NewSlabs(root), root.Reservation("aggregate")
	defer s.Close()
	for b.Loop() {
		a, err := Slab[uint64](s, r, 8<<20)
		if err != nil {
			b.Fatal(err)
		}
		FreeSlab(s, r, a)
	}
}

func BenchmarkPool(b *testing.B) {
	p := NewPool(NewBudget("engine", 1<<30), "pages")
	b.ReportAllocs()
	for b.Loop() {
		x, err := p.Get(100_000)
		if err != nil {
			b.Fatal(err)
		}
		p.Put(x)
	}
}
