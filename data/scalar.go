package data

import (
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// Scalar is one value of any type. Which field holds it depends on the type:
//
//	bool (0 or 1), integers, decimals (unscaled), dates, times, timestamps, durations, enum codes, uuids   I
//	floats                                                                                             F
//	text, json, binary                                                                                 S
//	interval                                                                                           Iv
//	lists, arrays (elements), structs (fields), maps (entry structs)                                   Kids
//
// Null is set for a missing value. The zero Scalar is a zero of type null and should not be used; see NullScalar.
type Scalar struct {
	Type dtype.Type
	Null bool
	I    Int128
	F    float64
	S    string
	Iv   Interval
	Kids []Scalar
}

// NullScalar returns the null of type t.
func NullScalar(t dtype.Type) Scalar { return Scalar{Type: t, Null: true} }

// IntScalar returns v as a value of t, which must be stored as an integer (integers, decimals, dates, times, ...).
func IntScalar(t dtype.Type, v int64) Scalar { return Scalar{Type: t, I: Int128From(v)} }

// BoolScalar returns v.
func BoolScalar(v bool) Scalar {
	s := Scalar{Type: dtype.Of(dtype.Bool)}
	if v {
		s.I.Lo = 1
	}
	return s
}

// FloatScalar returns v as float64.
func FloatScalar(v float64) Scalar { return Scalar{Type: dtype.Of(dtype.Float64), F: v} }

// StringScalar returns v as text.
func StringScalar(v string) Scalar { return Scalar{Type: dtype.Of(dtype.String), S: v} }

// Int64 returns the integer value, truncated to 64 bits.
func (s Scalar) Int64() int64 { return int64(s.I.Lo) }

// Bool returns the value of a bool; null is false.
func (s Scalar) Bool() bool { return !s.Null && s.I.Lo != 0 }

// Value returns row i as a Scalar. It is for cold paths: literals, tests, printing.
func (c *Column) Value(i int) Scalar {
	if c.IsNull(i) {
		return NullScalar(c.Type)
	}
	f, j := c.Row(i)
	s := Scalar{Type: c.Type}
	switch p := f.Type.Phys(); p {
	case dtype.PhysBits:
		if f.Bits.Get(j) {
			s.I.Lo = 1
		}
	case dtype.PhysI8:
		s.I = Int128From(int64(FixedSlice[int8](f.Buf)[j]))
	case dtype.PhysI16:
		s.I = Int128From(int64(FixedSlice[int16](f.Buf)[j]))
	case dtype.PhysI32:
		s.I = Int128From(int64(FixedSlice[int32](f.Buf)[j]))
	case dtype.PhysI64:
		s.I = Int128From(FixedSlice[int64](f.Buf)[j])
	case dtype.PhysI128:
		s.I = FixedSlice[Int128](f.Buf)[j]
	case dtype.PhysU8:
		s.I.Lo = uint64(f.Buf[j])
	case dtype.PhysU16:
		s.I.Lo = uint64(FixedSlice[uint16](f.Buf)[j])
	case dtype.PhysU32:
		s.I.Lo = uint64(FixedSlice[uint32](f.Buf)[j])
	case dtype.PhysU64:
		s.I.Lo = FixedSlice[uint64](f.Buf)[j]
	case dtype.PhysF32:
		s.F = float64(FixedSlice[float32](f.Buf)[j])
	case dtype.PhysF64:
		s.F = FixedSlice[float64](f.Buf)[j]
	case dtype.PhysView:
		s.S = FixedSlice[View](f.Buf)[j].String(f.Heap)
	case dtype.PhysInterval:
		s.Iv = FixedSlice[Interval](f.Buf)[j]
	case dtype.PhysList:
		s.Kids = f.Kids[0].values(int(f.Offsets[j]), int(f.Offsets[j+1]))
	case dtype.PhysArray:
		s.Kids = f.Kids[0].values(j*f.Type.Len, (j+1)*f.Type.Len)
	case dtype.PhysStruct:
		for _, k := range f.Kids {
			s.Kids = append(s.Kids, k.Value(j))
		}
	default:
		bug.Panicf("value of physical type %d", p)
	}
	return s
}

func (c *Column) values(lo, hi int) []Scalar {
	out := make([]Scalar, 0, hi-lo)
	for i := lo; i < hi; i++ {
		out = append(out, c.Value(i))
	}
	return out
}
