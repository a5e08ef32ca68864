package compute

import (
	"math"
	"math/big"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// The twins work on one Scalar at a time, with big numbers, and share nothing with the code under test.

func bigOf(v data.Int128) *big.Int {
	r := new(big.Int).Lsh(big.NewInt(v.Hi), 64)
	return r.Add(r, new(big.Int).SetUint64(v.Lo))
}

func ofBig(t dtype.Type, v *big.Int) data.Scalar {
	mod := new(big.Int).Lsh(big.NewInt(1), 128)
	u := new(big.Int).Mod(v, mod)
	lo := new(big.Int).And(u, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	hi := new(big.Int).Rsh(u, 64).Uint64()
	return data.Scalar{Type: t, I: data.Int128{Lo: lo, Hi: int64(hi)}}
}

func intRange(t dtype.Type) (lo, hi *big.Int) {
	if t.Kind == dtype.Decimal {
		hi = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Precision)), nil)
		hi.Sub(hi, big.NewInt(1))
		return new(big.Int).Neg(hi), hi
	}
	return bigOf(edge(t, false)), bigOf(edge(t, true))
}

// wrapInto reduces v into the range of t, modulo its width.
func wrapInto(t dtype.Type, v *big.Int) *big.Int {
	w := uint(t.Phys().Width() * 8)
	r := new(big.Int).Mod(v, new(big.Int).Lsh(big.NewInt(1), w))
	if _, hi := intRange(t); r.Cmp(hi) > 0 {
		r.Sub(r, new(big.Int).Lsh(big.NewInt(1), w))
	}
	return r
}

// twinArith returns the result, and whether it is an error.
func twinArith(op Op, rules Rules, a, b data.Scalar, ret dtype.Type) (data.Scalar, bool) {
	if a.Null || b.Null {
		return data.NullScalar(ret), false
	}
	if ret.IsFloat() {
		return twinFloat(op, a, b, ret), false
	}
	x, y, r := bigOf(a.I), bigOf(b.I), new(big.Int)
	switch op {
	case Add:
		r.Add(x, y)
	case Sub:
		r.Sub(x, y)
	case Mul:
		r.Mul(x, y)
	default:
		if y.Sign() == 0 {
			return data.NullScalar(ret), !rules.ZeroNull
		}
		q, m := new(big.Int).QuoRem(x, y, new(big.Int))
		if (op == DivFloor || op == ModFloor) && m.Sign()*y.Sign() < 0 {
			q.Sub(q, big.NewInt(1))
			m.Add(m, y)
		}
		r = q
		if op == ModTrunc || op == ModFloor {
			r = m
		}
	}
	lo, hi := intRange(ret)
	if r.Cmp(lo) < 0 || r.Cmp(hi) > 0 {
		if !rules.Wrap || ret.Kind == dtype.Decimal {
			return data.Scalar{}, true
		}
		r = wrapInto(ret, r)
	}
	return ofBig(ret, r), false
}

func twinFloat(op Op, a, b data.Scalar, ret dtype.Type) data.Scalar {
	x, y, r := a.F, b.F, 0.0
	switch op {
	case Add:
		r = x + y
	case Sub:
		r = x - y
	case Mul:
		r = x * y
	case Div:
		r = x / y
	case ModTrunc:
		r = math.Mod(x, y)
	case ModFloor:
		r = math.Mod(x, y)
		if r != 0 && r*y < 0 {
			r += y
		}
	case DivFloor:
		r = math.Floor(x / y)
	}
	if ret.Kind == dtype.Float32 {
		r = float64(float32(r))
	}
	return data.Scalar{Type: ret, F: r}
}

// twinOrder orders two values; null is above all.
func twinOrder(a, b data.Scalar) int {
	switch {
	case a.Null && b.Null:
		return 0
	case a.Null:
		return 1
	case b.Null:
		return -1
	}
	switch t := a.Type; {
	case t.IsFloat():
		an, bn := math.IsNaN(a.F), math.IsNaN(b.F)
		switch {
		case an && bn || a.F == b.F:
			return 0
		case bn || a.F < b.F:
			return -1
		default:
			return 1
		}
	case t.IsText() || t.Kind == dtype.Binary:
		return strings.Compare(a.S, b.S)
	case t.Kind == dtype.Interval:
		return twinMicros(a.Iv).Cmp(twinMicros(b.Iv))
	case t.IsNested():
		for i := range min(len(a.Kids), len(b.Kids)) {
			if o := twinOrder(a.Kids[i], b.Kids[i]); o != 0 {
				return o
			}
		}
		return len(a.Kids) - len(b.Kids)
	default:
		return bigOf(a.I).Cmp(bigOf(b.I))
	}
}

func twinMicros(v data.Interval) *big.Int {
	r := big.NewInt(int64(v.Months)*30 + int64(v.Days))
	return r.Add(r.Mul(r, big.NewInt(86_400_000_000)), big.NewInt(v.Micros))
}

func twinCompare(op CmpOp, a, b data.Scalar) data.Scalar {
	if a.Null || b.Null {
		return data.NullScalar(boolType)
	}
	o := twinOrder(a, b)
	return data.BoolScalar(map[CmpOp]bool{Eq: o == 0, Ne: o != 0, Lt: o < 0, Le: o <= 0, Gt: o > 0, Ge: o >= 0}[op])
}
