package fn

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// Rounding is rounding, signs and bits.
var Rounding = &Set{add: func(register adder) {
	same := plain(func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) { return args[0], nil })
	register(map[string]Maker{
		"abs.int": strict(absolute(false)), "abs.float": strict(absolute(false)), "abs.decimal": strict(absolute(false)), "abs.dur": strict(absolute(false)),
		"abs_wrap.int":          strict(absolute(true)),
		"sign.num":              strict(sign),
		"round.int":             same,
		"trunc.int":             same,
		"round.int_int":         strict(roundInts),
		"round.float":           floatMap(math.Round),
		"ceil.float":            floatMap(math.Ceil),
		"floor.float":           floatMap(math.Floor),
		"trunc.float":           floatMap(math.Trunc),
		"round.float_int":       strict(roundFloats),
		"round.decimal":         strict(rescale(roundHalf)),
		"ceil.decimal":          strict(rescale(roundUp)),
		"floor.decimal":         strict(rescale(roundDown)),
		"trunc.decimal":         strict(rescale(roundToZero)),
		"round.decimal_integer": strict(rescale(roundHalf)),
		"ceil.int":              strict(toDouble),
		"floor.int":             strict(toDouble),
		"bit_count.int":         strict(bitCount),
		"bitand.int":            strict(bitwise('&')),
		"bitor.int":             strict(bitwise('|')),
		"xor.int":               strict(bitwise('^')),
		"xor.bool_bool":         strict(xorBool),
		"bitnot.int":            strict(bitNot),
		"shl.int":               strict(shift(true)),
		"shr.int":               strict(shift(false)),
	})
}}

// absolute is |x|; unless wrap is set, the least integer of a type fails.
func absolute(wrap bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a, bad := args[0], -1
		var out *data.Column
		switch a.Type.Phys() {
		case dtype.PhysI8:
			out, bad = absInts[int8](c, a, n, valid)
		case dtype.PhysI16:
			out, bad = absInts[int16](c, a, n, valid)
		case dtype.PhysI32:
			out, bad = absInts[int32](c, a, n, valid)
		case dtype.PhysI64:
			out, bad = absInts[int64](c, a, n, valid)
		case dtype.PhysI128:
			dst := compute.Make[data.Int128](c.Scratch, n)
			for i, v := range data.Slice[data.Int128](a) {
				if v.Sign() < 0 {
					if v = v.Neg(); v.Sign() < 0 && valid.Get(i) && bad < 0 {
						bad = i
					}
				}
				dst[i] = v
			}
			out = num(c, dst, valid)
		case dtype.PhysF32:
			dst := compute.Make[float32](c.Scratch, n)
			kern.AbsFloat(dst, data.Slice[float32](a))
			out = num(c, dst, valid)
		case dtype.PhysF64:
			dst := compute.Make[float64](c.Scratch, n)
			kern.AbsFloat(dst, data.Slice[float64](a))
			out = num(c, dst, valid)
		default:
			return a, nil
		}
		if bad >= 0 && !wrap {
			return nil, rowError(bad, "overflow in abs of %s: %s", a.Type, a.Value(bad))
		}
		return out, nil
	}
}

func absInts[T int8 | int16 | int32 | int64](c *Ctx, a *data.Column, n int, valid data.Bitmap) (*data.Column, int) {
	dst := compute.Make[T](c.Scratch, n)
	bad := kern.AbsChecked(dst, data.Slice[T](a), valid)
	return num(c, dst, valid), bad
}

func sign(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	a, dst := args[0], compute.Make[int8](c.Scratch, n)
	switch a.Type.Kind {
	case dtype.Float32:
		for i, v := range data.Slice[float32](a) {
			dst[i] = int8(bit(v > 0)) - int8(bit(v < 0))
		}
	case dtype.Float64:
		for i, v := range data.Slice[float64](a) {
			dst[i] = int8(bit(v > 0)) - int8(bit(v < 0))
		}
	default:
		for i := range dst {
			dst[i] = int8(intAt(a, i).Sign())
		}
	}
	return num(c, dst, valid), nil
}

// floatMap is a function of either float type.
func floatMap(f func(float64) float64) Maker {
	f64, f32 := map1(f), map1(func(x float32) float32 { return float32(f(float64(x))) })
	return byType(func(t dtype.Type) Maker {
		if t.Kind == dtype.Float32 {
			return f32
		}
		return f64
	})
}

// roundTo rounds half away from zero to digits after the point, as the decimal text of x reads.
func roundTo(x float64, digits int) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0) || digits > 330:
		return x
	case digits < -330:
		return 0
	case digits >= 0:
		scale := math.Pow10(digits)
		if v := math.Round(x*scale) / scale; !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v
		}
		v, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'f', digits, 64), 64)
		return v
	default:
		scale := math.Pow10(-digits)
		if v := math.Round(x/scale) * scale; !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v
		}
		return 0
	}
}

func roundFloats(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	digits := numsOf[int32](args[1])
	if c.Ret.Kind == dtype.Float32 {
		dst, x := compute.Make[float32](c.Scratch, n), numsOf[float32](args[0])
		for i := range dst {
			dst[i] = float32(roundTo(float64(x.at(i)), int(digits.at(i))))
		}
		return num(c, dst, valid), nil
	}
	dst, x := compute.Make[float64](c.Scratch, n), numsOf[float64](args[0])
	for i := range dst {
		dst[i] = roundTo(x.at(i), int(digits.at(i)))
	}
	return num(c, dst, valid), nil
}

// roundInts rounds before the point; digits after it change nothing.
func roundInts(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	digits := numsOf[int32](args[1])
	out := newInts(c, n)
	for i := range n {
		v, d := intAt(args[0], i), digits.at(i)
		if d < 0 && valid.Get(i) {
			if d < -38 {
				v = data.Int128{}
			} else {
				unit := data.Int128(kern.Pow10(int(-d)))
				q := divide128(v, unit, roundHalf)
				var ok bool
				if v, ok = mul128(q, unit); !ok || !out.fits(v) {
					return nil, rowError(i, "rounding %s to %d digits does not fit %s", args[0].Value(i), d, c.Ret)
				}
			}
		}
		out.set(i, v)
	}
	return out.column(c, valid), nil
}

// rounding says which way a quotient goes.
type rounding uint8

const (
	roundHalf rounding = iota
	roundUp
	roundDown
	roundToZero
)

// divide128 is a / b, b positive, rounded.
func divide128(a, b data.Int128, how rounding) data.Int128 {
	q, r := wide(a).QuoRem(wide(b))
	if r == (kern.I128{}) {
		return data.Int128(q)
	}
	neg := a.Sign() < 0
	away := false
	switch how {
	case roundHalf:
		rest := r
		if neg {
			rest = rest.Neg()
		}
		// Twice the rest could overflow, so it is compared with what is missing to b.
		away = !rest.Less(wide(b).Sub(rest))
	case roundUp:
		away = !neg
	case roundDown:
		away = neg
	case roundToZero:
	}
	if away {
		one := kern.I128From(signOf(int64(a.Sign())))
		q = q.Add(one)
	}
	return data.Int128(q)
}

// rescale brings decimals to the scale of the result; negative digits round before the point.
func rescale(how rounding) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a := args[0]
		from, to := int(a.Type.Scale), int(c.Ret.Scale)
		digits := to
		if len(args) > 1 {
			digits = int(max(min(int64(numsOf[int32](args[1]).at(0)), int64(to)), -39))
		}
		out := newInts(c, n)
		limit := data.Int128(kern.Pow10(int(c.Ret.Precision)))
		for i := range n {
			v := intAt(a, i)
			switch {
			case digits < 0 && from-digits > 38:
				v = data.Int128{}
			case digits < from:
				v = divide128(v, data.Int128(kern.Pow10(from-digits)), how)
			}
			ok := true
			if digits < 0 && v.Sign() != 0 {
				v, ok = mul128(v, data.Int128(kern.Pow10(-digits)))
			}
			if valid.Get(i) && (!ok || v.Cmp(limit) >= 0 || v.Neg().Cmp(limit) >= 0) {
				return nil, rowError(i, "rounding %s does not fit %s", a.Value(i), c.Ret)
			}
			out.set(i, v)
		}
		return out.column(c, valid), nil
	}
}

func toDouble(c *Ctx, args []*data.Column, _ int, _ data.Bitmap) (*data.Column, error) {
	return compute.Cast(c.Scratch, args[0], c.Ret, false)
}

// ints builds a column of any integer representation.
type ints struct {
	typ dtype.Type
	buf []byte
	w   int
	n   int
}

func newInts(c *Ctx, n int) *ints {
	w := c.Ret.Phys().Width()
	x := &ints{typ: c.Ret, w: w, n: n, buf: compute.Make[uint8](c.Scratch, n*w)}
	return x
}

func (x *ints) set(i int, v data.Int128) {
	switch x.w {
	case 1:
		x.buf[i] = byte(v.Lo)
	case 2:
		data.FixedSlice[uint16](x.buf)[i] = uint16(v.Lo)
	case 4:
		data.FixedSlice[uint32](x.buf)[i] = uint32(v.Lo)
	case 8:
		data.FixedSlice[uint64](x.buf)[i] = v.Lo
	default:
		data.FixedSlice[data.Int128](x.buf)[i] = v
	}
}

// fits reports whether v is a value of the type.
func (x *ints) fits(v data.Int128) bool {
	if x.w == 16 {
		return true
	}
	if x.typ.IsUnsigned() {
		return v.Hi == 0 && (x.w == 8 || v.Lo>>(8*x.w) == 0)
	}
	s := 64 - 8*uint(x.w)
	return v.IsInt64() && int64(v.Lo)<<s>>s == int64(v.Lo)
}

func (x *ints) column(c *Ctx, valid data.Bitmap) *data.Column {
	out := c.Scratch.Column()
	out.Type, out.Len, out.Buf, out.Valid = x.typ, x.n, x.buf, valid
	return out
}

// bitCount counts in the width of the type.
func bitCount(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	a, dst := args[0], compute.Make[int8](c.Scratch, n)
	w := a.Type.Phys().Width()
	for i := range dst {
		v := intAt(a, i)
		count := bits.OnesCount64(v.Lo)
		switch {
		case w == 16:
			count += bits.OnesCount64(uint64(v.Hi))
		case w < 8:
			count = bits.OnesCount64(v.Lo & (1<<(8*w) - 1))
		}
		dst[i] = int8(count)
	}
	return num(c, dst, valid), nil
}

// bitwise works on the bytes of both sides, whatever their width.
func bitwise(op byte) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a, b := compute.Flatten(c.Scratch, args[0]), compute.Flatten(c.Scratch, args[1])
		dst := compute.Make[uint8](c.Scratch, len(a.Buf))
		x, y := a.Buf, b.Buf[:len(a.Buf)]
		switch op {
		case '&':
			kern.BitAnd(dst, x, y)
		case '|':
			kern.BitOr(dst, x, y)
		default:
			kern.BitXor(dst, x, y)
		}
		out := c.Scratch.Column()
		out.Type, out.Len, out.Buf, out.Valid = c.Ret, n, dst, valid
		return out, nil
	}
}

func xorBool(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	a, b, dst := boolsOf(args[0]), boolsOf(args[1]), c.Scratch.Zeros(n)
	for i := range n {
		dst[i>>6] |= bit(a.at(i) != b.at(i)) << (uint(i) & 63)
	}
	return c.Scratch.Bool(dst, valid, n), nil
}

func bitNot(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst := compute.Make[uint8](c.Scratch, len(args[0].Buf))
	kern.BitNot(dst, args[0].Buf)
	out := c.Scratch.Column()
	out.Type, out.Len, out.Buf, out.Valid = c.Ret, n, dst, valid
	return out, nil
}

// shift moves bits; a left shift fails for negative values and where bits would be lost.
func shift(toLeft bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		out := newInts(c, n)
		err := eachValid(valid, n, func(i int) error {
			v, by := intAt(args[0], i), intAt(args[1], i)
			width := int64(8 * out.w)
			switch k := by.Lo; {
			case by.Hi < 0:
				return rowError(i, "a shift by %s is negative", by)
			case toLeft && v.Sign() < 0:
				return rowError(i, "a left shift of the negative number %s", v)
			case by.Hi != 0 || k >= uint64(width):
				if toLeft && v.Sign() != 0 {
					return rowError(i, "shifting %s left by %s loses bits of %s", v, by, c.Ret)
				}
				out.set(i, data.Int128{Lo: uint64(v.Hi >> 63), Hi: v.Hi >> 63})
			case toLeft:
				r := shiftLeft(v, uint(k))
				if !out.fits(r) || shiftRight(r, uint(k)) != v {
					return rowError(i, "shifting %s left by %s loses bits of %s", v, by, c.Ret)
				}
				out.set(i, r)
			default:
				out.set(i, shiftRight(v, uint(k)))
			}
			return nil
		})
		return out.column(c, valid), err
	}
}

func shiftLeft(v data.Int128, k uint) data.Int128 {
	if k >= 64 {
		return data.Int128{Hi: int64(v.Lo << (k - 64))}
	}
	return data.Int128{Lo: v.Lo << k, Hi: v.Hi<<k | int64(v.Lo>>(64-k))}
}

func shiftRight(v data.Int128, k uint) data.Int128 {
	if k >= 64 {
		return data.Int128{Lo: uint64(v.Hi >> (k - 64)), Hi: v.Hi >> 63}
	}
	return data.Int128{Lo: v.Lo>>k | uint64(v.Hi)<<(64-k), Hi: v.Hi >> k}
}
