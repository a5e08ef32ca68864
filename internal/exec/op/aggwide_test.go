package op

import (
	"fmt"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

// Domains that fit a small table, that are met while it grows, and that are too large for it must not be told apart by their results.
func TestGroupsAreTheSameHoweverManyFitTheTable(t *testing.T) {
	const n = 60_000
	in := cols(0, tInt, tInt)
	for _, domain := range []int{5_000, 10_000, 14_000, 40_000} {
		r := seeded(t)
		rows := make(rowsOf, n)
		sum, count := map[int64]int64{}, map[int64]int64{}
		var order []int64
		for i := range rows {
			k, v := int64(r.IntN(domain))*977, int64(r.IntN(1000))
			if i >= n/2 && domain == 14_000 {
				k = int64(i) // more than it seemed at first
			}
			rows[i] = []data.Scalar{data.IntScalar(tInt, k), data.IntScalar(tInt, v)}
			if count[k] == 0 {
				order = append(order, k)
			}
			sum[k] += v
			count[k]++
		}
		for _, threads := range []int{1, 2, 7} {
			n := aggOf(source(variant{2000, threads, false}, rows, in), []expr.Expr{ref(in[0])}, call(t, "sum", ref(in[1])), call(t, "count_star"))
			got := collect(t, phys.Node(n), threads)
			if len(got) != len(order) {
				t.Fatalf("domain %d, %d workers: %d groups, want %d", domain, threads, len(got), len(order))
			}
			for i, k := range order {
				if g := got[i]; g[0].Int64() != k || g[1].Int64() != sum[k] || g[2].Int64() != count[k] {
					t.Fatalf("domain %d, %d workers: group %d is %s, want %d, %d, %d", domain, threads, i, rowText(g), k, sum[k], count[k])
				}
			}
		}
	}
}

func TestTablesGrowWhereFewGroupsAreToCome(t *testing.T) {
	for _, c := range []struct {
		half, rows         aggMark // when it was half full, and now
		limit, words, want int
	}{
		{aggMark{4096, 5_300}, aggMark{8193, 17_000}, aggGroupsMax, aggRowWide - 1, aggGroupsWide},      // of about 10,000
		{aggMark{4096, 4_200}, aggMark{8193, 8_800}, aggGroupsMax, aggRowWide - 1, aggGroupsWide},       // of about 60,000
		{aggMark{4096, 4_150}, aggMark{8193, 8_400}, aggGroupsMax, aggRowWide - 1, aggGroupsMax},        // of 160,000
		{aggMark{4096, 4_096}, aggMark{8193, 8_193}, aggGroupsMax, aggRowWide - 1, aggGroupsMax},        // of any number
		{aggMark{4096, 90_000}, aggMark{65_537, 200_000}, aggGroupsWide, aggRowWide - 1, aggGroupsWide}, // it is as large as it gets
		{aggMark{4096, 4_180}, aggMark{8193, 8_550}, aggGroupsMax, aggRowWide - 1, aggGroupsMax},        // of about 95,000 narrow rows
		{aggMark{4096, 4_180}, aggMark{8193, 8_550}, aggGroupsMax, aggRowWide, aggGroupsWider},          // and of wide ones
		{aggMark{4096, 4_150}, aggMark{8193, 8_400}, aggGroupsMax, aggRowWide, aggGroupsMax},            // of 160,000 wide ones
	} {
		core := &aggCore{limit: c.limit, half: c.half, rows: c.rows.rows, t: &table{n: c.rows.groups}}
		if grown := core.widen(c.words); core.limit != c.want || grown != (c.limit != c.want) {
			t.Errorf("%+v: grown %v, to %d", fmt.Sprint(c), grown, core.limit)
		}
	}
}
