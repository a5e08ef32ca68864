package siksik

import (
	"iter"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/frame"
)

// DataFrame is rows in memory. It is immutable and safe for concurrent use.
type DataFrame struct {
	schema  dtype.Schema
	batches []*data.Batch
	rows    int
}

func newDataFrame(schema dtype.Schema, batches []*data.Batch) *DataFrame {
	d := &DataFrame{schema: schema, batches: batches}
	for _, b := range batches {
		d.rows += b.Len
	}
	return d
}

// Height is the number of rows.
func (d *DataFrame) Height() int { return d.rows }

// Width is the number of columns.
func (d *DataFrame) Width() int { return d.schema.Len() }

// Schema returns names and types.
func (d *DataFrame) Schema() dtype.Schema { return d.schema }

// Batches returns the rows as columns, in order. They must not be changed.
func (d *DataFrame) Batches() []*data.Batch { return d.batches }

// Lazy starts a query on the rows.
func (d *DataFrame) Lazy() LazyFrame {
	return LazyFrame{node: &frame.Memory{Schema: d.schema, Batches: d.batches}}
}

// Column returns one column as a whole. The error names the nearest column.
func (d *DataFrame) Column(name string) (*data.Column, error) {
	i, err := d.schema.Lookup(name)
	if err != nil {
		return nil, err
	}
	if len(d.batches) == 1 {
		return d.batches[0].Cols[i], nil
	}
	b := data.NewBuilder(d.schema.Fields[i].Type, d.rows)
	for _, batch := range d.batches {
		b.AppendColumn(batch.Cols[i], nil)
	}
	return b.Build(), nil
}

// Values returns a column as Go values of type T (bool, any integer or float, string, []byte, time.Time, time.Duration, or pointers to them) and
// which of them are not null. T must be able to hold the column's type exactly.
func Values[T any](d *DataFrame, name string) (values []T, valid []bool, err error) {
	c, err := d.Column(name)
	if err != nil {
		return nil, nil, err
	}
	get, err := getter[T](c.Type)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Type, err, "column %q", name)
	}
	values, valid = make([]T, c.Len), make([]bool, c.Len)
	for i := range c.Len {
		if valid[i] = !c.IsNull(i); valid[i] {
			get(&values[i], c, i)
		}
	}
	return values, valid, nil
}

// Value returns one value by row and column name; it is null if there is none.
func (d *DataFrame) Value(row int, name string) (data.Scalar, error) {
	i, err := d.schema.Lookup(name)
	if err != nil {
		return data.Scalar{}, err
	}
	if row < 0 || row >= d.rows {
		return data.Scalar{}, fault.New(fault.Usage, "row %d is out of range: there are %d rows", row, d.rows)
	}
	for _, b := range d.batches {
		if row < b.Len {
			return b.Cols[i].Value(row), nil
		}
		row -= b.Len
	}
	return data.Scalar{}, nil
}

// Rows yields the rows as scalars, for cold paths.
func (d *DataFrame) Rows() iter.Seq[[]data.Scalar] {
	return func(yield func([]data.Scalar) bool) {
		for _, b := range d.batches {
			for i := range b.Len {
				row := make([]data.Scalar, len(b.Cols))
				for k, c := range b.Cols {
					row[k] = c.Value(i)
				}
				if !yield(row) {
					return
				}
			}
		}
	}
}

// Head returns the first n rows.
func (d *DataFrame) Head(n int) *DataFrame {
	var out []*data.Batch
	for _, b := range d.batches {
		if n <= 0 {
			break
		}
		if b.Len > n {
			b = b.Slice(0, n)
		}
		out = append(out, b)
		n -= b.Len
	}
	return newDataFrame(d.schema, out)
}

// FromColumns makes a frame from columns of equal length, which it keeps.
func FromColumns(names []string, cols ...*data.Column) (*DataFrame, error) {
	var s dtype.Schema
	if len(names) != len(cols) {
		return nil, fault.New(fault.Usage, "%d names for %d columns", len(names), len(cols))
	}
	for i, c := range cols {
		if c.Len != cols[0].Len {
			return nil, fault.New(fault.Usage, "column %q has %d rows, %q has %d", names[i], c.Len, names[0], cols[0].Len)
		}
		if s.Index(names[i]) >= 0 {
			return nil, fault.New(fault.Name, "two columns are called %q", names[i])
		}
		s.Fields = append(s.Fields, dtype.Field{Name: names[i], Type: c.Type})
	}
	if len(cols) == 0 {
		return newDataFrame(s, nil), nil
	}
	all := &data.Batch{Cols: cols, Len: cols[0].Len}
	var batches []*data.Batch
	for lo := 0; lo < all.Len; lo += data.BatchRows {
		batches = append(batches, all.Slice(lo, min(lo+data.BatchRows, all.Len)))
	}
	return newDataFrame(s, batches), nil
}
