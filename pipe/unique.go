package pipe

import (
	"context"
	"sync"

	"github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// uniqueCheck is a check of uniqueness and the sink that receives the keys which appear more than once, with how often.
type uniqueCheck struct {
	check *Check
	rel   *relation

	mu     sync.Mutex
	schema dtype.Schema
	keys   int64 // keys that repeat
	rows   int64 // rows that have them
	found  []example
}

// repeats is the column that says how often a key appears.
const repeats = " rows"

// frame computes the keys that appear more than once.
func (u *uniqueCheck) frame() siksik.LazyFrame {
	keys := make([]siksik.Operand, len(u.check.cols))
	for i, c := range u.check.cols {
		keys[i] = c
	}
	return u.rel.frame.DropNulls(u.check.cols...).GroupBy(keys...).Agg(siksik.Len().Alias(repeats)).
		Filter(siksik.Col(repeats).Gt(1))
}

// Begin implements spi.Sink.
func (u *uniqueCheck) Begin(_ context.Context, spec spi.LoadSpec) (spi.Load, error) {
	u.schema = spec.Schema
	u.keys, u.rows, u.found = 0, 0, nil
	return u, nil
}

// Parallel implements spi.Load.
func (u *uniqueCheck) Parallel() bool { return false }

// Writer implements spi.Load.
func (u *uniqueCheck) Writer(context.Context) (spi.Writer, error) { return u, nil }

// Write implements spi.Writer.
func (u *uniqueCheck) Write(_ context.Context, b *data.Batch) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	last := len(u.schema.Fields) - 1
	shown := dtype.NewSchema(u.schema.Fields[:last]...)
	for i := range b.Len {
		u.keys++
		u.rows += b.Cols[last].Value(i).Int64()
		if len(u.found) < examplesMax {
			u.found = append(u.found, example{text: rowText(shown, b, i)})
		}
	}
	return nil
}

// Close implements spi.Writer.
func (u *uniqueCheck) Close(context.Context) (spi.Receipt, error) { return spi.Receipt{}, nil }

// Commit implements spi.Load.
func (u *uniqueCheck) Commit(context.Context, []spi.Receipt) error { return nil }

// Abort implements spi.Load.
func (u *uniqueCheck) Abort(context.Context) error { return nil }
