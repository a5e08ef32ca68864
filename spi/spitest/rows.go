package spitest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// Types are one field of every type that a table may have, nested ones included. A suite for a system that lacks some takes a part of them
// with Pick.
func Types() dtype.Schema {
	of := dtype.Of
	return dtype.NewSchema(
		dtype.Field{Name: "id", Type: of(dtype.Int64)},
		dtype.Field{Name: "b", Type: of(dtype.Bool)},
		dtype.Field{Name: "i8", Type: of(dtype.Int8)},
		dtype.Field{Name: "i16", Type: of(dtype.Int16)},
		dtype.Field{Name: "i32", Type: of(dtype.Int32)},
		dtype.Field{Name: "i64", Type: of(dtype.Int64)},
		dtype.Field{Name: "i128", Type: of(dtype.Int128)},
		dtype.Field{Name: "u8", Type: of(dtype.Uint8)},
		dtype.Field{Name: "u16", Type: of(dtype.Uint16)},
		dtype.Field{Name: "u32", Type: of(dtype.Uint32)},
		dtype.Field{Name: "u64", Type: of(dtype.Uint64)},
		dtype.Field{Name: "f32", Type: of(dtype.Float32)},
		dtype.Field{Name: "f64", Type: of(dtype.Float64)},
		dtype.Field{Name: "dec9", Type: dtype.DecimalOf(9, 2)},
		dtype.Field{Name: "dec18", Type: dtype.DecimalOf(18, 4)},
		dtype.Field{Name: "dec38", Type: dtype.DecimalOf(38, 10)},
		dtype.Field{Name: "s", Type: of(dtype.String)},
		dtype.Field{Name: "bin", Type: of(dtype.Binary)},
		dtype.Field{Name: "d", Type: of(dtype.Date)},
		dtype.Field{Name: "t", Type: of(dtype.Time)},
		dtype.Field{Name: "ts", Type: dtype.TimestampOf(dtype.Micro, "")},
		dtype.Field{Name: "ts_ns", Type: dtype.TimestampOf(dtype.Nano, "")},
		dtype.Field{Name: "ts_ms", Type: dtype.TimestampOf(dtype.Milli, "")},
		dtype.Field{Name: "ts_s", Type: dtype.TimestampOf(dtype.Second, "")},
		dtype.Field{Name: "tz", Type: dtype.TimestampOf(dtype.Micro, "UTC")},
		dtype.Field{Name: "dur", Type: dtype.DurationOf(dtype.Micro)},
		dtype.Field{Name: "iv", Type: of(dtype.Interval)},
		dtype.Field{Name: "uuid", Type: of(dtype.UUID)},
		dtype.Field{Name: "e", Type: dtype.EnumOf("red", "green", "it's blue")},
		dtype.Field{Name: "li", Type: dtype.ListOf(of(dtype.Int64))},
		dtype.Field{Name: "arr", Type: dtype.ArrayOf(of(dtype.Int32), 3)},
		dtype.Field{Name: "st", Type: dtype.StructOf(dtype.Field{Name: "x", Type: of(dtype.Float64)}, dtype.Field{Name: "y z", Type: of(dtype.String)})},
		dtype.Field{Name: "m", Type: dtype.MapOf(of(dtype.String), of(dtype.Int64))},
		dtype.Field{Name: "deep", Type: dtype.ListOf(dtype.StructOf(dtype.Field{Name: "tags", Type: dtype.ListOf(of(dtype.String))}))},
	)
}

// Pick returns the fields of s for which keep holds, by type.
func Pick(s dtype.Schema, keep func(dtype.Type) bool) dtype.Schema {
	var out dtype.Schema
	for _, f := range s.Fields {
		if keep(f.Type) {
			out.Fields = append(out.Fields, f)
		}
	}
	return out
}

// Random returns n rows of the schema in batches, the same for the same seed. About one value in seven is null, except in a column called
// id, which counts from 0. Edge values are frequent.
func Random(s dtype.Schema, n int, seed uint64) []*data.Batch {
	r := rand.New(rand.NewPCG(seed, 77))
	var out []*data.Batch
	for at := 0; at < n; at += data.BatchRows {
		rows := min(n-at, data.BatchRows)
		b := &data.Batch{Len: rows}
		for _, f := range s.Fields {
			col := data.NewBuilder(f.Type, rows)
			for i := range rows {
				if f.Name == "id" && f.Type.Kind == dtype.Int64 {
					data.Append(col, int64(at+i))
				} else {
					col.AppendScalar(RandomScalar(r, f.Type))
				}
			}
			b.Cols = append(b.Cols, col.Build())
		}
		out = append(out, b)
	}
	return out
}

// RandomScalar returns a value of the type, null now and then.
func RandomScalar(r *rand.Rand, t dtype.Type) data.Scalar {
	if r.IntN(7) == 0 {
		return data.NullScalar(t)
	}
	s := data.Scalar{Type: t}
	kids := func(n int, k dtype.Type) {
		s.Kids = []data.Scalar{}
		for range n {
			s.Kids = append(s.Kids, RandomScalar(r, k))
		}
	}
	switch t.Kind {
	case dtype.Null:
		return data.NullScalar(t)
	case dtype.Bool:
		s.I.Lo = r.Uint64() & 1
	case dtype.Float32:
		s.F = float64(float32(max(min(randomFloat(r), math.MaxFloat32), -math.MaxFloat32)))
	case dtype.Float64:
		s.F = randomFloat(r)
	case dtype.String:
		s.S = randomText(r)
	case dtype.JSON:
		s.S = `{"k": [` + strconv.Itoa(r.IntN(100)) + `, null, "x"]}`
	case dtype.Binary:
		b := make([]byte, r.IntN(20))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		s.S = string(b)
	case dtype.Interval:
		s.Iv = data.Interval{Months: int32(r.IntN(100)), Days: int32(r.IntN(1000)), Micros: r.Int64N(1e12)}
	case dtype.List:
		kids(r.IntN(4), t.Elem())
	case dtype.Array:
		kids(t.Len, t.Elem())
	case dtype.Struct:
		for _, f := range t.Fields {
			s.Kids = append(s.Kids, RandomScalar(r, f.Type))
		}
	case dtype.Map:
		s.Kids = randomEntries(r, t)
	default:
		s.I = randomInt(r, t)
	}
	return s
}

// randomEntries are entries with keys that differ and are not null.
func randomEntries(r *rand.Rand, t dtype.Type) []data.Scalar {
	out, seen := []data.Scalar{}, map[string]bool{}
	for range r.IntN(4) {
		key := RandomScalar(r, t.Fields[0].Type)
		if text := key.String(); key.Null || seen[text] {
			continue
		} else {
			seen[text] = true
		}
		out = append(out, data.Scalar{Type: t.Elem(), Kids: []data.Scalar{key, RandomScalar(r, t.Fields[1].Type)}})
	}
	return out
}

func randomFloat(r *rand.Rand) float64 {
	switch r.IntN(8) {
	case 0:
		return [...]float64{0, 1, -1, 0.1, 1e300, -1e-300, 123456789.125, math.MaxFloat32, math.Copysign(0, -1)}[r.IntN(9)]
	case 1, 2:
		return float64(r.IntN(100000)) / 1000
	default:
		return (r.Float64() - 0.5) * math.Pow(10, float64(r.IntN(30)-10))
	}
}

func randomText(r *rand.Rand) string {
	words := [...]string{"", "a", "hello", "twelve bytes", "thirteen bytes", "comma, quote \" and 'more'", "line\nbreak", "tab\tand\\slash",
		"größer", "日本語のテキスト", "🙂 emoji", " spaces around ", "NULL", "a rather long text that does not fit into a string view at all"}
	return words[r.IntN(len(words))]
}

// randomInt is a value of a type that is stored as an integer, within the type's range.
func randomInt(r *rand.Rand, t dtype.Type) data.Int128 {
	lo, hi := bounds(t)
	switch r.IntN(8) {
	case 0:
		return data.Int128From(lo)
	case 1:
		return data.Int128From(hi)
	case 2:
		return data.Int128From(max(lo, min(hi, 0)))
	case 3:
		return wide(r, t, hi)
	}
	span := uint64(hi) - uint64(lo)
	if r.IntN(2) == 0 {
		span = min(span, 1000)
		lo = max(lo, min(hi-int64(span), 0))
	}
	if span == math.MaxUint64 {
		return data.Int128From(int64(r.Uint64()))
	}
	return data.Int128From(lo + int64(r.Uint64N(span+1)))
}

// wide is a value that only 128 bits or 64 unsigned bits hold, where the type has those.
func wide(r *rand.Rand, t dtype.Type, hi int64) data.Int128 {
	switch {
	case t.Kind == dtype.Uint64:
		return data.Int128{Lo: r.Uint64()}
	case t.Phys() == dtype.PhysI128 && t.Kind != dtype.Decimal:
		return data.Int128{Lo: r.Uint64(), Hi: int64(r.Uint64())}
	case t.Phys() == dtype.PhysI128:
		return data.Int128{Lo: r.Uint64(), Hi: r.Int64N(5_000_000_000_000_000_000)}
	default:
		return data.Int128From(hi)
	}
}

func bounds(t dtype.Type) (lo, hi int64) {
	const day = 86400
	switch t.Kind {
	case dtype.Int8:
		return math.MinInt8, math.MaxInt8
	case dtype.Int16:
		return math.MinInt16, math.MaxInt16
	case dtype.Int32:
		return math.MinInt32, math.MaxInt32
	case dtype.Uint8:
		return 0, math.MaxUint8
	case dtype.Uint16:
		return 0, math.MaxUint16
	case dtype.Uint32:
		return 0, math.MaxUint32
	case dtype.Uint64:
		return 0, math.MaxInt64
	case dtype.Decimal:
		n := int64(1)
		for range min(int(t.Precision), 18) {
			n *= 10
		}
		return -n + 1, n - 1
	case dtype.Enum:
		return 0, int64(len(t.Values) - 1)
	case dtype.Date:
		return -100_000, 100_000
	case dtype.Time:
		return 0, day*1_000_000 - 1
	case dtype.Timestamp:
		per := t.Unit.PerSecond()
		return -3_000_000_000 * per, 9_000_000_000 * per
	case dtype.Duration:
		return 0, 1000 * day * t.Unit.PerSecond()
	default:
		return math.MinInt64, math.MaxInt64
	}
}

// Text writes a row as text in which different rows differ; it is what the suites compare.
func Text(b *data.Batch, row int) string {
	parts := make([]string, len(b.Cols))
	for i, c := range b.Cols {
		parts[i] = scalarText(c.Value(row))
	}
	return strings.Join(parts, " | ")
}

func scalarText(s data.Scalar) string {
	if s.Null {
		return "NULL"
	}
	if s.Type.IsNested() {
		parts := make([]string, len(s.Kids))
		for i, k := range s.Kids {
			parts[i] = scalarText(k)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	switch s.Type.Phys() {
	case dtype.PhysView:
		return strconv.Quote(s.S)
	case dtype.PhysF32, dtype.PhysF64:
		return strconv.FormatFloat(s.F, 'g', -1, 64)
	case dtype.PhysInterval:
		return fmt.Sprint(s.Iv)
	default:
		return s.I.String()
	}
}

// Texts writes all rows of the batches.
func Texts(batches []*data.Batch) []string {
	var out []string
	for _, b := range batches {
		for i := range b.Len {
			out = append(out, Text(b, i))
		}
	}
	return out
}

// Project returns the batches with the columns at cols.
func Project(batches []*data.Batch, cols []int) []*data.Batch {
	out := make([]*data.Batch, len(batches))
	for i, b := range batches {
		out[i] = &data.Batch{Len: b.Len}
		for _, c := range cols {
			out[i].Cols = append(out[i].Cols, b.Cols[c])
		}
	}
	return out
}
