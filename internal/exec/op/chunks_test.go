package op

import (
	"io"
	"testing"

	"github.com/siksik-data/siksik/data"
)

func TestFewRowsAreSharedOutInWholeBatches(t *testing.T) {
	for _, c := range []struct{ n, threads, want int }{{0, 2, data.BatchRows}, {3 * data.BatchRows, 2, data.BatchRows},
		{17 * data.BatchRows, 2, 2 * data.BatchRows}, {1 << 22, 2, morselRows}, {20 * data.BatchRows, 1, 5 * data.BatchRows}} {
		if got := wholeBatches(sharedRows(c.n, c.threads)); got != c.want {
			t.Errorf("%d rows for %d workers: morsels of %d rows, not %d", c.n, c.threads, got, c.want)
		}
	}
	const n = 5*data.BatchRows + 1
	src, at := &chunks{list: []chunk{{n: n}}, rows: wholeBatches(sharedRows(n, 7))}, 0
	for tasks := 0; ; tasks++ {
		got, err := src.Next(t.Context())
		if err == io.EOF {
			if at != n || tasks != 6 {
				t.Errorf("%d of %d rows in %d morsels", at, n, tasks)
			}
			return
		}
		if x := got.(chunkTask); x.lo != at || x.hi <= x.lo {
			t.Fatalf("rows %d to %d follow row %d", x.lo, x.hi, at)
		} else {
			at = x.hi
		}
	}
}
