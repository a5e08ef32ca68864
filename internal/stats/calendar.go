package stats

import (
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
)

// partValues is how many values the parts of dates and times have that begin again.
var partValues = map[string]float64{"month": 12, "quarter": 4, "day": 31, "dayofweek": 7, "isodow": 7, "dayofyear": 366, "week": 53, "hour": 24, "minute": 60, "second": 60}

// partDays is about how many days have the same value of the parts that go on, and of times that are cut to them.
var partDays = map[string]float64{"year": 365.25, "isoyear": 365.25, "decade": 3652.5, "century": 36525}

var cutDays = map[string]float64{"year": 365.25, "decade": 3652.5, "century": 36525, "quarter": 91.3, "month": 30.4, "week": 7, "day": 1, "hour": 1. / 24, "minute": 1. / 1440, "second": 1. / 86400}

// calendarDistinct bounds the values of a part of a date, as of date_part('year', d), or of one that is cut to a part, as by date_trunc; -1 is anything else.
func (e *Estimate) calendarDistinct(x expr.Expr) float64 {
	call, ok := x.(*expr.Call)
	if !ok || len(call.Args) == 0 {
		return -1
	}
	part, arg := call.Fn.Name, call.Args[0]
	if len(call.Args) == 2 {
		l, ok := call.Args[0].(*expr.Lit)
		if !ok || l.Value.Null || part != "date_part" && part != "date_trunc" {
			return -1
		}
		part, arg = strings.ToLower(l.Value.S), call.Args[1]
	}
	days := partDays[part]
	if call.Fn.Name == "date_trunc" {
		days = cutDays[part]
	} else if n := partValues[part]; n > 0 {
		return n
	}
	r, ok := arg.(*expr.Ref)
	if !ok || days == 0 {
		return -1
	}
	c, perDay := e.Col(r.Col.ID), 0.0
	switch t := r.Col.Type; t.Kind {
	case dtype.Date:
		perDay = 1
	case dtype.Timestamp:
		perDay = 86400 * float64(t.Unit.PerSecond())
	}
	if !c.Bounds || perDay == 0 {
		return -1
	}
	return max((c.Max-c.Min)/(perDay*days), 0) + 2
}
