package op

import (
	"testing"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/spi"
)

func TestAFewRowsAreEnoughForABound(t *testing.T) {
	in := cols(0, tInt, tInt)
	rows := numbered(seeded(t), 60, tInt)
	d := &spi.Dynamic{}
	top := topOf(source(variant{20, 1, false}, rows, in), []expr.SortKey{{Expr: ref(in[0])}}, 3).(*phys.TopN)
	top.Bounds = []phys.TopBound{{Slot: d.Slot(), Col: 0}}
	sameRows(t, "top-n", collect(t, top, 1), sortNaively(rows, []int{0}, []defs.Order{{}})[:3])
	if len(d.Preds()) != 1 {
		t.Errorf("after 60 rows the scan heard of %d bounds for the first 3", len(d.Preds()))
	}
}

func TestTopNTellsTheScanItsBound(t *testing.T) {
	r := seeded(t)
	in := cols(0, tInt, tInt)
	rows := numbered(r, 60_000, tInt)
	for _, o := range []defs.Order{{}, {Desc: true}, {NullsFirst: true}, {Desc: true, NullsFirst: true}} {
		keys := []expr.SortKey{{Expr: ref(in[0]), Order: o}}
		want := sortNaively(rows, []int{0}, []defs.Order{o})[:5000]
		for _, threads := range []int{1, 2, 7} {
			d := &spi.Dynamic{}
			top := topOf(source(variant{2000, threads, false}, rows, in), keys, 5000).(*phys.TopN)
			top.Bounds = []phys.TopBound{{Slot: d.Slot(), Col: 0}}
			sameRows(t, "top-n", collect(t, top, threads), want)
			preds := d.Preds()
			if len(preds) == 0 && threads == 7 {
				continue // no worker saw enough rows
			}
			if len(preds) == 0 {
				t.Fatalf("%v, %d workers: the scan heard of no bound", o, threads)
			}
			// Every row of the answer passes.
			p := preds[0]
			nulls := p.Op == spi.PredOr
			if nulls {
				p = p.Kids[0]
			}
			if nulls != o.NullsFirst {
				t.Fatalf("%v: nulls pass: %v", o, nulls)
			}
			for _, row := range want {
				if row[0].Null {
					continue
				}
				a, b := row[0].Int64(), p.Values[0].Int64()
				if p.Op == spi.PredLe && a > b || p.Op == spi.PredGe && a < b || (p.Op == spi.PredGe) != o.Desc {
					t.Fatalf("%v: row %d of the answer does not pass %d", o, a, b)
				}
			}
		}
	}
}
