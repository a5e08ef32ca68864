package siksik

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// Preview is the first and last rows of a result of any size, for showing it.
type Preview struct {
	Rows   int64 // of the whole result
	schema dtype.Schema
	head   []*data.Batch
	tail   []*data.Batch // after the head; rows between them are not kept
	most   int
}

// Preview runs the query as a whole and keeps only its first and last rows, at least most of each.
func (f LazyFrame) Preview(ctx context.Context, most int) (*Preview, error) {
	q, err := f.query(ctx)
	if err != nil {
		return nil, err
	}
	p := &Preview{schema: q.Schema(), most: most}
	heads, tails := 0, 0
	err = q.Run(ctx, func(b *data.Batch) error {
		p.Rows += int64(b.Len)
		if heads < most {
			heads += b.Len
			p.head = append(p.head, b.Clone())
			return nil
		}
		p.tail = append(p.tail, b.Clone())
		for tails += b.Len; tails-p.tail[0].Len >= most; p.tail = p.tail[1:] {
			tails -= p.tail[0].Len
		}
		return nil
	})
	return p, err
}

// Schema returns names and types.
func (p *Preview) Schema() dtype.Schema { return p.schema }

// Table prints the preview; rows in the middle are left out if there are more than s.MaxRows.
func (p *Preview) Table(s TableStyle) string {
	s = s.withDefaults()
	kept := newDataFrame(p.schema, append(append([]*data.Batch(nil), p.head...), p.tail...))
	if s.MaxRows < 0 || p.Rows <= int64(s.MaxRows) || int64(kept.rows) == p.Rows {
		return kept.Table(s)
	}
	n := min(s.MaxRows, 2*p.most)
	half := n / 2
	shown := newDataFrame(p.schema, append(kept.Head(n-half).batches, kept.tail(half)...))
	g := shown.cells(s, n-half)
	g.fit(s.MaxWidth)
	return g.render()
}
