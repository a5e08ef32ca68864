package op

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/exec"
)

// stretchedKeys are columns of several stretches: in order, nearly so, at random, all alike, and with nulls here and in a whole stretch.
func stretchedKeys(r *rand.Rand) map[string]*data.Column {
	n := 4*morselRows + 1 + r.IntN(morselRows)
	ascending := func(i int) int64 { return int64(i/2) - 70_000 }
	random := func(int) int64 { return int64(r.IntN(n)) - 50_000 }
	out := map[string]*data.Column{
		"in order":        int64s(n, ascending),
		"nearly in order": int64s(n, func(i int) int64 { return ascending(i) + int64(r.IntN(100)) }),
		"at random":       int64s(n, random),
		"all alike":       int64s(n, func(int) int64 { return 7 }),
		"few":             int64s(100, func(int) int64 { return int64(r.IntN(60)) }),
	}
	nulls := int64s(n, random)
	nulls.Valid = data.NewBitmap(n)
	for i := range n {
		if i/morselRows != 2 && r.IntN(10) > 0 {
			nulls.Valid.Set(i)
		} else {
			data.Slice[int64](nulls)[i] = 1 << 62 // what lies under a null is nobody's key
		}
	}
	out["with nulls"] = nulls
	return out
}

func TestIntegerKeysAreEnteredInRowOrderByAnyNumberOfWorkers(t *testing.T) {
	for name, c := range stretchedKeys(seeded(t)) {
		want := map[int64][]int{}
		for i, v := range data.Slice[int64](c) {
			if !c.IsNull(i) {
				want[v] = append(want[v], i)
			}
		}
		for _, threads := range []int{1, 2, 7} {
			crew := &exec.Crew{Threads: threads}
			table := &joinTable{lay: newKeyLayout([]dtype.Type{tInt}), safe: []bool{false}}
			if err := table.build(t.Context(), crew, []*data.Column{c}, c.Len, func(int64) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if table.head == nil {
				t.Fatalf("%s: no direct array", name)
			}
			keys := 0
			for at, head := range table.head {
				var got []int
				for r := head; r != 0; {
					got = append(got, int(r-1))
					if table.next == nil {
						break
					}
					r = table.next[r-1]
				}
				if head != 0 {
					keys++
				}
				if !slices.Equal(got, want[table.least+int64(at)]) {
					t.Fatalf("%s, %d workers: key %d has rows %v, not %v", name, threads, table.least+int64(at), got, want[table.least+int64(at)])
				}
			}
			set := &keyBits{least: table.least, span: uint64(len(table.head) - 1), bits: make(data.Bitmap, len(table.head)/64+1)}
			if err := set.fill(t.Context(), crew, c); err != nil {
				t.Fatal(err)
			}
			members := 0
			for at := range table.head {
				if set.bits.Get(at) != (table.head[at] != 0) {
					t.Fatalf("%s, %d workers: the set is wrong about key %d", name, threads, table.least+int64(at))
				}
				if set.bits.Get(at) {
					members++
				}
			}
			if keys != len(want) || members != len(want) {
				t.Errorf("%s, %d workers: %d keys in the table and %d in the set, not %d", name, threads, keys, members, len(want))
			}
		}
	}
}

func TestEnteringKeysEndsWhenItIsCancelled(t *testing.T) {
	c := int64s(3*morselRows, func(i int) int64 { return int64(i) })
	s, err := stretchesOf[int64](t.Context(), &exec.Crew{Threads: 2}, c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	calls := 0
	err = s.divide(ctx, &exec.Crew{Threads: 1}, uint64(c.Len), func(ctx context.Context, from, to uint64) error {
		return s.rows(ctx, 0, from, to, func(int, int, []uint32) {
			calls++
			cancel(stop)
		})
	})
	if !errors.Is(err, stop) || calls > morselRows/data.BatchRows { // not after another stretch
		t.Errorf("%v after %d calls", err, calls)
	}
}
