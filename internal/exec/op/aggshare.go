package op

import (
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// Aggregates of the same values share a state: sum, avg and count; variances and standard deviations; the statistics of the same pairs. And where
// all rows of the groups are counted anyway, sums count their nulls only.

// aggOut is a result: an aggregate that is computed from the state of a call.
type aggOut struct {
	call int
	spec *aggSpec
}

// result returns the values of all groups.
func (o *aggOut) result(states []state) (*data.Column, error) {
	if s, ok := states[o.call].(sharer); ok {
		return s.resultAs(o.spec)
	}
	return states[o.call].result()
}

// family tells which aggregates a state can serve; it is empty for one that serves no other.
func (s *aggSpec) family() string {
	switch {
	case s.name == "sum" || s.name == "avg":
		return "sum"
	case isSpreadStatistic(s.name):
		return "spread"
	case isPairStatistic(s.name):
		return "pair"
	case s.name == "count_star":
		return s.name
	}
	return ""
}

// sees reports whether the two calls see the same values of the same rows.
func (c *aggCall) sees(o *aggCall) bool {
	return c.filter == o.filter && c.spec.distinct == o.spec.distinct && slices.Equal(c.args, o.args)
}

// share leaves one call for the aggregates that can share a state, and notes the results of all.
func (a *hashAgg) share() {
	calls := a.calls
	a.calls = nil
	for i := range calls {
		a.outs = append(a.outs, aggOut{a.host(&calls[i], calls), calls[i].spec})
	}
	means := 0
	for i := range a.calls {
		if a.calls[i].wholly() && a.calls[i].spec.averages() {
			means++
		}
	}
	if means > 1 && a.rowCounts() < 0 {
		a.calls = append(a.calls, aggCall{spec: &aggSpec{name: "count_star", typ: dtype.Of(dtype.Int64)}, filter: -1})
	}
}

// host returns the call whose state serves c, one of all.
func (a *hashAgg) host(c *aggCall, all []aggCall) int {
	family := c.spec.family()
	if c.spec.name == "count" && slices.ContainsFunc(all, func(o aggCall) bool { return o.spec.name == "avg" && o.sees(c) }) {
		family = "sum"
	}
	for i := range a.calls {
		o := &a.calls[i]
		if family == "" || !o.sees(c) || o.spec.family() != family {
			continue
		}
		if o.spec.name == "sum" && c.spec.name != "sum" {
			o.spec.counts = true
		}
		return i
	}
	own := *c
	if family == "sum" && c.spec.name == "count" {
		// The state is that of the average to come.
		at := slices.IndexFunc(all, func(o aggCall) bool { return o.spec.name == "avg" && o.sees(c) })
		own = all[at]
	}
	a.calls = append(a.calls, own)
	return len(a.calls) - 1
}

// wholly reports whether the call sees all rows of the input.
func (c *aggCall) wholly() bool { return c.filter < 0 && !c.spec.distinct }

// averages reports whether the state of the aggregate sums values and counts them.
func (s *aggSpec) averages() bool { return s.name == "avg" || s.counts }

// rowCounts returns the call that counts all rows, or -1.
func (a *hashAgg) rowCounts() int {
	return slices.IndexFunc(a.calls, func(c aggCall) bool { return c.spec.name == "count_star" && c.wholly() })
}

// linkCounts tells the states that sum and count the values of all rows about the one that counts the rows.
func (a *hashAgg) linkCounts(states []state) {
	at := a.rowCounts()
	if at < 0 {
		return
	}
	all := states[at].(*countState)
	for i := range states {
		if !a.calls[i].wholly() {
			continue
		}
		switch s := states[i].(type) {
		case *sumState:
			s.rows.countOf(all)
		case *floatState:
			s.rows.countOf(all)
		}
	}
}
