package parquet

import (
	"encoding/binary"
	"math"

	"github.com/siksik-data/siksik/data"
)

// storedWidth returns the bytes of one PLAIN value, or 0 where they vary or are bits.
func (l *leafInfo) storedWidth() int {
	switch l.phys {
	case ptInt32, ptFloat:
		return 4
	case ptInt64, ptDouble:
		return 8
	case ptInt96:
		return 12
	case ptFixed:
		return l.size
	}
	return 0
}

// convert turns n stored values of the given width into values in memory. It fails rather than lose anything.
func convert(cv conv, dst, src []byte, n, width int) error {
	switch cv {
	case convSame:
		copy(dst, src[:n*width])
	case convI8:
		return narrow32(data.FixedSlice[int8](dst)[:n], src, -1<<7, 1<<7-1)
	case convI16:
		return narrow32(data.FixedSlice[int16](dst)[:n], src, -1<<15, 1<<15-1)
	case convU8:
		return narrow32(data.FixedSlice[uint8](dst)[:n], src, 0, 1<<8-1)
	case convU16:
		return narrow32(data.FixedSlice[uint16](dst)[:n], src, 0, 1<<16-1)
	case convWiden, convMilli:
		mul := int64(1)
		if cv == convMilli {
			mul = 1000
		}
		for i, d := 0, data.FixedSlice[int64](dst); i < n; i++ {
			d[i] = mul * int64(int32(binary.LittleEndian.Uint32(src[4*i:])))
		}
	case convNanoTime, convSeconds:
		return divide(data.FixedSlice[int64](dst)[:n], src)
	case convNarrow:
		return narrow64(data.FixedSlice[int32](dst)[:n], src)
	case convInt96, convInt96Nano:
		return fromInt96(data.FixedSlice[int64](dst)[:n], src, cv == convInt96Nano)
	case convHalf:
		for i, d := 0, data.FixedSlice[float32](dst); i < n; i++ {
			d[i] = fromHalf(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case convDec32, convDec64, convDec128:
		return fromBigEndian(cv, dst, src, n, width)
	case convUUID:
		for i, d := 0, data.FixedSlice[data.Int128](dst); i < n; i++ {
			d[i] = uuidFrom(src[16*i:])
		}
	case convInterval:
		for i, d := 0, data.FixedSlice[data.Interval](dst); i < n; i++ {
			s := src[12*i:]
			d[i] = data.Interval{Months: int32(binary.LittleEndian.Uint32(s)), Days: int32(binary.LittleEndian.Uint32(s[4:])),
				Micros: 1000 * int64(binary.LittleEndian.Uint32(s[8:]))}
		}
	default:
		return corrupt("values of this type have no fixed width")
	}
	return nil
}

func narrow32[T int8 | int16 | uint8 | uint16](dst []T, src []byte, lo, hi int32) error {
	for i := range dst {
		v := int32(binary.LittleEndian.Uint32(src[4*i:]))
		if v < lo || v > hi {
			return corrupt("value %d does not fit the column's integer type", v)
		}
		dst[i] = T(v)
	}
	return nil
}

func narrow64(dst []int32, src []byte) error {
	for i := range dst {
		v := int64(binary.LittleEndian.Uint64(src[8*i:]))
		if v != int64(int32(v)) {
			return corrupt("value %d does not fit the column's decimal type", v)
		}
		dst[i] = int32(v)
	}
	return nil
}

// divide turns thousandths into whole units.
func divide(dst []int64, src []byte) error {
	for i := range dst {
		v := int64(binary.LittleEndian.Uint64(src[8*i:]))
		dst[i] = v / 1000
		if dst[i]*1000 != v {
			return &badError{"a time of " + data.Int128From(v).String() + " ns is finer than the microseconds that times have here", "unsupported"}
		}
	}
	return nil
}

// fromInt96 converts nanoseconds of the day and a Julian day number. 2440588 is the day of 1970-01-01.
func fromInt96(dst []int64, src []byte, nano bool) error {
	for i := range dst {
		ns := int64(binary.LittleEndian.Uint64(src[12*i:]))
		day := int64(int32(binary.LittleEndian.Uint32(src[12*i+8:]))) - 2440588
		const dayMicros = 86_400_000_000
		if nano {
			v := day*dayMicros*1000 + ns
			if day > 106_750 || day < -106_750 {
				return unsupported("a timestamp does not fit 64 bits of nanoseconds; open the file with int96_unit 'us'")
			}
			dst[i] = v
			continue
		}
		if ns%1000 != 0 {
			return unsupported("a timestamp has nanoseconds; open the file with int96_unit 'ns'")
		}
		// Sums wrap, because writers split wrapped sums: Spark's timestamps of far years come out right only this way.
		if day > 1<<28 || day < -1<<28 {
			return corrupt("a timestamp of day %d is out of range", day)
		}
		dst[i] = day*dayMicros + ns/1000
	}
	return nil
}

// fromHalf widens an IEEE 754 half, exactly.
func fromHalf(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp, frac := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch {
	case exp == 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	case exp != 0:
		return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
	default:
		return math.Float32frombits(sign | math.Float32bits(float32(frac)*(1.0/(1<<24))))
	}
}

// bigEndian reads a two's complement number of any length.
func bigEndian(s []byte) (v data.Int128, ok bool) {
	if len(s) == 0 {
		return v, true
	}
	neg := int64(int8(s[0])) >> 63
	for len(s) > 16 {
		if int64(int8(s[0])) != neg {
			return v, false
		}
		s = s[1:]
		if int64(int8(s[0]))>>63 != neg {
			return v, false
		}
	}
	v = data.Int128{Lo: uint64(neg), Hi: neg}
	for _, b := range s {
		v.Hi = v.Hi<<8 | int64(v.Lo>>56)
		v.Lo = v.Lo<<8 | uint64(b)
	}
	return v, true
}

func fromBigEndian(cv conv, dst, src []byte, n, width int) error {
	if width <= 8 {
		shift := uint(64 - 8*width)
		for i := range n {
			var v int64
			for _, b := range src[i*width : (i+1)*width] {
				v = v<<8 | int64(b)
			}
			v = v << shift >> shift
			if err := storeInt(cv, dst, i, data.Int128From(v)); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range n {
		v, ok := bigEndian(src[i*width : (i+1)*width])
		if !ok {
			return corrupt("a decimal has more than 128 bits")
		}
		if err := storeInt(cv, dst, i, v); err != nil {
			return err
		}
	}
	return nil
}

// storeInt stores v as element i of dst in the width that cv names.
func storeInt(cv conv, dst []byte, i int, v data.Int128) error {
	fits := v.IsInt64()
	switch cv {
	case convDec32:
		if !fits || int64(v.Lo) != int64(int32(v.Lo)) {
			return corrupt("value %s does not fit the column's decimal type", v)
		}
		data.FixedSlice[int32](dst)[i] = int32(v.Lo)
	case convDec64:
		if !fits {
			return corrupt("value %s does not fit the column's decimal type", v)
		}
		data.FixedSlice[int64](dst)[i] = int64(v.Lo)
	default:
		data.FixedSlice[data.Int128](dst)[i] = v
	}
	return nil
}

// uuidFrom reads 16 bytes; the top bit is flipped so that uuids order like their text.
func uuidFrom(s []byte) data.Int128 {
	return data.Int128{Hi: int64(binary.BigEndian.Uint64(s) ^ 1<<63), Lo: binary.BigEndian.Uint64(s[8:])}
}
