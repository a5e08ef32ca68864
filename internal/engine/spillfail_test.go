package engine

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/siksik-data/siksik/internal/mem"
)

var (
	seedFlag = flag.Uint64("seed", 0, "replay the failures of one seed")
	allFlag  = flag.Bool("all", false, "try each failure with each number of workers")
)

// TestMain links what queries name and gives the collector less to do.
func TestMain(m *testing.M) {
	linkAll()
	mem.RaiseHeapFloor(8 << 30)
	os.Exit(m.Run())
}

// seeded returns a random source whose seed is printed.
func seeded(t *testing.T) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("replay with -seed %d", seed)
	return rand.New(rand.NewPCG(seed, 3))
}

// room says which failures a test tries with which workers: each failure with one number of workers a query, unless all are asked for, and half of
// them in the quick round. With consecutive turns, each failure meets all numbers of workers equally often.
func room(turn int) func(harm, workers int) bool {
	return func(harm, workers int) bool {
		return *allFlag || (harm+turn)%3 == workers && (!testing.Short() || (harm+turn)%2 == 0)
	}
}

var workers = []int{1, 2, 7}

// Whatever happens to what an operator has spilled, the query says so, nothing of it stays, and the engine answers the next one.
func TestQueriesThatFailWhileTheySpillLeaveNothingAndTheEngineWorks(t *testing.T) {
	r := seeded(t)
	tables := [2]*watched{newWatched(1, 8_000), newWatched(2, 5_000)}
	roomy := newArena(t, tables, t.TempDir(), 2, 1<<30)
	defer roomy.e.Close()
	next := roomy.run(t.Context(), afterwards, &harmful{}, nil).digest
	met := make([]int, len(harms))
	first := r.IntN(6)
	for turn, s := range spillers {
		t.Run(s.name, func(t *testing.T) {
			roomy.t = t
			want := roomy.run(t.Context(), s.query, &harmful{}, nil)
			if want.err != nil || want.ops != 0 {
				t.Fatalf("with much memory: %v, %d operations on disk", want.err, want.ops)
			}
			tried := room(first + turn)
			for w, threads := range workers {
				a := newArena(t, tables, t.TempDir(), threads, s.memory*int64(4+threads/4)/4) // many workers need some more
				clean, ok := a.spills(s.query, want.digest)
				if !ok {
					continue
				}
				for i, h := range harms {
					if tried(i, w) && a.check(s, h, clean, r.Float64()) {
						met[i]++
					}
				}
				if s.memory >= 256<<10 {
					a.works(afterwards, next) // each of its workers needs a few kilobytes
				}
				if threads <= 2 {
					a.works(s.query, want.digest)
				}
				a.close()
			}
		})
	}
	for i, h := range harms {
		if met[i] < len(spillers)/6 {
			t.Errorf("%s: only %d queries failed", h.name, met[i])
		}
	}
}
