package mem

import (
	"errors"
	"flag"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/siksik-data/siksik/fault"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random sequences; 0 takes the clock")

// seeded is a random source whose seed is logged for a replay.
func seeded(t *testing.T) uint64 {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("replay with -seed %d", seed)
	return seed
}

func TestRefusalSaysWhoNeedsWhatAndHowToRaiseTheBudget(t *testing.T) {
	root := NewBudget("engine", 2e9)
	query := root.Child("query 1")
	scan, err := query.Reserve("scan", 1_200_000_000)
	if err != nil {
		t.Fatal(err)
	}
	join, err := query.Reserve("hash join", 700_000_000)
	if err != nil {
		t.Fatal(err)
	}
	err = join.Grow(500_000_000)
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Memory {
		t.Fatalf("got %v", err)
	}
	const want = "hash join needs 500.0 MB more and holds 700.0 MB: over the memory budget of 2.0 GB, of which 1.9 GB is in use; " +
		"the budget is raised by --memory, for example --memory 4GB"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	if join.Used() != 700_000_000 {
		t.Errorf("a refused reservation changed to %d", join.Used())
	}
	scan.Free()
	if err := join.Grow(500_000_000); err != nil {
		t.Errorf("room was made, yet: %v", err)
	}
	join.Free()
	if query.Used() != 0 || root.Used() != 0 {
		t.Errorf("in use after all: query %d, engine %d", query.Used(), root.Used())
	}
	if root.Peak() < 1_900_000_000 || root.Peak() > 2e9 {
		t.Errorf("peak %d", root.Peak())
	}
}

func TestTheLastByteCanBeReserved(t *testing.T) {
	root := NewBudget("engine", 10_000_001)
	r, err := root.Reserve("sort", 10_000_001)
	if err != nil {
		t.Fatal(err)
	}
	if root.Available() != 0 || r.Grow(1) == nil {
		t.Error("there was more than the limit")
	}
	r.Free()
	r.Free()
	if root.Used() != 0 {
		t.Errorf("%d in use after Free", root.Used())
	}
}

func TestChildLimitHoldsBesidesTheRoots(t *testing.T) {
	root := NewBudget("engine", 1e9)
	child := root.ChildLimit("query", 1e6)
	r := child.Reservation("window")
	if err := r.Grow(2e6); err == nil || !strings.Contains(err.Error(), "budget of 1.0 MB") {
		t.Errorf("got %v", err)
	}
	if root.Used() != 0 || child.Used() != 0 {
		t.Errorf("a refusal left %d and %d in use", root.Used(), child.Used())
	}
	if child.Limit() != 1e6 || root.Child("other").Limit() != 1e9 {
		t.Error("wrong limits")
	}
}

func TestClosingABudgetReportsTheLeak(t *testing.T) {
	root := NewBudget("engine", 0)
	child := root.Child("query")
	if _, err := child.Reserve("distinct", 5000); err != nil {
		t.Fatal(err)
	}
	if left := child.Close(); left < 5000 {
		t.Errorf("leak of %d reported", left)
	}
	if root.Used() != 0 {
		t.Errorf("the leak still counts %d at the root", root.Used())
	}
}

func TestSmallStepsSeldomTouchTheBudget(t *testing.T) {
	root := NewBudget("engine", 1e9)
	r := root.Reservation("aggregate")
	seen := map[int64]bool{}
	for range 100_000 {
		if err := r.Grow(100); err != nil {
			t.Fatal(err)
		}
		seen[root.Used()] = true
	}
	if len(seen) > 20 {
		t.Errorf("%d grants for 10 MB", len(seen))
	}
	if err := r.Resize(100); err != nil || r.Used() != 100 || root.Used() > 3*chunkMax || r.Peak() != 10_000_000 {
		t.Errorf("after shrinking: %d of %d, peak %d, %v", r.Used(), root.Used(), r.Peak(), err)
	}
}

func TestConcurrentReservationsNeverPassTheLimitAndAllComesBack(t *testing.T) {
	seed := seeded(t)
	const limit = 4 << 20
	root := NewBudget("engine", limit)
	var wg sync.WaitGroup
	for q := range 2 {
		query := root.Child("query")
		shared := query.Reservation("shared")
		for w := range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				r := rand.New(rand.NewPCG(seed, uint64(4*q+w)))
				own := query.Reservation("own")
				held := int64(0)
				for range 3000 {
					n := r.Int64N(300_000)
					if own.Grow(n) == nil && r.IntN(2) == 0 {
						own.Shrink(n)
					}
					if shared.Grow(n) == nil {
						held += n
					}
					if r.IntN(2) == 0 {
						shared.Shrink(held)
						held = 0
					}
					if own.Used() > limit/8 {
						own.Free()
					}
					if u := root.Used(); u > limit || u < 0 {
						t.Errorf("%d of %d in use", u, limit)
						return
					}
				}
				shared.Shrink(held)
				own.Free()
			}()
		}
		defer func() {
			if shared.Used() != 0 {
				t.Errorf("shared holds %d", shared.Used())
			}
			shared.Free()
			if left := query.Close(); left != 0 {
				t.Errorf("query leaks %d", left)
			}
		}()
	}
	wg.Wait()
	if root.Peak() > limit || root.Peak() == 0 {
		t.Errorf("peak %d", root.Peak())
	}
}

func TestSizesAsPeopleWriteThem(t *testing.T) {
	for s, want := range map[string]int64{"2GB": 2e9, "1.5 GiB": 3 << 29, "512mb": 512e6, "64k": 64e3, "10M": 10e6, "4096": 4096, " 7 B ": 7, "1tb": 1e12} {
		if got, err := ParseBytes(s); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "GB", "-1GB", "1 XB", "2GBB", "NaN", "1e99GB", "99999999TB"} {
		if got, err := ParseBytes(s); err == nil {
			t.Errorf("%q is %d", s, got)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 2e9: "2.0 GB", 1536: "1.5 kB", 300e6: "300.0 MB", -5e6: "-5.0 MB", 3e12: "3.0 TB"} {
		if got := FormatBytes(n); got != want {
			t.Errorf("%d prints as %q, want %q", n, got, want)
		}
	}
}

func TestDefaultLimitIsThreeQuartersOfTheSmallest(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for _, c := range []struct {
		name string
		sys  fstest.MapFS
		want int64
	}{
		{"machine", fstest.MapFS{"proc/meminfo": file("MemTotal:  8000 kB\nMemFree: 1 kB\n")}, 6000 << 10},
		{"group", fstest.MapFS{"proc/meminfo": file("MemTotal: 8000 kB\n"), "sys/fs/cgroup/memory.max": file("4000000\n")}, 3000000},
		{"group without limit", fstest.MapFS{"proc/meminfo": file("MemTotal: 8000 kB\n"), "sys/fs/cgroup/memory.max": file("max\n")}, 6000 << 10},
		{"old group", fstest.MapFS{"proc/meminfo": file("MemTotal: 8000 kB\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("4000000")}, 3000000},
		{"unknown", fstest.MapFS{}, fallbackLimit},
	} {
		if got := defaultLimit(c.sys); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if got := DefaultLimit(); got < 1<<20 || got == math.MaxInt64 {
		t.Errorf("this machine: %d", got)
	}
}
