package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/kern"
)

// Op is an arithmetic operation.
type Op uint8

// The operations. Trunc rounds quotients toward zero and gives remainders the sign of the left side; Floor rounds down and gives the sign of
// the right side.
const (
	Add Op = iota
	Sub
	Mul
	Div // floats only; by IEEE 754
	DivTrunc
	ModTrunc
	DivFloor
	ModFloor
)

var opNames = [...]string{Add: "addition", Sub: "subtraction", Mul: "multiplication", Div: "division", DivTrunc: "division", ModTrunc: "remainder",
	DivFloor: "division", ModFloor: "remainder"}

var opSigns = [...]string{Add: "+", Sub: "-", Mul: "*", Div: "/", DivTrunc: "//", ModTrunc: "%", DivFloor: "//", ModFloor: "%"}

// Rules are what happens where a result does not exist.
type Rules struct {
	Wrap     bool // integers wrap instead of failing
	ZeroNull bool // integer division by zero gives null instead of failing
}

// Arith computes a op b for integers, decimals, floats and durations. Both sides and ret have one representation; decimals have the scales
// that the operation needs (equal ones for all but Mul), and ret's precision bounds the result. Nulls on either side give null.
func Arith(s *Scratch, op Op, rules Rules, a, b *data.Column, ret dtype.Type) (*data.Column, error) {
	return MapStrict(s, a, b, ret, func(a, b *data.Column) (*data.Column, error) {
		return arith(s, op, rules, a, b, ret)
	})
}

// arith takes Flat columns, one of which may be Const.
func arith(s *Scratch, op Op, rules Rules, a, b *data.Column, ret dtype.Type) (*data.Column, error) {
	rules.Wrap = rules.Wrap && ret.Kind != dtype.Decimal
	p := pair{s: s, op: op, rules: rules, a: a, b: b, n: a.Len, bad: -1}
	p.valid = both(s, validOf(a), validOf(b), p.n)
	var out *data.Column
	switch phys := ret.Phys(); phys {
	case dtype.PhysI8:
		out = ints[int8](&p, ret)
	case dtype.PhysI16:
		out = ints[int16](&p, ret)
	case dtype.PhysI32:
		out = ints[int32](&p, ret)
	case dtype.PhysI64:
		out = ints[int64](&p, ret)
	case dtype.PhysU8:
		out = ints[uint8](&p, ret)
	case dtype.PhysU16:
		out = ints[uint16](&p, ret)
	case dtype.PhysU32:
		out = ints[uint32](&p, ret)
	case dtype.PhysU64:
		out = ints[uint64](&p, ret)
	case dtype.PhysI128:
		out = p.wide(ret)
	case dtype.PhysF32:
		out = floats[float32](&p, ret)
	case dtype.PhysF64:
		out = floats[float64](&p, ret)
	default:
		return nil, bug.Errorf("arithmetic on %s", ret)
	}
	if p.bad < 0 && ret.Kind == dtype.Decimal {
		p.bad = p.beyond(out)
	}
	switch {
	case p.bad >= 0 && !rules.Wrap:
		return nil, failAt(p.bad, "overflow in "+opNames[op]+" of "+ret.String(), opSigns[op], a, b)
	case p.ok == nil:
		return out, nil
	}
	if row := kern.FirstAndNot(p.given(), p.ok, p.n); row >= 0 {
		if !rules.ZeroNull {
			return nil, failAt(row, "division by zero", opSigns[op], a, b)
		}
		out.Valid = both(s, p.valid, p.ok, p.n)
	}
	return out, nil
}

// pair is one call's operands and what the loops found.
type pair struct {
	s     *Scratch
	op    Op
	rules Rules
	a, b  *data.Column
	n     int
	valid data.Bitmap // both sides
	bad   int         // first row whose result does not fit, or -1
	ok    data.Bitmap // rows whose divisor is not zero; nil if no division took place
}

// given is the validity as real bits.
func (p *pair) given() data.Bitmap {
	if p.valid != nil {
		return p.valid
	}
	all := p.s.Bits(p.n)
	kern.FillBits(all, p.n, true)
	return all
}

func slot[T data.Fixed](c *data.Column) ([]T, T, bool) {
	if c.Form == data.Const {
		return nil, valueOf[T](c), true
	}
	var zero T
	return data.Slice[T](c), zero, false
}

// word is every integer that fits a machine word and lies in a buffer.
type word interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

func ints[T word](p *pair, ret dtype.Type) *data.Column {
	dst := Make[T](p.s, p.n)
	a, ac, aConst := slot[T](p.a)
	b, bc, bConst := slot[T](p.b)
	switch {
	case p.op >= DivTrunc:
		intDivide(p, dst, a, b, ac, bc)
	case p.rules.Wrap:
		wrapping(p.op, dst, a, b, ac, bc, aConst, bConst)
	case bConst:
		switch p.op {
		case Add:
			p.bad = kern.AddConstChecked(dst, a, bc, p.valid)
		case Sub:
			p.bad = kern.SubConstChecked(dst, a, bc, p.valid)
		case Mul:
			p.bad = kern.MulConstChecked(dst, a, bc, p.valid)
		}
	case aConst:
		switch p.op {
		case Add:
			p.bad = kern.AddConstChecked(dst, b, ac, p.valid)
		case Sub:
			p.bad = kern.ConstSubChecked(dst, ac, b, p.valid)
		case Mul:
			p.bad = kern.MulConstChecked(dst, b, ac, p.valid)
		}
	default:
		switch p.op {
		case Add:
			p.bad = kern.AddChecked(dst, a, b, p.valid)
		case Sub:
			p.bad = kern.SubChecked(dst, a, b, p.valid)
		case Mul:
			p.bad = kern.MulChecked(dst, a, b, p.valid)
		}
	}
	return Flat(p.s, ret, dst, p.valid)
}

// wrapping is addition, subtraction and multiplication as the machine does them.
func wrapping[T kern.Number](op Op, dst, a, b []T, ac, bc T, aConst, bConst bool) {
	switch {
	case op == Add && bConst:
		kern.AddConst(dst, a, bc)
	case op == Add && aConst:
		kern.AddConst(dst, b, ac)
	case op == Add:
		kern.Add(dst, a, b)
	case op == Sub && bConst:
		kern.SubConst(dst, a, bc)
	case op == Sub && aConst:
		kern.ConstSub(dst, ac, b)
	case op == Sub:
		kern.Sub(dst, a, b)
	case op == Mul && bConst:
		kern.MulConst(dst, a, bc)
	case op == Mul && aConst:
		kern.MulConst(dst, b, ac)
	default:
		kern.Mul(dst, a, b)
	}
}

// intDivide divides; a and b are nil for the side that is constant.
func intDivide[T word](p *pair, dst, a, b []T, ac, bc T) {
	p.ok = p.s.Bits(p.n)
	if p.b.Form == data.Const {
		kern.FillBits(p.ok, p.n, bc != 0)
		switch {
		case bc == 0:
			clear(dst)
		case p.op == DivTrunc:
			p.bad = kern.DivTruncConst(dst, a, bc, p.valid)
		case p.op == DivFloor:
			p.bad = kern.DivFloorConst(dst, a, bc, p.valid)
		case p.op == ModTrunc:
			kern.ModTruncConst(dst, a, bc)
		default:
			kern.ModFloorConst(dst, a, bc)
		}
		return
	}
	left := p.a.Form == data.Const
	switch {
	case p.op == DivTrunc && left:
		p.bad = kern.ConstDivTrunc(dst, ac, b, p.ok, p.valid)
	case p.op == DivTrunc:
		p.bad = kern.DivTrunc(dst, a, b, p.ok, p.valid)
	case p.op == DivFloor && left:
		p.bad = kern.ConstDivFloor(dst, ac, b, p.ok, p.valid)
	case p.op == DivFloor:
		p.bad = kern.DivFloor(dst, a, b, p.ok, p.valid)
	case p.op == ModTrunc && left:
		kern.ConstModTrunc(dst, ac, b, p.ok)
	case p.op == ModTrunc:
		kern.ModTrunc(dst, a, b, p.ok)
	case left:
		kern.ConstModFloor(dst, ac, b, p.ok)
	default:
		kern.ModFloor(dst, a, b, p.ok)
	}
}

func floats[T float32 | float64](p *pair, ret dtype.Type) *data.Column {
	dst := Make[T](p.s, p.n)
	if p.op > Div {
		a, b := data.Slice[T](Flatten(p.s, p.a)), data.Slice[T](Flatten(p.s, p.b))
		switch p.op {
		case ModTrunc:
			kern.ModTruncFloat(dst, a, b)
		case ModFloor:
			kern.ModFloorFloat(dst, a, b)
		case DivFloor:
			kern.DivFloorFloat(dst, a, b)
		default:
			bug.Panicf("operation %d on floats", p.op)
		}
		return Flat(p.s, ret, dst, p.valid)
	}
	a, ac, aConst := slot[T](p.a)
	b, bc, bConst := slot[T](p.b)
	switch {
	case p.op < Div:
		wrapping(p.op, dst, a, b, ac, bc, aConst, bConst)
	case bConst:
		kern.DivConst(dst, a, bc)
	case aConst:
		kern.ConstDiv(dst, ac, b)
	default:
		kern.Div(dst, a, b)
	}
	return Flat(p.s, ret, dst, p.valid)
}
