package fn

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
)

// Math is functions of floats, and divisors.
var Math = &Set{add: func(register adder) {
	for name, f := range map[string]func(float64) float64{"sqrt": math.Sqrt, "cbrt": math.Cbrt, "exp": math.Exp, "ln": math.Log, "log2": math.Log2,
		"log10": math.Log10, "log1p": math.Log1p, "expm1": math.Expm1, "sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "cot": func(x float64) float64 { return 1 / math.Tan(x) },
		"asin": math.Asin, "acos": math.Acos, "atan": math.Atan, "sinh": math.Sinh, "cosh": math.Cosh, "tanh": math.Tanh, "asinh": math.Asinh,
		"acosh": math.Acosh, "atanh": math.Atanh, "degrees": func(x float64) float64 { return x * (180 / math.Pi) },
		"radians": func(x float64) float64 { return x * (math.Pi / 180) }, "even": even, "gamma": math.Gamma,
		"lgamma": func(x float64) float64 { v, _ := math.Lgamma(x); return v }} {
		register(map[string]Maker{name + ".double": map1(f)})
	}
	register(map[string]Maker{
		"log.double_double":       map2(logBase),
		"log.double":              map1(math.Log10),
		"pow.double_double":       map2(math.Pow),
		"atan2.double_double":     map2(math.Atan2),
		"nextafter.double_double": map2(math.Nextafter),
		"pi": plain(func(c *Ctx, _ []*data.Column, n int) (*data.Column, error) {
			return c.Scratch.Const(num(c, []float64{math.Pi}, nil), n), nil
		}),
		"isnan.float":         floatTest(func(x float64) bool { return x != x }),
		"isinf.float":         floatTest(func(x float64) bool { return math.IsInf(x, 0) }),
		"isfinite.float":      floatTest(func(x float64) bool { return x-x == 0 }),
		"factorial.integer":   try1(factorial),
		"gcd.bigint_bigint":   try2(gcd),
		"lcm.bigint_bigint":   try2(lcm),
		"gcd.hugeint_hugeint": try2(gcd128),
		"lcm.hugeint_hugeint": try2(lcm128),
	})
	for _, t := range []string{"date", "ts", "tz"} {
		register(map[string]Maker{"isinf." + t: strict(infiniteTest(true)), "isfinite." + t: strict(infiniteTest(false))})
	}
}}

// even rounds away from zero to an even number.
func even(x float64) float64 {
	up := math.Ceil(math.Abs(x))
	if math.Mod(up, 2) != 0 {
		up++
	}
	return math.Copysign(up, x)
}

func logBase(base, x float64) float64 {
	if base == 10 {
		return math.Log10(x)
	}
	return math.Log2(x) / math.Log2(base)
}

// floatTest is a truth of either float type.
func floatTest(f func(float64) bool) Maker {
	f64, f32 := test1(f), test1(func(x float32) bool { return f(float64(x)) })
	return byType(func(t dtype.Type) Maker {
		if t.Kind == dtype.Float32 {
			return f32
		}
		return f64
	})
}

// byType picks an implementation by the type of the first argument, which is only known when rows come.
func byType(pick func(t dtype.Type) Maker) Maker {
	return plain(func(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
		m := pick(args[0].Type)
		if m == nil {
			return nil, bug.Errorf("no implementation for %s", args[0].Type)
		}
		f, err := m(make([]*data.Column, len(args)), c.Ret)
		if err != nil {
			return nil, err
		}
		return f(c, args, n)
	})
}

func infiniteTest(want bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst := c.Scratch.Zeros(n)
		for i := range n {
			dst[i>>6] |= bit(infinite(args[0], i) == want) << (uint(i) & 63)
		}
		return c.Scratch.Bool(dst, valid, n), nil
	}
}

func factorial(n int32) (data.Int128, error) {
	if n < 0 || n > 33 {
		return data.Int128{}, fault.New(fault.Value, "factorial takes 0 to 33, not %d", n)
	}
	v := data.Int128From(1)
	for k := int64(2); k <= int64(n); k++ {
		v, _ = mul128(v, data.Int128From(k))
	}
	return v, nil
}

func gcd(a, b int64) (int64, error) {
	for b != 0 {
		if b == -1 {
			return 1, nil
		}
		a, b = b, a%b
	}
	if a == math.MinInt64 {
		return 0, fault.New(fault.Value, "the greatest common divisor of %d and %d does not fit a bigint", a, b)
	}
	return max(a, -a), nil
}

func lcm(a, b int64) (int64, error) {
	if a == 0 || b == 0 {
		return 0, nil
	}
	g, err := gcd(a, b)
	if err != nil {
		return 0, err
	}
	a /= g
	v := a * b
	if v/b != a || v == math.MinInt64 || a == -1 && b == math.MinInt64 {
		return 0, fault.New(fault.Value, "the least common multiple of %d and %d does not fit a bigint", a*g, b)
	}
	return max(v, -v), nil
}

func mul128(a, b data.Int128) (data.Int128, bool) {
	v, ok := wide(a).MulOK(wide(b))
	return data.Int128(v), ok
}

func gcd128(a, b data.Int128) (data.Int128, error) {
	for b.Sign() != 0 {
		_, r := wide(a).QuoRem(wide(b))
		a, b = b, data.Int128(r)
	}
	if a.Sign() < 0 {
		a = a.Neg()
	}
	if a.Sign() < 0 {
		return a, fault.New(fault.Value, "the greatest common divisor does not fit a hugeint")
	}
	return a, nil
}

func lcm128(a, b data.Int128) (data.Int128, error) {
	if a.Sign() == 0 || b.Sign() == 0 {
		return data.Int128{}, nil
	}
	g, err := gcd128(a, b)
	if err != nil {
		return a, err
	}
	q, _ := wide(a).QuoRem(wide(g))
	v, ok := mul128(data.Int128(q), b)
	if !ok {
		return a, fault.New(fault.Value, "the least common multiple of %s and %s does not fit a hugeint", a, b)
	}
	if v.Sign() < 0 {
		v = v.Neg()
	}
	return v, nil
}
