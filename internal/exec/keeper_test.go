package exec

import (
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// Who counts memory takes batches as they become full; the rows of the open one stay for the next.
func TestKeeperGivesFullBatchesFirst(t *testing.T) {
	typ := dtype.Of(dtype.Int64)
	k := NewKeeper([]dtype.Type{typ}, nil)
	vals := make([]int64, 1500)
	b := &data.Batch{Len: len(vals), Cols: []*data.Column{data.FlatColumn(typ, vals, nil)}}
	for i := range 3 {
		if err := k.Add(b, nil); err != nil {
			t.Fatal(err)
		}
		full, want := k.TakeFull(), min(i, 1)
		if len(full) != want {
			t.Fatalf("after %d batches %d are full, want %d", i+1, len(full), want)
		}
		if got := k.Open(); got < 8*len(vals) || got > 16*data.BatchRows {
			t.Errorf("the open rows take %d bytes", got)
		}
	}
	left, err := k.Take()
	if err != nil || len(left) != 1 || left[0].Len != len(vals) || k.Open() != 0 {
		t.Errorf("left are %d batches and %d bytes, %v", len(left), k.Open(), err)
	}
}
