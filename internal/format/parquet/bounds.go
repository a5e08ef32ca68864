package parquet

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// bounds is what statistics say about the values of a column in a file, row group or page.
type bounds struct {
	min, max data.Scalar
	ok       bool  // min and max hold for all values that are neither null nor NaN
	nan      bool  // there may be NaN
	exact    bool  // min and max are values
	nulls    int64 // or -1
	rows     int64
}

// isOurs reports files of our own writer, which leaves bounds out where there is a NaN.
func isOurs(createdBy string) bool { return strings.HasPrefix(createdBy, "siksik ") }

// chunkBounds reads the statistics of a chunk.
func (f *file) chunkBounds(l *leafInfo, m *chunkMeta, rows int64) bounds {
	s := &m.stats
	lo, hi := s.min, s.max
	if lo == nil && hi == nil && oldBoundsHold(l) {
		lo, hi = s.oldMin, s.oldMax
	} else if f.meta.orders != nil && (l.index >= len(f.meta.orders) || f.meta.orders[l.index] != 1) {
		lo, hi = nil, nil // an order that we do not know
	}
	b := bounds{nulls: s.nulls, rows: rows}
	if l.maxDef == 0 {
		b.nulls = 0
	}
	b.set(l, lo, hi)
	b.nan = l.typ.IsFloat() && !(f.trust && b.ok) && s.nans != 0
	b.exact = b.ok && s.min != nil && s.exact(l)
	return b
}

// exact reports whether bounds are values of the chunk. Text is cut off by some writers, which do not all say so, and floats leave NaN and the sign of
// zero open.
func (s *statistics) exact(l *leafInfo) bool {
	switch {
	case l.typ.IsFloat():
		return false
	case l.typ.Phys() == dtype.PhysView:
		return s.minIs == exactYes && s.maxIs == exactYes
	default:
		return s.minIs != exactNo && s.maxIs != exactNo
	}
}

// oldBoundsHold reports whether the deprecated bounds, which compare as signed numbers, are in the order of the type.
func oldBoundsHold(l *leafInfo) bool {
	return !l.typ.IsUnsigned() && l.phys != ptBytes && l.phys != ptFixed
}

// set decodes stored bounds.
func (b *bounds) set(l *leafInfo, lo, hi []byte) {
	if lo == nil || hi == nil || l.special || l.conv == convNull {
		return
	}
	var ok1, ok2 bool
	b.min, ok1 = l.boundScalar(lo, false)
	b.max, ok2 = l.boundScalar(hi, true)
	b.ok = ok1 && ok2 && compareScalars(b.min, b.max) <= 0
}

// boundScalar decodes one bound. Zeros of floats widen to the side that the bound is for, since writers differ in their signs.
func (l *leafInfo) boundScalar(b []byte, upper bool) (data.Scalar, bool) {
	s := data.Scalar{Type: l.typ}
	switch l.conv {
	case convBits:
		if len(b) != 1 {
			return s, false
		}
		s.I.Lo = uint64(b[0] & 1)
		return s, true
	case convText, convBytes, convFixedText, convFixedBytes:
		s.S = string(b)
		return s, true
	case convDec32, convDec64, convDec128:
		v, ok := bigEndian(b)
		s.I = v
		return s, ok && len(b) > 0
	case convHalf:
		if len(b) != 2 {
			return s, false
		}
		s.F = float64(fromHalf(binary.LittleEndian.Uint16(b)))
		return floatBound(s, upper)
	}
	width := l.storedWidth()
	if len(b) != width || width == 0 {
		return s, false
	}
	if l.typ.IsFloat() {
		if width == 4 {
			s.F = float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		} else {
			s.F = math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
		return floatBound(s, upper)
	}
	var buf [2]uint64
	dst := data.FixedBytes(buf[:])
	if convert(l.conv, dst, b, 1, width) != nil {
		return s, false
	}
	c := data.Column{Type: l.typ, Len: 1, Buf: dst[:l.typ.Phys().Width()]}
	return c.Value(0), true
}

func floatBound(s data.Scalar, upper bool) (data.Scalar, bool) {
	if s.F == 0 {
		s.F = 0
		if !upper {
			s.F = math.Copysign(0, -1)
		}
	}
	return s, !math.IsNaN(s.F)
}

// compareScalars orders two values of one type that are not null: text by bytes, floats with NaN last.
func compareScalars(a, b data.Scalar) int {
	switch a.Type.Phys() {
	case dtype.PhysView:
		return strings.Compare(a.S, b.S)
	case dtype.PhysF32, dtype.PhysF64:
		return compareFloats(a.F, b.F)
	case dtype.PhysU64:
		if a.I.Lo < b.I.Lo {
			return -1
		} else if a.I.Lo > b.I.Lo {
			return 1
		}
		return 0
	}
	return a.I.Cmp(b.I)
}

func compareFloats(a, b float64) int {
	an, bn := a != a, b != b
	switch {
	case an && bn:
		return 0
	case an:
		return 1
	case bn:
		return -1
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
