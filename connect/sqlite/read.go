package sqlite

import (
	"context"
	"io"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// reader steps through the statement and stores values straight into column buffers, which it reuses.
type reader struct {
	s     *scan
	c     *conn
	st    *stmt
	cols  []buffer
	batch data.Batch
	row   int64 // rows delivered before this batch
	done  bool
}

func newReader(s *scan, c *conn, st *stmt) *reader {
	r := &reader{s: s, c: c, st: st, cols: make([]buffer, len(s.spec.Cols))}
	for i, c := range s.spec.Cols {
		r.cols[i].init(s.t.schema.Fields[c].Type)
	}
	return r
}

// Read implements spi.Reader.
func (r *reader) Read(ctx context.Context) (*data.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.done {
		return nil, io.EOF
	}
	defer r.c.watch(ctx)()
	for i := range r.cols {
		r.cols[i].reset()
	}
	n, bytes := 0, 0
	// Long texts end a batch early: a view's offset has 32 bits, and a batch should not be huge.
	for n < data.BatchRows && bytes < 64<<20 {
		more, err := r.st.next(ctx)
		if err != nil {
			return nil, err
		}
		if !more {
			r.done = true
			break
		}
		for i := range r.cols {
			size, ok := r.cols[i].store(r.st, i, n)
			if !ok {
				if err := r.stray(i, n); err != nil {
					return nil, err
				}
			}
			bytes += size
		}
		n++
	}
	if n == 0 {
		return nil, io.EOF
	}
	r.row += int64(n)
	r.batch.Cols, r.batch.Len = r.batch.Cols[:0], n
	for i := range r.cols {
		r.batch.Cols = append(r.batch.Cols, r.cols[i].column(n))
	}
	if m := r.s.spec.Meter; m != nil {
		m.Rows.Add(int64(n))
		m.Bytes.Add(int64(bytes))
	}
	return &r.batch, nil
}

var classNames = map[int32]string{1: "an integer", 2: "a real", 3: "text", 4: "a blob"}

// stray handles a value that is not of its column's type.
func (r *reader) stray(i, n int) error {
	if r.s.t.t.nulls {
		r.cols[i].storeNull(n)
		if m := r.s.spec.Meter; m != nil {
			m.Nulled.Add(1)
		}
		return nil
	}
	f := r.s.t.schema.Fields[r.s.spec.Cols[i]]
	e := fault.New(fault.Value, "%s does not fit the column's type %s", classNames[r.st.class(i)], f.Type)
	e.Pos = fault.Pos{Source: r.s.t.name(), Row: r.row + int64(n) + 1, Column: f.Name, Value: fault.Quote(r.st.str(i))}
	return e.WithHint("correct the value, read it with query=SELECT CAST(%s AS …), or set on_error=null", quote(f.Name))
}

// Close implements spi.Reader.
func (r *reader) Close() error {
	r.done = true
	r.st.close()
	r.c.close()
	return nil
}

// buffer is one column under construction.
type buffer struct {
	t     dtype.Type
	width int
	buf   []byte
	bits  data.Bitmap
	valid data.Bitmap
	nulls int
	heap  []byte
	heaps [][]byte
	text  []byte // scratch
	col   data.Column
}

func (b *buffer) init(t dtype.Type) {
	b.t, b.width = t, t.Phys().Width()
	b.buf = data.AlignedBytes(b.width * data.BatchRows)
	b.valid = data.NewBitmap(data.BatchRows)
	if t.Kind == dtype.Bool {
		b.bits = data.NewBitmap(data.BatchRows)
	}
	b.heaps = make([][]byte, 1)
}

func (b *buffer) reset() {
	b.heap, b.nulls = b.heap[:0], 0
	b.valid.FillOnes(data.BatchRows)
}

func (b *buffer) column(n int) *data.Column {
	b.col = data.Column{Type: b.t, Len: n, Buf: b.buf[:n*b.width], Bits: b.bits}
	if b.nulls > 0 {
		b.col.Valid = b.valid
	}
	if len(b.heap) > 0 {
		b.heaps[0] = b.heap
		b.col.Heap = b.heaps
	}
	return &b.col
}

func (b *buffer) storeNull(row int) {
	b.valid.Clear(row)
	b.nulls++
	clear(b.buf[row*b.width : (row+1)*b.width])
	if b.bits != nil {
		b.bits.Clear(row)
	}
}

func put[T data.Fixed](b *buffer, row int, v T) { data.FixedSlice[T](b.buf)[row] = v }

// putText stores a copy of s.
func (b *buffer) putText(row int, s []byte) {
	if len(s) <= data.InlineMax {
		put(b, row, data.InlineView(s))
		return
	}
	off := len(b.heap)
	b.heap = append(b.heap, s...)
	put(b, row, data.BufferView(s, 0, off))
}
