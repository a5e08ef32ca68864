package compute

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// eachPair runs f over two columns of each type in all combinations of forms.
func eachPair(t *testing.T, types []dtype.Type, f func(t *testing.T, r *rand.Rand, a, b *data.Column)) {
	for ti, typ := range types {
		t.Run(typ.String(), func(t *testing.T) {
			for fi := range 9 {
				for ni, n := range []int{0, 1, 63, 64, 65} {
					for k, nulls := range []float64{0, 0.3} {
						seed := uint64(ti*10000 + fi*100 + ni*10 + k)
						r := rand.New(rand.NewPCG(seed, 2))
						a, b := randomColumn(r, typ, forms[fi/3], n, nulls), randomColumn(r, typ, forms[fi%3], n, nulls)
						f(t, r, a, b)
						if t.Failed() {
							t.Fatalf("forms %d and %d, %d rows, seed %d", forms[fi/3], forms[fi%3], n, seed)
						}
					}
				}
			}
		})
	}
}

var arithTypes = []dtype.Type{dtype.Of(dtype.Int8), dtype.Of(dtype.Int16), dtype.Of(dtype.Int32), dtype.Of(dtype.Int64), dtype.Of(dtype.Int128), dtype.Of(dtype.Uint8),
	dtype.Of(dtype.Uint16), dtype.Of(dtype.Uint32), dtype.Of(dtype.Uint64), dtype.Of(dtype.Float32), dtype.Of(dtype.Float64), dtype.DecimalOf(5, 2), dtype.DecimalOf(18, 2),
	dtype.DecimalOf(30, 4), dtype.DurationOf(dtype.Milli)}

func TestArithAgreesWithBigNumbers(t *testing.T) {
	var s Scratch
	eachPair(t, arithTypes, func(t *testing.T, r *rand.Rand, a, b *data.Column) {
		ops := []Op{Add, Sub, Mul, DivTrunc, ModTrunc, DivFloor, ModFloor}
		if a.Type.IsFloat() {
			ops = []Op{Add, Sub, Mul, Div, ModTrunc, ModFloor, DivFloor}
		}
		for _, op := range ops {
			for _, rules := range []Rules{{}, {Wrap: true, ZeroNull: true}} {
				s.Reset()
				got, err := Arith(&s, op, rules, a, b, a.Type)
				first := -1
				for i := range a.Len {
					if _, bad := twinArith(op, rules, a.Value(i), b.Value(i), a.Type); bad {
						first = i
						break
					}
				}
				if (err != nil) != (first >= 0) {
					t.Errorf("op %d rules %v: error %v, want one at row %d", op, rules, err, first)
					return
				}
				if err != nil {
					var re *RowError
					if !errors.As(err, &re) || fault.CodeOf(err) != fault.Value {
						t.Errorf("error %v", err)
					}
					if _, bad := twinArith(op, rules, a.Value(re.Row), b.Value(re.Row), a.Type); !bad {
						t.Errorf("op %d: row %d is no error: %v", op, re.Row, err)
					}
					continue
				}
				checkColumn(t, got, a.Type, a.Len, func(i int) data.Scalar {
					v, _ := twinArith(op, rules, a.Value(i), b.Value(i), a.Type)
					return v
				})
				if t.Failed() {
					t.Errorf("op %d rules %v", op, rules)
					return
				}
			}
		}
	})
}

func TestWholeBatchesInAllForms(t *testing.T) {
	var s Scratch
	for ti, typ := range arithTypes {
		for fi := range 9 {
			s.Reset()
			r := rand.New(rand.NewPCG(uint64(ti), uint64(fi)))
			a, b := randomColumn(r, typ, forms[fi/3], data.BatchRows, 0.1), randomColumn(r, typ, forms[fi%3], data.BatchRows, 0)
			rules := Rules{Wrap: true}
			if got, err := Arith(&s, Add, rules, a, b, typ); err == nil {
				checkColumn(t, got, typ, a.Len, func(i int) data.Scalar {
					v, _ := twinArith(Add, rules, a.Value(i), b.Value(i), typ)
					return v
				})
			}
			checkColumn(t, Compare(&s, Le, a, b), boolType, a.Len, func(i int) data.Scalar { return twinCompare(Le, a.Value(i), b.Value(i)) })
			if t.Failed() {
				t.Fatalf("%s, forms %d and %d", typ, forms[fi/3], forms[fi%3])
			}
		}
	}
}

func TestCompareFollowsTheTotalOrderInEveryForm(t *testing.T) {
	var s Scratch
	eachPair(t, allTypes[1:], func(t *testing.T, r *rand.Rand, a, b *data.Column) {
		s.Reset()
		for op := Eq; op <= Ge; op++ {
			checkColumn(t, Compare(&s, op, a, b), boolType, a.Len, func(i int) data.Scalar { return twinCompare(op, a.Value(i), b.Value(i)) })
			if t.Failed() {
				t.Errorf("comparison %d", op)
				return
			}
		}
		for _, not := range []bool{false, true} {
			checkColumn(t, Distinct(&s, not, a, b), boolType, a.Len, func(i int) data.Scalar {
				return data.BoolScalar((twinOrder(a.Value(i), b.Value(i)) == 0) == not)
			})
		}
		for i := range a.Len {
			if x, y := CompareRow(a, i, b, a.Len-1-i), twinOrder(a.Value(i), b.Value(a.Len-1-i)); (x < 0) != (y < 0) || (x > 0) != (y > 0) {
				t.Errorf("CompareRow of %s and %s is %d", a.Value(i), b.Value(a.Len-1-i), x)
			}
		}
	})
}

// kleeneTwin returns -1 for null, else 0 or 1.
func kleeneTwin(v data.Scalar) int {
	if v.Null {
		return -1
	}
	return int(v.I.Lo)
}

func TestConnectivesAreKleenes(t *testing.T) {
	var s Scratch
	eachPair(t, []dtype.Type{boolType}, func(t *testing.T, r *rand.Rand, a, b *data.Column) {
		s.Reset()
		three := func(v int) data.Scalar {
			if v < 0 {
				return data.NullScalar(boolType)
			}
			return data.BoolScalar(v == 1)
		}
		checkColumn(t, And(&s, a, b), boolType, a.Len, func(i int) data.Scalar {
			x, y := kleeneTwin(a.Value(i)), kleeneTwin(b.Value(i))
			if x == 0 || y == 0 {
				return three(0)
			}
			return three(min(x, y))
		})
		checkColumn(t, Or(&s, a, b), boolType, a.Len, func(i int) data.Scalar {
			x, y := kleeneTwin(a.Value(i)), kleeneTwin(b.Value(i))
			if x == 1 || y == 1 {
				return three(1)
			}
			return three(min(x, y))
		})
		checkColumn(t, Not(&s, a), boolType, a.Len, func(i int) data.Scalar {
			if x := kleeneTwin(a.Value(i)); x >= 0 {
				return three(1 - x)
			}
			return three(-1)
		})
		truth := Truth(&s, a)
		for i := range a.Len {
			if truth.Get(i) != a.Value(i).Bool() {
				t.Errorf("truth of row %d", i)
			}
		}
	})
}

func TestChoosingAndJoiningColumns(t *testing.T) {
	var s Scratch
	eachPair(t, allTypes, func(t *testing.T, r *rand.Rand, a, b *data.Column) {
		s.Reset()
		n := a.Len
		for _, form := range forms {
			cond := randomColumn(r, boolType, form, n, 0.2)
			checkColumn(t, IfThenElse(&s, a.Type, cond, a, b), a.Type, n, func(i int) data.Scalar {
				if cond.Value(i).Bool() {
					return a.Value(i)
				}
				return b.Value(i)
			})
		}
		checkColumn(t, Coalesce(&s, a.Type, []*data.Column{a, b}), a.Type, n, func(i int) data.Scalar {
			if a.IsNull(i) {
				return b.Value(i)
			}
			return a.Value(i)
		})
		for _, negate := range []bool{false, true} {
			checkColumn(t, IsNull(&s, a, negate), boolType, n, func(i int) data.Scalar { return data.BoolScalar(a.IsNull(i) != negate) })
		}
		checkColumn(t, Concat(&s, a.Type, []*data.Column{a, b, a}), a.Type, 3*n, func(i int) data.Scalar {
			if i/n == 1 {
				return b.Value(i % n)
			}
			return a.Value(i % n)
		})
		rows := [][]uint32{{}, {}}
		for i := range n {
			k := r.IntN(2)
			rows[k] = append(rows[k], uint32(i))
		}
		parts := []*data.Column{Gather(&s, a, rows[0]), Gather(&s, b, rows[1])}
		checkColumn(t, Merge(&s, a.Type, parts, rows, n), a.Type, n, func(i int) data.Scalar {
			for _, x := range rows[0] {
				if int(x) == i {
					return a.Value(i)
				}
			}
			return b.Value(i)
		})
	})
}

func TestInFindsMembersWhateverTheListLength(t *testing.T) {
	var s Scratch
	eachColumn(t, allTypes[1:], func(t *testing.T, r *rand.Rand, c *data.Column) {
		s.Reset()
		for _, k := range []int{0, 1, 3, 40} {
			var list []data.Scalar
			for range k {
				list = append(list, randomScalar(r, c.Type, 0))
			}
			set := NewSet(c.Type, list)
			for _, hasNull := range []bool{false, true} {
				checkColumn(t, In(&s, c, set, hasNull), boolType, c.Len, func(i int) data.Scalar {
					v := c.Value(i)
					if v.Null {
						return data.NullScalar(boolType)
					}
					for _, w := range list {
						if twinOrder(v, w) == 0 {
							return data.BoolScalar(true)
						}
					}
					if hasNull {
						return data.NullScalar(boolType)
					}
					return data.BoolScalar(false)
				})
			}
		}
	})
}

func TestNegateChecksOverflow(t *testing.T) {
	var s Scratch
	eachColumn(t, append(arithTypes[:len(arithTypes):len(arithTypes)], dtype.Of(dtype.Interval)), func(t *testing.T, r *rand.Rand, c *data.Column) {
		s.Reset()
		twin := func(i int) (data.Scalar, bool) {
			v := c.Value(i)
			if v.Null || c.Type.IsFloat() {
				v.F = -v.F
				return v, false
			}
			if c.Type.Kind == dtype.Interval {
				v.Iv = data.Interval{Months: -v.Iv.Months, Days: -v.Iv.Days, Micros: -v.Iv.Micros}
				return v, false
			}
			return twinArith(Sub, Rules{}, data.IntScalar(c.Type, 0), v, c.Type)
		}
		bad := false
		for i := range c.Len {
			_, over := twin(i)
			bad = bad || over
		}
		got, err := Neg(&s, false, c)
		if (err != nil) != bad {
			t.Errorf("error %v, want %v", err, bad)
		}
		if err == nil {
			checkColumn(t, got, c.Type, c.Len, func(i int) data.Scalar { v, _ := twin(i); return v })
		}
	})
}

func TestErrorsNameOperationAndValues(t *testing.T) {
	a := data.FlatColumn(dtype.Of(dtype.Int32), []int32{1, 2147483647}, nil)
	_, err := Arith(nil, Add, Rules{}, a, data.ConstColumn(data.IntScalar(a.Type, 1), 2), a.Type)
	if want := "overflow in addition of integer: 2147483647 + 1"; err == nil || err.Error() != want && fmt.Sprint(err) != "overflow in addition of int32: 2147483647 + 1" {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err = Arith(nil, DivTrunc, Rules{}, a, data.ConstColumn(data.IntScalar(a.Type, 0), 2), a.Type); fmt.Sprint(err) != "division by zero: 1 // 0" {
		t.Error(err)
	}
}
