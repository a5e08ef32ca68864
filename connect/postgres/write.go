package postgres

import (
	"context"
	"encoding/binary"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/spi"
)

// flushBytes is how much is encoded before it is sent.
const flushBytes = 256 << 10

// writer encodes batches as rows of a binary COPY.
type writer struct {
	l     *load
	copy  *copying
	ctx   context.Context
	cells []cell
	keys  []int
	buf   []byte
	rows  int64
	bytes int64
}

// copyHeader is the signature of the format, its flags and the length of an extension.
const copyHeader = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

func newWriter(ctx context.Context, l *load) *writer {
	w := &writer{l: l, ctx: ctx, buf: append(make([]byte, 0, flushBytes+flushBytes/4), copyHeader...)}
	for _, f := range l.spec.Schema.Fields {
		w.cells = append(w.cells, newCell(f.Type))
	}
	if l.spec.Mode == spi.Upsert {
		for _, k := range l.spec.Key {
			w.keys = append(w.keys, l.spec.Schema.Index(k))
		}
	}
	w.copy = startCopy(ctx, l.c, l.plan.copy)
	return w
}

// Write implements spi.Writer.
func (w *writer) Write(ctx context.Context, b *data.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, k := range w.keys {
		if b.Cols[k].HasNulls() {
			for i := range b.Len {
				if b.Cols[k].IsNull(i) {
					return nullKey(w.l.spec.Schema.Fields[k].Name, w.rows+int64(i)+1)
				}
			}
		}
	}
	for i := range w.cells {
		w.cells[i].set(b.Cols[i])
	}
	n := uint16(len(w.cells))
	before := w.bytes + int64(len(w.buf))
	for row := range b.Len {
		w.buf = binary.BigEndian.AppendUint16(w.buf, n)
		for i := range w.cells {
			var ok bool
			if w.buf, ok = w.cells[i].append(w.buf, row); !ok {
				return misfit(w.l.spec.Schema.Fields[i], b.Cols[i].Value(row).String(), w.rows+int64(row)+1)
			}
		}
		if len(w.buf) >= flushBytes {
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
	}
	w.rows += int64(b.Len)
	if m := w.l.spec.Meter; m != nil {
		m.Rows.Add(int64(b.Len))
		m.Bytes.Add(w.bytes + int64(len(w.buf)) - before)
	}
	return nil
}

// flush sends what is encoded.
func (w *writer) flush(ctx context.Context) error {
	stop := context.AfterFunc(ctx, w.copy.cancel)
	defer stop()
	err := w.copy.write(w.buf)
	w.bytes += int64(len(w.buf))
	w.buf = w.buf[:0]
	if err != nil {
		return explain(ctx, "writing to", w.l.t, err)
	}
	return nil
}

// Close implements spi.Writer.
func (w *writer) Close(ctx context.Context) (spi.Receipt, error) {
	w.buf = append(w.buf, 0xff, 0xff)
	if err := w.flush(ctx); err != nil {
		return spi.Receipt{}, err
	}
	stop := context.AfterFunc(ctx, w.copy.cancel)
	defer stop()
	if _, err := w.copy.wait(); err != nil {
		return spi.Receipt{}, explain(ctx, "writing to", w.l.t, err)
	}
	return spi.Receipt{Rows: w.rows, Bytes: w.bytes}, nil
}
