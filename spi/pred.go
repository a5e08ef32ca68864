package spi

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
)

// PredOp is the operation of a Pred.
type PredOp uint8

// The operations.
const (
	PredEq      PredOp = iota // column = value
	PredNe                    // column <> value
	PredLt                    // column < value
	PredLe                    // column <= value
	PredGt                    // column > value
	PredGe                    // column >= value
	PredIn                    // column IN (values), none of them null
	PredIsNull                // column IS NULL
	PredNotNull               // column IS NOT NULL
	PredPrefix                // column starts with the value (text)
	PredAnd                   // all kids hold
	PredOr                    // any kid holds
	PredNot                   // the kid is false (not merely unknown)
)

// Pred is the small predicate algebra that sources understand: a column against literals, and boolean combinations. A row passes
// if the predicate is true; unknown (null) does not pass. Values have the type of the column. Text compares by bytes, floats
// with NaN equal to itself and above all numbers.
type Pred struct {
	Op     PredOp
	Col    int           // position in the table's Schema, for the operations on a column
	Values []data.Scalar // one, or those of PredIn
	Kids   []Pred
}

// Columns appends the distinct columns that p reads to cols.
func (p Pred) Columns(cols []int) []int {
	if p.Op < PredAnd {
		for _, c := range cols {
			if c == p.Col {
				return cols
			}
		}
		return append(cols, p.Col)
	}
	for _, k := range p.Kids {
		cols = k.Columns(cols)
	}
	return cols
}

var predSigns = [...]string{PredEq: "=", PredNe: "<>", PredLt: "<", PredLe: "<=", PredGt: ">", PredGe: ">=", PredIn: "in",
	PredIsNull: "is null", PredNotNull: "is not null", PredPrefix: "starts with", PredAnd: "and", PredOr: "or", PredNot: "not"}

// Format returns p as text with column names by position.
func (p Pred) Format(names []string) string {
	switch p.Op {
	case PredAnd, PredOr:
		parts := make([]string, len(p.Kids))
		for i, k := range p.Kids {
			parts[i] = k.Format(names)
		}
		return "(" + strings.Join(parts, " "+predSigns[p.Op]+" ") + ")"
	case PredNot:
		return "not " + p.Kids[0].Format(names)
	case PredIsNull, PredNotNull:
		return names[p.Col] + " " + predSigns[p.Op]
	case PredIn:
		parts := make([]string, len(p.Values))
		for i, v := range p.Values {
			parts[i] = v.String()
		}
		return names[p.Col] + " in (" + strings.Join(parts, ", ") + ")"
	default:
		return fmt.Sprintf("%s %s %s", names[p.Col], predSigns[p.Op], p.Values[0])
	}
}

// Meter counts progress. All fields may be updated and read concurrently.
type Meter struct {
	Rows       atomic.Int64 // rows delivered
	Bytes      atomic.Int64 // bytes of storage consumed
	TotalBytes atomic.Int64 // bytes that the scan will read, as far as known
	Rejected   atomic.Int64 // rows skipped or sent to a reject file
	Nulled     atomic.Int64 // values replaced by null under on_error: null
}
