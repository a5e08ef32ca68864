package compute

import (
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/kern"
)

// fromBool goes by way of int64, or directly to the narrow types.
func (k *conv) fromBool() *data.Column {
	v := Make[int64](k.s, k.c.Len)
	kern.BoolToNumber(v, k.c.Bits)
	return intsTo(k, v, k.to)
}

// fromInt casts integers, or what is stored as such, to a numeric type or bool; the result has the type k.to.
func (k *conv) fromInt(to dtype.Type) *data.Column {
	switch k.c.Type.Phys() {
	case dtype.PhysI8:
		return intsTo(k, data.Slice[int8](k.c), to)
	case dtype.PhysI16:
		return intsTo(k, data.Slice[int16](k.c), to)
	case dtype.PhysI32:
		return intsTo(k, data.Slice[int32](k.c), to)
	case dtype.PhysI64:
		return intsTo(k, data.Slice[int64](k.c), to)
	case dtype.PhysU8:
		return intsTo(k, data.Slice[uint8](k.c), to)
	case dtype.PhysU16:
		return intsTo(k, data.Slice[uint16](k.c), to)
	case dtype.PhysU32:
		return intsTo(k, data.Slice[uint32](k.c), to)
	case dtype.PhysU64:
		return intsTo(k, data.Slice[uint64](k.c), to)
	default:
		return k.wideTo(wide(k.c), to)
	}
}

func intsTo[S word](k *conv, src []S, to dtype.Type) *data.Column {
	switch to.Kind {
	case dtype.Bool:
		return toBits(k, src)
	case dtype.Float32:
		return converted[float32](k, src)
	case dtype.Float64:
		return converted[float64](k, src)
	case dtype.Decimal:
		return intsToDecimal(k, src, to)
	}
	switch to.Phys() {
	case dtype.PhysI8:
		return narrowed[int8](k, src)
	case dtype.PhysI16:
		return narrowed[int16](k, src)
	case dtype.PhysI32:
		return narrowed[int32](k, src)
	case dtype.PhysI64:
		return narrowed[int64](k, src)
	case dtype.PhysU8:
		return narrowed[uint8](k, src)
	case dtype.PhysU16:
		return narrowed[uint16](k, src)
	case dtype.PhysU32:
		return narrowed[uint32](k, src)
	case dtype.PhysU64:
		return narrowed[uint64](k, src)
	default:
		return Flat(k.s, k.to, signedWide(widened(k, src)), k.valid)
	}
}

func narrowed[D, S word](k *conv, src []S) *data.Column {
	return k.fixed(int(unsafe.Sizeof(*new(D))), func(dst []byte, lo, hi int, valid data.Bitmap) int {
		return kern.CastInt(data.FixedSlice[D](dst), src[lo:hi], valid)
	})
}

// fixed casts into a new column of values of width bytes. f is what run takes and gets the memory of its rows as well: there are 88 pairs of types,
// so all that does not depend on them is here once.
func (k *conv) fixed(width int, f func(dst []byte, lo, hi int, valid data.Bitmap) int) *data.Column {
	buf := data.FixedBytes(k.s.words((k.c.Len*width + 7) / 8))
	k.run(func(lo, hi int, valid data.Bitmap) int { return f(buf[lo*width:hi*width], lo, hi, valid) })
	return k.s.flat(k.to, k.c.Len, k.valid, buf[:k.c.Len*width])
}

func converted[D float32 | float64, S kern.Number](k *conv, src []S) *data.Column {
	dst := Make[D](k.s, len(src))
	kern.Convert(dst, src)
	return Flat(k.s, k.to, dst, k.valid)
}

func widened[S word](k *conv, src []S) []kern.I128 {
	dst := kernWide(Make[data.Int128](k.s, len(src)))
	kern.WidenI128(dst, src)
	return dst
}

func intsToDecimal[S word](k *conv, src []S, to dtype.Type) *data.Column {
	if to.Phys() == dtype.PhysI128 || k.c.Type.Kind == dtype.Uint64 {
		return k.rescaleWide(widened(k, src), 0, to)
	}
	v := Make[int64](k.s, len(src))
	kern.Convert(v, src)
	return rescale(k, v, 0, to)
}

// wideTo casts 128-bit integers.
func (k *conv) wideTo(src []kern.I128, to dtype.Type) *data.Column {
	switch to.Kind {
	case dtype.Bool:
		dst := k.s.Bits(len(src))
		kern.NeI128Const(dst, src, kern.I128{})
		return k.s.Bool(dst, k.valid, len(src))
	case dtype.Float32:
		return wideToFloat[float32](k, src, 1)
	case dtype.Float64:
		return wideToFloat[float64](k, src, 1)
	case dtype.Decimal:
		return k.rescaleWide(src, 0, to)
	}
	switch to.Phys() {
	case dtype.PhysI8:
		return wideToInt[int8](k, src)
	case dtype.PhysI16:
		return wideToInt[int16](k, src)
	case dtype.PhysI32:
		return wideToInt[int32](k, src)
	case dtype.PhysI64:
		return wideToInt[int64](k, src)
	case dtype.PhysU8:
		return wideToInt[uint8](k, src)
	case dtype.PhysU16:
		return wideToInt[uint16](k, src)
	case dtype.PhysU32:
		return wideToInt[uint32](k, src)
	case dtype.PhysU64:
		return wideToInt[uint64](k, src)
	default:
		return Flat(k.s, k.to, signedWide(src), k.valid)
	}
}

func wideToInt[D word](k *conv, src []kern.I128) *data.Column {
	return k.fixed(int(unsafe.Sizeof(*new(D))), func(dst []byte, lo, hi int, valid data.Bitmap) int {
		return kern.NarrowI128(data.FixedSlice[D](dst), src[lo:hi], valid)
	})
}

func wideToFloat[D float32 | float64](k *conv, src []kern.I128, scale float64) *data.Column {
	dst := Make[D](k.s, len(src))
	kern.I128ToFloat(dst, src, scale)
	return Flat(k.s, k.to, dst, k.valid)
}

// Dividing a decimal's digits by its power of ten gives the nearest float while both are exact floats: up to 2^53 and 10^22. The others are read from text.
const (
	exactDigits = 1 << 53
	exactScale  = 22
)

// nearestFloats corrects the floats of decimals whose digits or scale are not exact floats.
func nearestFloats[D float32 | float64](dst []D, src []kern.I128, scale int) {
	if scale == 0 {
		return
	}
	for i, x := range src {
		if lo := int64(x.Lo); scale > exactScale || x.Hi != lo>>63 || lo > exactDigits || lo < -exactDigits {
			dst[i] = D(nearestFloat(data.Int128(x), scale))
		}
	}
}

// nearestFloats64 is nearestFloats for decimals of up to 18 digits.
func nearestFloats64[D float32 | float64, S int32 | int64](dst []D, src []S, scale int) {
	if scale == 0 {
		return
	}
	for i, x := range src {
		if v := int64(x); v > exactDigits || v < -exactDigits {
			dst[i] = D(nearestFloat(data.Int128{Lo: uint64(v), Hi: v >> 63}, scale))
		}
	}
}

func nearestFloat(v data.Int128, scale int) float64 {
	var buf [64]byte
	f, ok := data.ParseFloat64(v.AppendDecimal(buf[:0], scale))
	bug.Assert(ok, "a decimal is a float")
	return f
}

// fromDecimal casts decimals to numbers and bool.
func (k *conv) fromDecimal() *data.Column {
	scale := int(k.c.Type.Scale)
	switch k.c.Type.Phys() {
	case dtype.PhysI32:
		return decimalTo(k, data.Slice[int32](k.c), scale)
	case dtype.PhysI64:
		return decimalTo(k, data.Slice[int64](k.c), scale)
	}
	src := wide(k.c)
	switch {
	case k.to.Kind == dtype.Float32:
		out := wideToFloat[float32](k, src, pow10(scale).Float64())
		nearestFloats(data.Slice[float32](out), src, scale)
		return out
	case k.to.Kind == dtype.Float64:
		out := wideToFloat[float64](k, src, pow10(scale).Float64())
		nearestFloats(data.Slice[float64](out), src, scale)
		return out
	case k.to.Kind == dtype.Decimal:
		return k.rescaleWide(src, scale, k.to)
	case k.to.Kind == dtype.Bool || scale == 0:
		return k.wideTo(src, k.to)
	}
	dst := kernWide(Make[data.Int128](k.s, len(src)))
	k.run(func(lo, hi int, valid data.Bitmap) int {
		return kern.RescaleDownI128(dst[lo:hi], src[lo:hi], pow10(scale), pow10(38), valid)
	})
	return k.wideTo(dst, k.to)
}

func decimalTo[S int32 | int64](k *conv, src []S, scale int) *data.Column {
	switch k.to.Kind {
	case dtype.Bool:
		return toBits(k, src)
	case dtype.Float32:
		dst := Make[float32](k.s, len(src))
		kern.DecimalToFloat(dst, src, pow10(scale).Float64())
		nearestFloats64(dst, src, scale)
		return Flat(k.s, k.to, dst, k.valid)
	case dtype.Float64:
		dst := Make[float64](k.s, len(src))
		kern.DecimalToFloat(dst, src, pow10(scale).Float64())
		nearestFloats64(dst, src, scale)
		return Flat(k.s, k.to, dst, k.valid)
	case dtype.Decimal:
		if k.to.Phys() == dtype.PhysI128 {
			return k.rescaleWide(widened(k, src), scale, k.to)
		}
		return rescale(k, src, scale, k.to)
	}
	if scale == 0 {
		return intsTo(k, src, k.to)
	}
	v := Make[int64](k.s, len(src))
	k.run(func(lo, hi int, valid data.Bitmap) int {
		return kern.RescaleDown(v[lo:hi], src[lo:hi], int64(pow10(scale).Lo), int64(pow10(18).Lo), valid)
	})
	return intsTo(k, v, k.to)
}

// rescale brings decimals to the scale and precision of to, which is at most 18 digits.
func rescale[S int32 | int64](k *conv, src []S, scale int, to dtype.Type) *data.Column {
	if to.Phys() == dtype.PhysI32 {
		return rescaled[int32](k, src, int(to.Scale)-scale, int(to.Precision))
	}
	return rescaled[int64](k, src, int(to.Scale)-scale, int(to.Precision))
}

func rescaled[D, S int32 | int64](k *conv, src []S, up, precision int) *data.Column {
	dst := Make[D](k.s, len(src))
	limit := int64(pow10(precision).Lo)
	k.run(func(lo, hi int, valid data.Bitmap) int {
		if up >= 0 {
			return kern.RescaleUp(dst[lo:hi], src[lo:hi], int64(pow10(up).Lo), limit, valid)
		}
		return kern.RescaleDown(dst[lo:hi], src[lo:hi], int64(pow10(-up).Lo), limit, valid)
	})
	return Flat(k.s, k.to, dst, k.valid)
}

// rescaleWide is rescale in 128 bits, with a result of any width.
func (k *conv) rescaleWide(src []kern.I128, scale int, to dtype.Type) *data.Column {
	up := int(to.Scale) - scale
	out := Make[data.Int128](k.s, len(src))
	dst := kernWide(out)
	limit := pow10(int(to.Precision))
	k.run(func(lo, hi int, valid data.Bitmap) int {
		if up >= 0 {
			return kern.RescaleUpI128(dst[lo:hi], src[lo:hi], pow10(up), limit, valid)
		}
		return kern.RescaleDownI128(dst[lo:hi], src[lo:hi], pow10(-up), limit, valid)
	})
	switch to.Phys() {
	case dtype.PhysI32:
		return wideToInt[int32](k, dst)
	case dtype.PhysI64:
		return wideToInt[int64](k, dst)
	default:
		return Flat(k.s, k.to, out, k.valid)
	}
}

// fromFloat casts floats.
func (k *conv) fromFloat() *data.Column {
	if k.c.Type.Kind == dtype.Float32 {
		return floatsTo(k, data.Slice[float32](k.c))
	}
	src := data.Slice[float64](k.c)
	if k.to.Kind == dtype.Float32 {
		dst := Make[float32](k.s, len(src))
		k.run(func(lo, hi int, valid data.Bitmap) int { return kern.NarrowFloat(dst[lo:hi], src[lo:hi], valid) })
		return Flat(k.s, k.to, dst, k.valid)
	}
	return floatsTo(k, src)
}

func floatsTo[S float32 | float64](k *conv, src []S) *data.Column {
	switch k.to.Kind {
	case dtype.Bool:
		return toBits(k, src)
	case dtype.Float64:
		return converted[float64](k, src)
	case dtype.Int8:
		return floatsToInt[int8](k, src)
	case dtype.Int16:
		return floatsToInt[int16](k, src)
	case dtype.Int32:
		return floatsToInt[int32](k, src)
	case dtype.Int64:
		return floatsToInt[int64](k, src)
	case dtype.Uint8:
		return floatsToInt[uint8](k, src)
	case dtype.Uint16:
		return floatsToInt[uint16](k, src)
	case dtype.Uint32:
		return floatsToInt[uint32](k, src)
	case dtype.Uint64:
		return floatsToInt[uint64](k, src)
	case dtype.Int128:
		return floatsToWide(k, src, 1, kern.I128{})
	case dtype.Decimal:
		return floatsToDecimal(k, src)
	default:
		bug.Panicf("cast of a float to %s", k.to)
		return nil
	}
}

func floatsToInt[D word, S float32 | float64](k *conv, src []S) *data.Column {
	return k.fixed(int(unsafe.Sizeof(*new(D))), func(dst []byte, lo, hi int, valid data.Bitmap) int {
		return kern.FloatToInt(data.FixedSlice[D](dst), src[lo:hi], valid)
	})
}

func floatsToWide[S float32 | float64](k *conv, src []S, scale float64, limit kern.I128) *data.Column {
	dst := Make[data.Int128](k.s, len(src))
	k.run(func(lo, hi int, valid data.Bitmap) int {
		return kern.FloatToI128(kernWide(dst[lo:hi]), src[lo:hi], scale, limit, valid)
	})
	return Flat(k.s, k.to, dst, k.valid)
}

func floatsToDecimal[S float32 | float64](k *conv, src []S) *data.Column {
	scale, limit := pow10(int(k.to.Scale)).Float64(), pow10(int(k.to.Precision))
	switch k.to.Phys() {
	case dtype.PhysI32:
		return floatsToScaled[int32](k, src, scale, int64(limit.Lo))
	case dtype.PhysI64:
		return floatsToScaled[int64](k, src, scale, int64(limit.Lo))
	default:
		return floatsToWide(k, src, scale, limit)
	}
}

func floatsToScaled[D int32 | int64, S float32 | float64](k *conv, src []S, scale float64, limit int64) *data.Column {
	dst := Make[D](k.s, len(src))
	k.run(func(lo, hi int, valid data.Bitmap) int {
		return kern.FloatToDecimal(dst[lo:hi], src[lo:hi], scale, limit, valid)
	})
	return Flat(k.s, k.to, dst, k.valid)
}
