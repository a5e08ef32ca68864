package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/phys"
)

func (b *builder) rowIndex(n *phys.RowIndex) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	return b.stage(n, legs, &sequence{mem: b.account(n.ID, "row index"), most: -1, place: func() placer { return numberRows(n) }}), nil
}

// numberRows puts the column of row numbers before the others.
func numberRows(n *phys.RowIndex) placer {
	vals := make([]int64, 0, data.BatchRows)
	col := data.Column{Type: n.Col.Type}
	var out data.Batch
	return func(start int64, b *data.Batch, emit exec.Emit) error {
		vals = vals[:0]
		for i := range b.Len {
			vals = append(vals, n.Offset+start+int64(i))
		}
		col.Len, col.Buf = b.Len, data.FixedBytes(vals)
		out.Cols = append(append(out.Cols[:0], &col), b.Cols...)
		out.Len = b.Len
		if err := emit(&out); err != nil {
			return exec.Trace(err, sameRow)
		}
		return nil
	}
}
