package sqlite

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/siksik-data/siksik/connect/internal/jsontext"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// writer binds values from columns straight to one prepared insert.
type writer struct {
	c     *conn
	spec  spi.LoadSpec
	st    *stmt
	keys  []int
	cells []cell
	rows  int64
	bytes int64
	mem   arena
	text  []byte
}

// cell is how one column of the current batch is written.
type cell struct {
	kind  cellKind
	f     *data.Column // the Flat column that holds the values
	codes []uint32     // rows of f, or nil for the row itself
	fixed bool         // every row is row 0 of f
	valid data.Bitmap  // by batch row
	pow   float64      // 10^scale of a decimal that is stored as a number
}

type cellKind uint8

const (
	cellNull cellKind = iota
	cellInt
	cellUint
	cellWide // int128: a number within 64 bits, else text
	cellBool
	cellFloat
	cellNumber // decimals of up to 15 digits
	cellText   // text as it is
	cellBlob
	cellFormat // the text form of data.AppendText
	cellZoned  // timestamps with a zone, in UTC
	cellJSON
)

func kindOf(t dtype.Type) cellKind {
	switch t.Kind {
	case dtype.Null:
		return cellNull
	case dtype.Bool:
		return cellBool
	case dtype.Int8, dtype.Int16, dtype.Int32, dtype.Int64, dtype.Duration:
		return cellInt
	case dtype.Uint8, dtype.Uint16, dtype.Uint32, dtype.Uint64:
		return cellUint
	case dtype.Int128:
		return cellWide
	case dtype.Float32, dtype.Float64:
		return cellFloat
	case dtype.Decimal:
		if t.Precision <= exactDigits {
			return cellNumber
		}
		return cellFormat
	case dtype.String, dtype.JSON:
		return cellText
	case dtype.Binary:
		return cellBlob
	case dtype.Timestamp:
		if t.Zone != "" {
			return cellZoned
		}
		return cellFormat
	case dtype.List, dtype.Array, dtype.Struct, dtype.Map:
		return cellJSON
	default:
		return cellFormat
	}
}

func newWriter(ctx context.Context, c *conn, spec spi.LoadSpec) (*writer, error) {
	w := &writer{c: c, spec: spec, cells: make([]cell, spec.Schema.Len())}
	marks := make([]byte, 0, 2*len(w.cells))
	for i := range w.cells {
		if i > 0 {
			marks = append(marks, ',')
		}
		marks = append(marks, '?')
		t := spec.Schema.Fields[i].Type
		w.cells[i].kind = kindOf(t)
		w.cells[i].pow = math.Pow10(int(t.Scale))
	}
	for _, k := range spec.Key {
		w.keys = append(w.keys, spec.Schema.Index(k))
	}
	w.mem.tls = c.tls
	var err error
	w.st, err = c.prepare(ctx, "INSERT INTO main.stage VALUES ("+string(marks)+")")
	return w, err
}

// Write implements spi.Writer.
func (w *writer) Write(ctx context.Context, b *data.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if spec := w.spec; spec.Mode == spi.Upsert {
		for i, k := range w.keys {
			if b.Cols[k].HasNulls() {
				return nullKey(b.Cols[k], spec.Key[i], w.rows)
			}
		}
	}
	for i := range w.cells {
		w.cells[i].set(b.Cols[i])
	}
	tls, st := w.c.tls, w.st.p
	for row := range b.Len {
		for i := range w.cells {
			if rc := w.bind(int32(i+1), &w.cells[i], row); rc != sqlite3.SQLITE_OK {
				return w.c.failIn(ctx, rc, w.st.text)
			}
		}
		if rc := sqlite3.Xsqlite3_step(tls, st); rc != sqlite3.SQLITE_DONE {
			return w.failed(ctx, rc, row)
		}
		sqlite3.Xsqlite3_reset(tls, st)
		w.mem.reset()
	}
	size := int64(b.Size())
	w.rows += int64(b.Len)
	w.bytes += size
	if m := w.spec.Meter; m != nil {
		m.Rows.Add(int64(b.Len))
		m.Bytes.Add(size)
	}
	return nil
}

func (w *writer) failed(ctx context.Context, rc int32, row int) error {
	return fmt.Errorf("collecting row %d for SQLite: %w", w.rows+int64(row)+1, w.c.failIn(ctx, rc, w.st.text))
}

// Close implements spi.Writer.
func (w *writer) Close(context.Context) (spi.Receipt, error) {
	w.release()
	return spi.Receipt{Rows: w.rows, Bytes: w.bytes}, nil
}

// release is idempotent.
func (w *writer) release() {
	w.st.close()
	w.mem.free()
}

// set resolves the column's form once for the batch.
func (c *cell) set(col *data.Column) {
	c.f, c.codes, c.fixed, c.valid = col, nil, false, col.Valid
	switch col.Form {
	case data.Const:
		c.f, c.fixed, c.valid = col.Values, true, nil
	case data.Dict:
		c.f, c.codes = col.Values, col.Codes
	}
}

// bind binds row of the cell's column to parameter i.
func (w *writer) bind(i int32, c *cell, row int) int32 {
	tls, st := w.c.tls, w.st.p
	ok := c.valid.Get(row)
	switch {
	case c.fixed:
		row = 0
		ok = !c.f.IsNull(0)
	case c.codes != nil:
		row = int(c.codes[row])
	}
	if !ok || c.kind == cellNull {
		return sqlite3.Xsqlite3_bind_null(tls, st, i)
	}
	switch c.kind {
	case cellInt:
		return sqlite3.Xsqlite3_bind_int64(tls, st, i, integer(c.f, row))
	case cellUint:
		v := unsigned(c.f, row)
		if v > math.MaxInt64 {
			return w.bindText(i, strconv.AppendUint(w.text[:0], v, 10))
		}
		return sqlite3.Xsqlite3_bind_int64(tls, st, i, int64(v))
	case cellWide:
		v := data.Slice[data.Int128](c.f)[row]
		if !v.IsInt64() {
			return w.bindText(i, v.AppendDecimal(w.text[:0], 0))
		}
		return sqlite3.Xsqlite3_bind_int64(tls, st, i, int64(v.Lo))
	case cellBool:
		v := int64(0)
		if c.f.Bits.Get(row) {
			v = 1
		}
		return sqlite3.Xsqlite3_bind_int64(tls, st, i, v)
	case cellFloat:
		return w.bindFloat(i, c.f, row)
	case cellNumber:
		v := integer(c.f, row)
		if c.pow == 1 {
			return sqlite3.Xsqlite3_bind_int64(tls, st, i, v)
		}
		return sqlite3.Xsqlite3_bind_double(tls, st, i, float64(v)/c.pow)
	case cellText:
		return w.bindText(i, data.Slice[data.View](c.f)[row].Bytes(c.f.Heap))
	case cellBlob:
		s := data.Slice[data.View](c.f)[row].Bytes(c.f.Heap)
		return sqlite3.Xsqlite3_bind_blob(tls, st, i, w.mem.keep(s), int32(len(s)), 0)
	case cellZoned:
		return w.bindZoned(i, c.f, row)
	case cellJSON:
		w.text = jsontext.Append(w.text[:0], c.f, row)
		return w.bindText(i, w.text)
	default:
		w.text = data.AppendText(w.text[:0], c.f, row)
		return w.bindText(i, w.text)
	}
}

func (w *writer) bindText(i int32, s []byte) int32 {
	return sqlite3.Xsqlite3_bind_text(w.c.tls, w.st.p, i, w.mem.keep(s), int32(len(s)), 0)
}

// bindFloat keeps NaN, which SQLite would turn into null, as text.
func (w *writer) bindFloat(i int32, f *data.Column, row int) int32 {
	var v float64
	if f.Type.Kind == dtype.Float32 {
		v = float64(data.Slice[float32](f)[row])
	} else {
		v = data.Slice[float64](f)[row]
	}
	if math.IsNaN(v) {
		return w.bindText(i, []byte("nan"))
	}
	return sqlite3.Xsqlite3_bind_double(w.c.tls, w.st.p, i, v)
}

// bindZoned writes the instant in UTC. The offset sorts before a fraction's point, so that the texts sort like the instants.
func (w *writer) bindZoned(i int32, f *data.Column, row int) int32 {
	v := data.Slice[int64](f)[row]
	w.text = data.AppendTimestamp(w.text[:0], v, dtype.TimestampOf(f.Type.Unit, ""))
	if v != data.TimestampInfinity && v != -data.TimestampInfinity {
		w.text = append(w.text, "+00:00"...)
	}
	return w.bindText(i, w.text)
}

func integer(f *data.Column, row int) int64 {
	switch f.Type.Phys() {
	case dtype.PhysI8:
		return int64(data.Slice[int8](f)[row])
	case dtype.PhysI16:
		return int64(data.Slice[int16](f)[row])
	case dtype.PhysI32:
		return int64(data.Slice[int32](f)[row])
	default:
		return data.Slice[int64](f)[row]
	}
}

func unsigned(f *data.Column, row int) uint64 {
	switch f.Type.Phys() {
	case dtype.PhysU8:
		return uint64(data.Slice[uint8](f)[row])
	case dtype.PhysU16:
		return uint64(data.Slice[uint16](f)[row])
	case dtype.PhysU32:
		return uint64(data.Slice[uint32](f)[row])
	default:
		return data.Slice[uint64](f)[row]
	}
}

// arena is C memory for the texts of one row. SQLite reads them in place, and its translated code must not be shown Go memory.
type arena struct {
	tls   *libc.TLS
	p     uintptr
	size  int
	used  int
	spent []uintptr // smaller blocks that this row has outgrown
}

// keep copies s and returns its address, which is never zero: that would mean null.
func (a *arena) keep(s []byte) uintptr {
	if a.used+len(s) >= a.size {
		if a.p != 0 {
			a.spent = append(a.spent, a.p)
		}
		a.size = max(2*a.size, len(s)+1, 4096)
		a.p, a.used = libc.Xmalloc(a.tls, libc.Tsize_t(a.size)), 0
	}
	p := a.p + uintptr(a.used)
	copy(cbytes(p, len(s)), s)
	a.used += len(s)
	return p
}

func (a *arena) reset() {
	a.used = 0
	for _, p := range a.spent {
		libc.Xfree(a.tls, p)
	}
	a.spent = a.spent[:0]
}

// free is idempotent.
func (a *arena) free() {
	a.reset()
	if a.p != 0 {
		libc.Xfree(a.tls, a.p)
	}
	a.p, a.size = 0, 0
}
