package sqlite

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// where writes predicates as SQL, but only those that SQLite decides exactly as the engine would.
//
// A value that does not fit its column's declared type is an error when it is read, so a condition must not hide it. SQLite sorts numbers
// before text and text before blobs; conditions that such strays would fail get another branch that lets them through (`OR x >= ”`),
// which an index serves as well.
type where struct{ t *table }

// cond returns p, or its negation, as SQL; not ok if it cannot be said exactly. Negation goes down to the comparisons: in three-valued
// logic NOT (a < b) is a >= b, and De Morgan's laws hold.
func (w *where) cond(p spi.Pred, not bool) (string, bool) {
	switch p.Op {
	case spi.PredNot:
		return w.cond(p.Kids[0], !not)
	case spi.PredAnd, spi.PredOr:
		op := " AND "
		if (p.Op == spi.PredOr) != not {
			op = " OR "
		}
		if len(p.Kids) == 0 {
			return "", false
		}
		parts := make([]string, len(p.Kids))
		for i, k := range p.Kids {
			c, ok := w.cond(k, not)
			if !ok {
				return "", false
			}
			parts[i] = c
		}
		return "(" + strings.Join(parts, op) + ")", true
	case spi.PredIsNull, spi.PredNotNull:
		if w.t.t.nulls {
			return "", false // under on_error=null strays become nulls
		}
		name := quote(w.t.schema.Fields[p.Col].Name)
		if (p.Op == spi.PredIsNull) != not {
			return name + " IS NULL", true
		}
		return name + " IS NOT NULL", true
	default:
		return w.compare(p, not)
	}
}

var signs = map[spi.PredOp][2]string{spi.PredEq: {"=", "<>"}, spi.PredNe: {"<>", "="}, spi.PredLt: {"<", ">="}, spi.PredLe: {"<=", ">"},
	spi.PredGt: {">", "<="}, spi.PredGe: {">=", "<"}}

// compare writes a column against literals.
func (w *where) compare(p spi.Pred, not bool) (string, bool) {
	f := w.t.schema.Fields[p.Col]
	if w.t.t.nulls {
		return "", false
	}
	name, stray, format := quote(f.Name), "''", numberLiteral
	switch f.Type.Kind {
	case dtype.Int8, dtype.Int16, dtype.Int32, dtype.Int64, dtype.Uint8, dtype.Uint16, dtype.Uint32:
	case dtype.String:
		if !w.t.binary {
			return "", false
		}
		name, stray, format = name+" COLLATE BINARY", "x''", textLiteral
	default:
		return "", false
	}
	lits := make([]string, len(p.Values))
	for i, v := range p.Values {
		lit, ok := format(v)
		if !ok {
			return "", false
		}
		lits[i] = lit
	}
	var cond string
	switch p.Op {
	case spi.PredIn:
		cond = name + " IN (" + strings.Join(lits, ", ") + ")"
		if not {
			cond = name + " NOT IN (" + strings.Join(lits, ", ") + ")"
		}
	case spi.PredPrefix:
		if not || f.Type.Kind != dtype.String {
			return "", false
		}
		cond = prefixRange(name, p.Values[0].S)
	default:
		sign := signs[p.Op][0]
		if not {
			sign = signs[p.Op][1]
		}
		cond = name + " " + sign + " " + lits[0]
	}
	return "(" + cond + " OR " + name + " >= " + stray + ")", true
}

func numberLiteral(v data.Scalar) (string, bool) {
	if v.Null || !v.Type.IsInteger() || !v.I.IsInt64() {
		return "", false
	}
	return strconv.FormatInt(v.Int64(), 10), true
}

// textLiteral refuses what cannot stand in a statement: a zero byte ends it.
func textLiteral(v data.Scalar) (string, bool) {
	if v.Null || !v.Type.IsText() || strings.IndexByte(v.S, 0) >= 0 || !utf8.ValidString(v.S) {
		return "", false
	}
	return literal(v.S), true
}

// prefixRange says that the text starts with p, as a range that an index serves, and again exactly.
func prefixRange(name, p string) string {
	return "(" + name + " >= " + literal(p) + " AND substr(" + name + ", 1, " + strconv.Itoa(utf8.RuneCountInString(p)) + ") = " + literal(p) + ")"
}
