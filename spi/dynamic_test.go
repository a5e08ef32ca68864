package spi_test

import (
	"sync"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

func atLeast(col int, v int64) []spi.Pred {
	return []spi.Pred{{Op: spi.PredGe, Col: col, Values: []data.Scalar{data.IntScalar(dtype.Of(dtype.Int64), v)}}}
}

func TestSlotsOfOneScanDoNotOverwriteEachOther(t *testing.T) {
	var d spi.Dynamic
	a, b := d.Slot(), d.Slot()
	a.Tighten(atLeast(0, 1), spi.KeySet{Cols: []int{0}})
	b.Tighten(atLeast(1, 2))
	before := d.Generation()
	a.Tighten(atLeast(0, 3), spi.KeySet{Cols: []int{0}}, spi.KeySet{Cols: []int{1, 2}})
	if d.Generation() == before {
		t.Error("tightening did not change the generation")
	}
	p := d.Preds()
	if len(p) != 2 || p[0].Values[0].Int64() != 3 || p[1].Values[0].Int64() != 2 {
		t.Errorf("predicates are %v", p)
	}
	if s := d.Sets(); len(s) != 2 || len(s[1].Cols) != 2 {
		t.Errorf("sets are %v", s)
	}
}

func TestSlotsAreTightenedWhileScansRead(t *testing.T) {
	var d spi.Dynamic
	var wg sync.WaitGroup
	for i := range 4 {
		s := d.Slot()
		wg.Add(1)
		go func() {
			defer wg.Done()
			for v := range int64(100) {
				s.Tighten(atLeast(i, v))
				if n := len(d.Preds()); n > 4 {
					t.Errorf("%d predicates of four slots", n)
				}
			}
		}()
	}
	wg.Wait()
	if n := len(d.Preds()); n != 4 || d.Generation() != 400 {
		t.Errorf("%d predicates in generation %d", n, d.Generation())
	}
}
