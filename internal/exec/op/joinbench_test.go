//go:build unix

package op

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
)

// cpuNanos is the user time of this process, which tells more than the clock on a machine that is shared.
func cpuNanos() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkJoin joins a payload column to probe rows that have a key and a payload, with the families of keys that behave differently.
func BenchmarkJoin(b *testing.B) {
	const probe = 2_000_000
	for _, c := range []struct {
		name   string
		build  int
		spread uint64 // factor of the keys
		domain int    // of probe keys
		sorted bool
		copies int
	}{
		{"dense/1.5M/sorted", 1_500_000, 1, 1_500_000, true, 1},
		{"dense/1.5M/random", 1_500_000, 1, 1_500_000, false, 1},
		{"dense/25", 25, 1, 25, false, 1},
		{"hashed/150K/match=100", 150_000, 0x9E3779B97F4A7C15, 150_000, false, 1},
		{"hashed/150K/match=2", 150_000, 0x9E3779B97F4A7C15, 7_500_000, false, 1},
		{"hashed/2M/match=50", 2_000_000, 0x9E3779B97F4A7C15, 4_000_000, false, 1},
		{"hashed/500Kx4/match=25", 500_000, 0x9E3779B97F4A7C15, 500_000, false, 4},
	} {
		r := rand.New(rand.NewPCG(1, 2))
		lc, rc := cols(0, tInt, tInt), cols(10, tInt, tInt)
		left := memoryOf(probe, lc, func(lo, n int) []*data.Column {
			return []*data.Column{int64s(n, func(i int) int64 {
				k := r.IntN(c.domain)
				if c.sorted {
					k = (lo + i) * 3 / 4
				}
				return int64(uint64(k) * c.spread)
			}), int64s(n, func(i int) int64 { return int64(lo + i) })}
		})
		right := memoryOf(c.build, rc, func(lo, n int) []*data.Column {
			return []*data.Column{int64s(n, func(i int) int64 { return int64(uint64((lo+i)/c.copies) * c.spread) }), int64s(n, func(i int) int64 { return int64(lo + i) })}
		})
		n := &phys.HashJoin{Kind: defs.Inner, Probe: left, Build: right, On: []plan.On{{Left: ref(lc[0]), Right: ref(rc[0])}}}
		n.Out = []expr.Col{lc[1], rc[1]}
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/workers=%d", c.name, threads), func(b *testing.B) {
				before := cpuNanos()
				runBench(b, probe, threads, n)
				b.ReportMetric(float64(cpuNanos()-before)/float64(b.N)/probe, "cpu-ns/row")
			})
		}
	}
}

// BenchmarkJoinBuild builds only.
func BenchmarkJoinBuild(b *testing.B) {
	for _, spread := range []uint64{1, 0x9E3779B97F4A7C15} {
		const build = 4_000_000
		lc, rc := cols(0, tInt), cols(10, tInt, tInt)
		left := memoryOf(1, lc, func(int, int) []*data.Column { return []*data.Column{int64s(1, func(int) int64 { return 7 })} })
		right := memoryOf(build, rc, func(lo, n int) []*data.Column {
			return []*data.Column{int64s(n, func(i int) int64 { return int64(uint64(lo+i) * spread) }), int64s(n, func(i int) int64 { return int64(lo + i) })}
		})
		n := &phys.HashJoin{Kind: defs.Inner, Probe: left, Build: right, On: []plan.On{{Left: ref(lc[0]), Right: ref(rc[0])}}}
		n.Out = []expr.Col{lc[0], rc[1]}
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("dense=%v/workers=%d", spread == 1, threads), func(b *testing.B) {
				before := cpuNanos()
				runBench(b, build, threads, n)
				b.ReportMetric(float64(cpuNanos()-before)/float64(b.N)/build, "cpu-ns/row")
			})
		}
	}
}
