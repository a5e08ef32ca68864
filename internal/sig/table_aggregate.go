package sig

import "github.com/siksik-data/siksik/dtype"

// agg makes an aggregate overload from its signature.
//
//go:noinline
func agg(spec string, props Props, doc string, opts ...option) *Overload {
	return declare(Aggregate, spec, props, doc, opts)
}

// aggregateTable declares aggregates. All ignore nulls unless their line says otherwise.
func aggregateTable() []*Overload {
	return append(append(basicAggregates(), statAggregates()...), orderAggregates()...)
}

func basicAggregates() []*Overload {
	return []*Overload{
		agg("count_star() bigint", 0, "Number of rows."),
		agg("count(x any) bigint", 0, "Number of rows in which x is not null."),
		agg("sum(x int) hugeint", Fallible, "Sum; null for no rows."),
		agg("sum(x bool) hugeint", 0, "Number of rows in which x is true; null for no rows."),
		agg("sum(x decimal) *", Fallible, "Exact sum as decimal(38, scale); null for no rows.", ret(func(a []dtype.Type) dtype.Type { return SumType(a[0]) })),
		agg("sum(x float) double", 0, "Sum, correctly rounded in any order; null for no rows."),
		agg("sum(x T:dur) T", Fallible, "Sum; null for no rows."),
		agg("sum_wrap(x int) *", 0, "Sum in 64 bits that wraps; 0 for no rows.", ret(wrapSumType)),
		agg("sum_wrap(x bool) bigint", 0, "Number of rows in which x is true; 0 for no rows."),
		agg("sum_wrap(x decimal) *", Fallible, "Exact sum; 0 for no rows.", ret(func(a []dtype.Type) dtype.Type { return SumType(a[0]) })),
		agg("sum_wrap(x T:float) T", 0, "Sum; 0 for no rows."),
		agg("sum_wrap(x T:dur) T", 0, "Sum; 0 for no rows."),
		agg("avg(x num) double", 0, "Mean."),
		agg("avg(x bool) double", 0, "Share of rows in which x is true."),
		agg("avg(x T:dur) T", 0, "Mean."),
		agg("avg(x interval) interval", Fallible, "Mean."),
		agg("avg(x date) timestamp", 0, "Mean."),
		agg("avg(x T:ts) T", 0, "Mean."),
		agg("avg(x T:tz) T", 0, "Mean."),
		agg("avg(x time) time", 0, "Mean."),
		agg("min(x T) T", IgnoresDup, "Least value; nan counts as greater than all numbers.", id("min.any")),
		agg("max(x T) T", IgnoresDup, "Greatest value; nan counts as greater than all numbers.", id("max.any")),
		agg("min_skipnan(x T:float) T", IgnoresDup, "Least value that is not nan, if there is one."),
		agg("max_skipnan(x T:float) T", IgnoresDup, "Greatest value that is not nan, if there is one."),
		agg("any_value(x T) T", OrderAware|IgnoresDup, "The first value that is not null.", id("any_value.any")),
		agg("first(x T) T", OrderAware, "The value of the first row, null or not.", id("first.any")),
		agg("last(x T) T", OrderAware, "The value of the last row, null or not.", id("last.any")),
		agg("nunique(x any) bigint", IgnoresDup, "Number of distinct values, null counting as one."),
		agg("approx_count_distinct(x any) bigint", IgnoresDup, "About the number of distinct values that are not null."),
		agg("count_if(cond bool) hugeint", 0, "Number of rows in which cond is true."),
		agg("bool_and(x bool) bool", IgnoresDup, "Whether x is always true."),
		agg("bool_or(x bool) bool", IgnoresDup, "Whether x is ever true."),
		agg("bit_and(x T:int) T", IgnoresDup, "Bitwise and."),
		agg("bit_or(x T:int) T", IgnoresDup, "Bitwise or."),
		agg("bit_xor(x T:int) T", 0, "Bitwise exclusive or."),
		agg("product(x double) double", 0, "Product."),
	}
}

// wrapSumType is bigint for what fits it, and ubigint for the wide unsigned types.
func wrapSumType(args []dtype.Type) dtype.Type {
	switch args[0].Kind {
	case dtype.Uint32, dtype.Uint64:
		return dtype.Of(dtype.Uint64)
	case dtype.Int128:
		return args[0]
	default:
		return dtype.Of(dtype.Int64)
	}
}

func statAggregates() []*Overload {
	list := []*Overload{
		agg("std_samp(x double) double", 0, "Sample standard deviation; null for fewer than two values."),
		agg("std_pop(x double) double", 0, "Population standard deviation."),
		agg("var_samp(x double) double", 0, "Sample variance; null for fewer than two values."),
		agg("var_pop(x double) double", 0, "Population variance."),
		agg("covar_samp(y double, x double) double", 0, "Sample covariance of the rows where neither is null; null for fewer than two."),
		agg("covar_pop(y double, x double) double", 0, "Population covariance."),
		agg("corr(y double, x double) double", 0, "Correlation; nan where one side does not vary."),
		agg("regr_count(y double, x double) bigint", 0, "Number of rows where neither is null."),
		agg("regr_slope(y double, x double) double", 0, "Slope of the line that fits y best by x; nan where x does not vary."),
		agg("regr_intercept(y double, x double) double", 0, "Where that line meets x = 0; null where x does not vary."),
		agg("regr_r2(y double, x double) double", 0, "Square of the correlation; 1 where y does not vary, null where x does not."),
		agg("regr_avgx(y double, x double) double", 0, "Mean of x where neither is null."),
		agg("regr_avgy(y double, x double) double", 0, "Mean of y where neither is null."),
		agg("regr_sxx(y double, x double) double", 0, "Sum of the squares of x less its mean."),
		agg("regr_syy(y double, x double) double", 0, "Sum of the squares of y less its mean."),
		agg("regr_sxy(y double, x double) double", 0, "Sum of the products of x and y less their means."),
		agg("mode(x T) T", OrderAware, "The most frequent value; of several, the one that appears first.", id("mode.any")),
		agg("histogram(x T) *", 0, "A map from each value to its number of rows.", id("histogram.any"), ret(func(a []dtype.Type) dtype.Type {
			return dtype.MapOf(a[0], dtype.Of(dtype.Uint64))
		})),
		agg("quantile_disc(x T, q double!) T", 0, "The value at a quantile between 0 and 1.", id("quantile_disc.any")),
		agg("quantile_disc(x T, q double[]!) T[]", 0, "The values at several quantiles.", id("quantile_disc.list")),
	}
	const median, cont = "Median, interpolated.", "The interpolated value at a quantile between 0 and 1."
	for _, t := range []struct{ class, ret string }{{"num", "double"}, {"T:float", "T"}, {"T:decimal", "T"}, {"date", "timestamp"}, {"T:ts", "T"},
		{"T:tz", "T"}, {"T:dur", "T"}, {"time", "time"}, {"interval", "interval"}} {
		if t.class == "num" {
			t.class = "int"
		}
		list = append(list,
			agg("median(x "+t.class+") "+t.ret, 0, median),
			agg("quantile_cont(x "+t.class+", q double!) "+t.ret, 0, cont))
	}
	return append(list, agg("quantile_cont(x double, q double[]!) double[]", 0, "The interpolated values at several quantiles."))
}

// orderAggregates depend on the order of rows.
func orderAggregates() []*Overload {
	const by = "The value of x in the row with the "
	return []*Overload{
		agg("string_agg(s string, sep string!?) string", OrderAware, "The texts with sep (a comma) between them."),
		agg("list(x T) T[]", OrderAware, "All values as a list, nulls too; null for no rows.", id("list.any")),
		agg("implode(x T) T[]", OrderAware, "All values as a list, nulls too; an empty list for no rows.", id("implode.any")),
		agg("head(x T, count bigint!) T[]", OrderAware, "The first values as a list, nulls too.", id("head.any")),
		agg("tail(x T, count bigint!) T[]", OrderAware, "The last values as a list, nulls too.", id("tail.any")),
		agg("arg_min(x T, by U) T", OrderAware, by+"least by.", id("arg_min.any")),
		agg("arg_max(x T, by U) T", OrderAware, by+"greatest by.", id("arg_max.any")),
	}
}

// windowTable declares functions that need a window.
func windowTable() []*Overload {
	win := func(spec, doc string, opts ...option) *Overload { return declare(Window, spec, OrderAware, doc, opts) }
	return []*Overload{
		win("row_number() bigint", "Number of the row in its partition, from 1."),
		win("rank() bigint", "Rank with gaps; equal rows share it."),
		win("dense_rank() bigint", "Rank without gaps."),
		win("percent_rank() double", "(rank - 1) / (rows - 1)."),
		win("cume_dist() double", "Share of rows up to and with the equal rows."),
		win("ntile(buckets bigint) bigint", "Number of the bucket when the partition is dealt into so many."),
		win("lag(x T, offset bigint?, default T?) T", "The value of x so many rows (1) before.", id("lag.any")),
		win("lead(x T, offset bigint?, default T?) T", "The value of x so many rows (1) after.", id("lead.any")),
		win("first_value(x T) T", "The value of x in the first row of the frame.", id("first_value.any")),
		win("last_value(x T) T", "The value of x in the last row of the frame.", id("last_value.any")),
		win("nth_value(x T, n bigint) T", "The value of x in the n-th row of the frame.", id("nth_value.any")),
	}
}
