package op

import (
	"math"
	"math/big"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/expr"
)

// isPairStatistic tells whether an aggregate is covariance, correlation or linear regression of y by x, over the rows in
// which both are there.
func isPairStatistic(name string) bool {
	return name == "corr" || strings.HasPrefix(name, "covar_") || strings.HasPrefix(name, "regr_")
}

// isSpreadStatistic tells whether an aggregate is a variance or a standard deviation.
func isSpreadStatistic(name string) bool {
	return strings.HasPrefix(name, "var_") || strings.HasPrefix(name, "std_")
}

// asIntegers returns the arguments of a statistic as the integers that they are before they become doubles, if all of
// them are integers whose squares fit a word: their sums are exact in words.
func asIntegers(name string, args []expr.Expr) []expr.Expr {
	if !isPairStatistic(name) && !isSpreadStatistic(name) {
		return args
	}
	out := make([]expr.Expr, len(args))
	for i, x := range args {
		c, ok := x.(*expr.Cast)
		if !ok || c.To.Kind != dtype.Float64 {
			return args
		}
		switch c.Arg.Type().Kind {
		case dtype.Int8, dtype.Int16, dtype.Int32, dtype.Uint8, dtype.Uint16:
			out[i] = c.Arg
		default:
			return args
		}
	}
	return out
}

// pairSums is what the statistics of pairs are computed from.
type pairSums interface {
	// totals returns Σx and Σy of group i, rounded.
	totals(i int) (x, y float64)
	// spreads returns n·Σx² − (Σx)², the same of y, and n·Σxy − Σx·Σy of group i, of which the caller may write to the
	// values. It is nil where a value or a product is not finite.
	spreads(i int) (xx, yy, xy *big.Float)
	// narrow returns the spreads if doubles hold them exactly and cheaply.
	narrow(i int) (xx, yy, xy float64, ok bool)
}

// pairResult returns a statistic of all groups, of which group i has n[i] pairs.
func pairResult(s *aggSpec, n []int64, sums pairSums) (*data.Column, error) {
	if s.name == "regr_count" {
		return data.FlatColumn(s.typ, append([]int64(nil), n...), nil), nil
	}
	out := make([]float64, len(n))
	valid := data.NewBitmap(len(n))
	for i, c := range n {
		if c == 0 {
			continue
		}
		v, ok, err := pairStatistic(s.name, c, sums, i)
		if err != nil {
			return nil, err
		}
		if out[i] = v; ok {
			valid.Set(i)
		}
	}
	return data.FlatColumn(s.typ, out, valid), nil
}

// pairStatistic is the result of group i, which has n pairs, or false for null.
func pairStatistic(name string, n int64, sums pairSums, i int) (float64, bool, error) {
	switch name {
	case "regr_avgx", "regr_avgy":
		x, y := sums.totals(i)
		if name == "regr_avgy" {
			x = y
		}
		return x / float64(n), true, nil
	case "corr":
		return correlation(sums, i), true, nil
	}
	xx, yy, xy := sums.spreads(i)
	switch name {
	case "covar_pop":
		return quotient(xy, n, n), true, nil
	case "covar_samp":
		return quotient(xy, n, n-1), n > 1, nil
	case "regr_sxx":
		return quotient(xx, n, 1), true, nil
	case "regr_syy":
		return quotient(yy, n, 1), true, nil
	case "regr_sxy":
		return quotient(xy, n, 1), true, nil
	}
	if xx == nil || yy == nil || xy == nil {
		return math.NaN(), name != "regr_intercept", nil
	}
	switch name {
	case "regr_slope":
		if xx.Sign() == 0 {
			return math.NaN(), true, nil
		}
		slope, _ := xy.Quo(xy, xx).Float64()
		return slope, true, nil
	case "regr_intercept":
		if xx.Sign() == 0 {
			return 0, false, nil
		}
		slope, _ := xy.Quo(xy, xx).Float64()
		x, y := sums.totals(i)
		return y/float64(n) - slope*(x/float64(n)), true, nil
	case "regr_r2":
		switch {
		case xx.Sign() == 0:
			return 0, false, nil
		case yy.Sign() == 0:
			return 1, true, nil
		}
		r := correlation(sums, i)
		return r * r, true, nil
	}
	return 0, false, bug.Errorf("no statistic %q of pairs", name)
}

// correlation is xy / √(xx·yy) of group i, and nan where one side does not vary.
func correlation(sums pairSums, i int) float64 {
	if xx, yy, xy, ok := sums.narrow(i); ok {
		if xx == 0 || yy == 0 {
			return math.NaN()
		}
		return overRoot(xy, xx, yy)
	}
	xx, yy, xy := sums.spreads(i)
	if xx == nil || yy == nil || xy == nil || xx.Sign() == 0 || yy.Sign() == 0 {
		return math.NaN()
	}
	root := xx.Mul(xx, yy)
	r, _ := xy.Quo(xy, root.Sqrt(root)).Float64()
	return r
}

// overRoot is v / √(a·b), rounded once: the errors of the product, the root and the quotient are computed and put right.
func overRoot(v, a, b float64) float64 {
	product := a * b
	root := math.Sqrt(product)
	less := (math.FMA(-root, root, product) + math.FMA(a, b, -product)) / (2 * root) // what root lacks
	q := v / root
	return q + (math.FMA(-q, root, v)-q*less)/root
}

// quotient is v/(a·b) as a double; nan for nil.
func quotient(v *big.Float, a, b int64) float64 {
	if v == nil || b == 0 {
		return math.NaN()
	}
	by := new(big.Float).SetPrec(400).SetInt64(a)
	out, _ := v.Quo(v, by.Mul(by, new(big.Float).SetInt64(b))).Float64()
	return out
}
