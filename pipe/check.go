package pipe

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// Check is something that must hold for the rows of a step. Make one with NotNull, Unique, Expect, RowCount, InRange, AcceptedValues or Regex.
// If it does not hold, the run ends with an error of code fault.Check before anything is written.
type Check struct {
	rule   string   // as messages show it
	cols   []string // columns that must exist
	text   text     // the condition of Expect
	at     span
	where  []text // the columns with their places, parallel to cols
	unique bool
	min    int64 // of rows
	max    int64 // of rows, or -1
	// tests returns conditions that are true for rows that fail, never null, with what they are called.
	tests func(s dtype.Schema, e *env) ([]test, error)
}

// test is one condition of a check.
type test struct {
	rule string
	fail siksik.Expr
	cond *siksik.Expr // a condition of the user, which must be boolean
}

// NotNull checks that the columns hold no null.
func NotNull(columns ...string) Check {
	return Check{rule: "not_null: " + strings.Join(columns, ", "), cols: columns, max: -1,
		tests: func(dtype.Schema, *env) ([]test, error) {
			var out []test
			for _, c := range columns {
				out = append(out, test{rule: "not_null: " + c, fail: siksik.Col(c).IsNull()})
			}
			return out, nil
		}}
}

// Unique checks that each combination of values of the columns appears once. Rows with a null in one of them do not count, as in SQL.
func Unique(columns ...string) Check {
	return Check{rule: "unique: " + strings.Join(columns, ", "), cols: columns, unique: true, max: -1}
}

// Expect checks that a SQL condition is true for every row; null is not true. It may use the parameters of the pipeline.
func Expect(condition string) Check { return expect(plain(condition)) }

func expect(condition text) Check {
	return Check{rule: "expect: " + condition.value, text: condition, max: -1,
		tests: func(_ dtype.Schema, e *env) ([]test, error) {
			cond := siksik.SQLExpr(condition.value, e.sqlParams(nil)...)
			return []test{{"expect: " + condition.value, cond.FillNull(false).Not(), &cond}}, nil
		}}
}

// RowCount checks the number of rows; a negative max means no limit.
func RowCount(min, max int64) Check {
	rule := fmt.Sprintf("row_count: at least %d", min)
	if max >= 0 {
		rule = fmt.Sprintf("row_count: %d to %d", min, max)
	}
	return Check{rule: rule, min: min, max: max}
}

// InRange checks that values are from min to max, both included; nil is no bound, and a null passes. Strings are read as the column's type, so that
// dates may be given as text.
func InRange(column string, min, max any) Check {
	rule := "in_range: " + column
	if min != nil {
		rule += fmt.Sprintf(" from %v", min)
	}
	if max != nil {
		rule += fmt.Sprintf(" to %v", max)
	}
	return Check{rule: rule, cols: []string{column}, max: -1,
		tests: func(s dtype.Schema, _ *env) ([]test, error) {
			c, fail := siksik.Col(column), siksik.Lit(false)
			if min != nil {
				fail = fail.Or(c.Lt(typed(s, column, min)))
			}
			if max != nil {
				fail = fail.Or(c.Gt(typed(s, column, max)))
			}
			return []test{{rule: rule, fail: fail.FillNull(false)}}, nil
		}}
}

// AcceptedValues checks that a column holds only the given values; a null passes.
func AcceptedValues(column string, accepted ...any) Check {
	shown := make([]string, len(accepted))
	for i, v := range accepted {
		shown[i] = fmt.Sprint(v)
	}
	rule := "accepted_values: " + column + " in " + strings.Join(shown, ", ")
	return Check{rule: rule, cols: []string{column}, max: -1,
		tests: func(s dtype.Schema, _ *env) ([]test, error) {
			ok := siksik.Lit(false)
			for _, v := range accepted {
				ok = ok.Or(siksik.Col(column).Eq(typed(s, column, v)))
			}
			return []test{{rule: rule, fail: ok.Not().FillNull(false)}}, nil
		}}
}

// Regex checks that a regular expression, in Go's syntax, matches somewhere in each value; a null passes.
func Regex(column, pattern string) Check {
	rule := "regex: " + column + " matches " + pattern
	return Check{rule: rule, cols: []string{column}, max: -1,
		tests: func(s dtype.Schema, _ *env) ([]test, error) {
			if _, err := regexp.Compile(pattern); err != nil {
				return nil, fault.New(fault.Usage, "%s is not a regular expression: %s", strconv.Quote(pattern), err)
			}
			f, err := s.Lookup(column)
			if err != nil {
				return nil, err
			}
			if t := s.Fields[f].Type; !t.IsText() {
				return nil, fault.New(fault.Type, "regex needs text, and %q is %s", column, t)
			}
			return []test{{rule: rule, fail: siksik.Col(column).Str().Contains(pattern).Not().FillNull(false)}}, nil
		}}
}

// typed makes a literal for comparison with a column: text is read as the column's type unless the column is text.
func typed(s dtype.Schema, column string, v any) siksik.Expr {
	i := s.Index(column)
	if _, isText := v.(string); i < 0 || !isText || s.Fields[i].Type.IsText() {
		return siksik.Lit(v)
	}
	return siksik.Lit(v).Cast(s.Fields[i].Type)
}

// check makes a Check from its description.
func (c checkSpec) check(doc *document) (Check, error) {
	var out Check
	switch {
	case c.NotNull != nil:
		out = NotNull(values(c.NotNull)...)
		out.at, out.where = c.NotNull[0].at, c.NotNull
	case c.Unique != nil:
		out = Unique(values(c.Unique)...)
		out.at, out.where = c.Unique[0].at, c.Unique
	case c.Expect.at != span{}:
		out = expect(c.Expect)
		out.at = c.Expect.at
		if c.Expect.block {
			out.at.end = out.at.start + len(strings.TrimSpace(c.Expect.value))
		}
	case c.RowCount != nil:
		return c.rowCount(doc)
	case c.InRange != nil:
		r := c.InRange
		out = InRange(r.Column.value, r.Min.Value, r.Max.Value)
		out.at, out.where = r.Column.at, []text{r.Column}
	case c.Accepted != nil:
		var list []any
		for _, v := range c.Accepted.Values {
			list = append(list, v.Value)
		}
		out = AcceptedValues(c.Accepted.Column.value, list...)
		out.at, out.where = c.Accepted.Column.at, []text{c.Accepted.Column}
	case c.Regex != nil:
		out = Regex(c.Regex.Column.value, c.Regex.Pattern.value)
		out.at, out.where = c.Regex.Pattern.at, []text{c.Regex.Column}
	}
	return out, nil
}

func (c checkSpec) rowCount(doc *document) (Check, error) {
	r, hi := c.RowCount, int64(-1)
	at := r.Min.at
	if r.Max.given {
		hi = r.Max.n
		if !r.Min.given {
			at = r.Max.at
		}
		if hi < r.Min.n {
			return Check{}, doc.failf(r.Max.at, "row_count: max %d is below min %d", hi, r.Min.n)
		}
	}
	out := RowCount(r.Min.n, hi)
	out.at = at
	return out, nil
}
