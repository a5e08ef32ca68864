package postgres

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// buffer is one column under construction. Lists go through a Builder, everything else into fixed slices.
type buffer struct {
	col   column
	width int
	buf   []byte
	bits  data.Bitmap
	valid data.Bitmap
	nulls int
	heap  []byte
	heaps [][]byte
	out   data.Column
	list  *data.Builder
	elem  *buffer // holds one element of a list at a time
}

func (b *buffer) init(c column) {
	b.col, b.width = c, c.t.Phys().Width()
	if c.t.Kind == dtype.List {
		b.list = data.NewBuilder(c.t, data.BatchRows)
		b.elem = &buffer{}
		b.elem.init(column{t: c.t.Elem(), oid: c.oid})
		return
	}
	b.buf = data.AlignedBytes(b.width * data.BatchRows)
	b.valid = data.NewBitmap(data.BatchRows)
	if c.t.Kind == dtype.Bool {
		b.bits = data.NewBitmap(data.BatchRows)
	}
	b.heaps = make([][]byte, 1)
}

func (b *buffer) reset() {
	b.heap, b.nulls = b.heap[:0], 0
	if b.list == nil {
		b.valid.FillOnes(data.BatchRows)
	}
}

func (b *buffer) column(n int) *data.Column {
	if b.list != nil {
		return b.list.Build()
	}
	b.out = data.Column{Type: b.col.t, Len: n, Buf: b.buf[:n*b.width], Bits: b.bits}
	if b.nulls > 0 {
		b.out.Valid = b.valid
	}
	if len(b.heap) > 0 {
		b.heaps[0] = b.heap
		b.out.Heap = b.heaps
	}
	return &b.out
}

func (b *buffer) storeNull(row int) {
	if b.list != nil {
		b.list.AppendNull()
		return
	}
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

// wire holds the length of each type of fixed width in the binary format.
var wire = map[uint32]int{oidBool: 1, oidInt2: 2, oidInt4: 4, oidInt8: 8, oidOID: 4, oidFloat4: 4, oidFloat8: 8, oidDate: 4, oidTime: 8, oidTimestamp: 8,
	oidTimestamptz: 8, oidInterval: 16, oidUUID: 16}

const malformed = "a value of an unexpected length"

// store decodes one value that is not null. It returns what is wrong with it, or "".
func (b *buffer) store(row int, v []byte) string {
	if b.list != nil {
		return b.storeArray(v)
	}
	be := binary.BigEndian
	switch b.col.oid {
	case oidBool:
		if len(v) != 1 {
			return malformed
		}
		b.bits.SetTo(row, v[0] != 0)
	case oidInt2:
		if len(v) != 2 {
			return malformed
		}
		put(b, row, int16(be.Uint16(v)))
	case oidInt4, oidFloat4, oidOID:
		if len(v) != 4 {
			return malformed
		}
		put(b, row, be.Uint32(v))
	case oidInt8, oidFloat8, oidTime:
		if len(v) != 8 {
			return malformed
		}
		put(b, row, be.Uint64(v))
	case oidText, oidVarchar, oidBpchar, oidName, oidJSON:
		if !utf8.Valid(v) {
			return "text that is not UTF-8"
		}
		b.putText(row, v)
	case oidBytea:
		b.putText(row, v)
	case oidNumeric:
		return b.storeNumeric(row, v)
	default:
		return b.storeRare(row, v)
	}
	return ""
}

func (b *buffer) storeRare(row int, v []byte) string {
	be := binary.BigEndian
	if n, ok := wire[b.col.oid]; ok && len(v) != n {
		return malformed
	}
	switch b.col.oid {
	case oidDate:
		d := int32(be.Uint32(v))
		switch {
		case d == math.MaxInt32:
		case d == math.MinInt32:
			d = -math.MaxInt32
		case d > math.MaxInt32-epochDays-1:
			return "a date beyond all others"
		default:
			d += epochDays
		}
		put(b, row, d)
	case oidTimestamp, oidTimestamptz:
		t := int64(be.Uint64(v))
		switch {
		case t == math.MaxInt64:
		case t == math.MinInt64:
			t = -math.MaxInt64
		case t > math.MaxInt64-epochMicros-1:
			return "a timestamp after the year 292277"
		default:
			t += epochMicros
		}
		put(b, row, t)
	case oidInterval:
		put(b, row, data.Interval{Micros: int64(be.Uint64(v)), Days: int32(be.Uint32(v[8:])), Months: int32(be.Uint32(v[12:]))})
	case oidUUID:
		put(b, row, data.Int128{Hi: int64(be.Uint64(v) ^ 1<<63), Lo: be.Uint64(v[8:])})
	case oidJSONB:
		if len(v) == 0 || v[0] != 1 {
			return "a jsonb value of an unknown version"
		}
		b.putText(row, v[1:])
	default:
		return "a value of an unknown type"
	}
	return ""
}

// storeNumeric decodes base-10,000 digits to the decimal's scale.
func (b *buffer) storeNumeric(row int, v []byte) string {
	be := binary.BigEndian
	if len(v) < 8 || len(v) != 8+2*int(be.Uint16(v)) {
		return malformed
	}
	n, weight, sign := int(be.Uint16(v)), int(int16(be.Uint16(v[2:]))), be.Uint16(v[4:])
	switch sign {
	case 0, 0x4000:
	case 0xC000:
		return "NaN"
	default:
		return "infinity"
	}
	// Group i counts 10,000^(weight-i). The value times 10^scale is gathered group by group; what stands after the scale must be zeros.
	scale := int(b.col.t.Scale)
	var d data.Int128
	ok := true
	for i := 0; i < n && ok; i++ {
		g := uint64(be.Uint16(v[8+2*i:]))
		switch below := (i-weight)*4 - scale; { // digits of the group after the scale
		case below <= 0:
			ok = mulAdd(&d, 10_000, g)
		case below < 4:
			unit := pow10[below]
			if g%unit != 0 {
				return "a number with more digits after the point"
			}
			ok = mulAdd(&d, pow10[4-below], g/unit)
		case g != 0:
			return "a number with more digits after the point"
		}
	}
	// The last group may stand before the scale; zeros follow.
	for zeros := scale - (n-1-weight)*4; zeros > 0 && ok && d != (data.Int128{}); {
		k := min(zeros, 4)
		ok = mulAdd(&d, pow10[k], 0)
		zeros -= k
	}
	if !ok || d.Cmp(limits[b.col.t.Precision]) >= 0 {
		return "a number of more digits"
	}
	if sign != 0 {
		d = d.Neg()
	}
	switch b.col.t.Phys() {
	case dtype.PhysI32:
		put(b, row, int32(d.Lo))
	case dtype.PhysI64:
		put(b, row, int64(d.Lo))
	default:
		put(b, row, d)
	}
	return ""
}

var pow10 = [...]uint64{1, 10, 100, 1000, 10_000}

// limits holds 10^p for each precision p.
var limits = func() (out [39]data.Int128) {
	d := data.Int128From(1)
	for p := range out {
		out[p] = d
		mulAdd(&d, 10, 0)
	}
	return out
}()

// mulAdd multiplies the number, which is not negative, and adds to it; false beyond 127 bits.
func mulAdd(d *data.Int128, by, add uint64) bool {
	high, lo := bits.Mul64(d.Lo, by)
	over, hi := bits.Mul64(uint64(d.Hi), by)
	lo, carry := bits.Add64(lo, add, 0)
	hi, carry = bits.Add64(hi, high, carry)
	d.Lo, d.Hi = lo, int64(hi)
	return over == 0 && carry == 0 && d.Hi >= 0
}

// storeArray decodes an array of one dimension.
func (b *buffer) storeArray(v []byte) string {
	be := binary.BigEndian
	if len(v) < 12 {
		return malformed
	}
	dims := be.Uint32(v)
	v = v[12:]
	if dims == 0 {
		b.list.CloseList()
		return ""
	}
	if dims > 1 {
		return "an array of several dimensions"
	}
	if len(v) < 8 {
		return malformed
	}
	n := int(be.Uint32(v))
	v = v[8:]
	for range n {
		if len(v) < 4 {
			return malformed
		}
		size := int32(be.Uint32(v))
		v = v[4:]
		if size < 0 {
			b.list.Kid(0).AppendNull()
			continue
		}
		if int(size) > len(v) {
			return malformed
		}
		b.elem.reset()
		if problem := b.elem.store(0, v[:size]); problem != "" {
			return problem
		}
		b.list.Kid(0).AppendColumn(b.elem.column(1), nil)
		v = v[size:]
	}
	b.list.CloseList()
	return ""
}
