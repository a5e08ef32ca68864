package siksik

import "github.com/siksik-data/siksik/internal/frame"

// Sum adds the values; the sum of nothing is 0 and integers wrap.
func (e Expr) Sum() Expr { return e.call("sum_wrap") }

// Mean is the average, null for nothing.
func (e Expr) Mean() Expr { return e.call("avg") }

// Min is the smallest value; NaN is skipped.
func (e Expr) Min() Expr { return e.call("min") }

// Max is the largest value; NaN is skipped.
func (e Expr) Max() Expr { return e.call("max") }

// Count counts the values that are not null.
func (e Expr) Count() Expr { return e.call("count") }

// NUnique counts distinct values; null counts as one.
func (e Expr) NUnique() Expr { return e.call("nunique") }

// First is the first value in row order, or by SortBy.
func (e Expr) First() Expr { return e.call("first") }

// Last is the last value in row order, or by SortBy.
func (e Expr) Last() Expr { return e.call("last") }

// Std is the sample standard deviation.
func (e Expr) Std() Expr { return e.call("std_samp") }

// Var is the sample variance.
func (e Expr) Var() Expr { return e.call("var_samp") }

// Median is the median, interpolated between the two middle values.
func (e Expr) Median() Expr { return e.call("median") }

// Quantile is the q-quantile (0 to 1), interpolated linearly.
func (e Expr) Quantile(q float64) Expr { return e.call("quantile_cont", q) }

// Head is the list of the first n values in row order, or by SortBy.
func (e Expr) Head(n int) Expr { return e.call("head", int64(n)) }

// Tail is the list of the last n values in row order, or by SortBy.
func (e Expr) Tail(n int) Expr { return e.call("tail", int64(n)) }

// Implode is the list of all values in row order, or by SortBy.
func (e Expr) Implode() Expr { return e.call("implode") }

// AllTrue is true if no value is false; nulls are skipped.
func (e Expr) AllTrue() Expr { return e.call("bool_and") }

// AnyTrue is true if a value is true; nulls are skipped.
func (e Expr) AnyTrue() Expr { return e.call("bool_or") }

// ArgMin is the value of e in the row where by is smallest.
func (e Expr) ArgMin(by Operand) Expr { return e.call("arg_min", nameOrExpr(by)) }

// ArgMax is the value of e in the row where by is largest.
func (e Expr) ArgMax(by Operand) Expr { return e.call("arg_max", nameOrExpr(by)) }

// RowNumber numbers the rows of a window from 1; use it with OverOrdered.
func RowNumber() Expr { return Expr{node: &frame.Fn{Name: "row_number"}} }

// Rank is the rank with gaps; use it with OverOrdered.
func Rank() Expr { return Expr{node: &frame.Fn{Name: "rank"}} }

// DenseRank is the rank without gaps; use it with OverOrdered.
func DenseRank() Expr { return Expr{node: &frame.Fn{Name: "dense_rank"}} }

// Lag is the value n rows earlier in the window; use it with OverOrdered.
func (e Expr) Lag(n int) Expr { return e.call("lag", int64(n)) }

// Lead is the value n rows later in the window; use it with OverOrdered.
func (e Expr) Lead(n int) Expr { return e.call("lead", int64(n)) }
