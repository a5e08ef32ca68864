package postgres

import (
	"strings"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// condition returns p as SQL, but only if the server decides it exactly as the engine would.
func (t *table) condition(p spi.Pred) (string, bool) {
	switch p.Op {
	case spi.PredAnd, spi.PredOr:
		op := " AND "
		if p.Op == spi.PredOr {
			op = " OR "
		}
		parts := make([]string, len(p.Kids))
		for i, k := range p.Kids {
			c, ok := t.condition(k)
			if !ok {
				return "", false
			}
			parts[i] = c
		}
		return "(" + strings.Join(parts, op) + ")", len(parts) > 0
	case spi.PredNot:
		c, ok := t.condition(p.Kids[0])
		return "(NOT " + c + ")", ok
	case spi.PredIsNull:
		return "(" + quote(t.cols[p.Col].name) + " IS NULL)", true
	case spi.PredNotNull:
		return "(" + quote(t.cols[p.Col].name) + " IS NOT NULL)", true
	default:
		return t.comparison(p)
	}
}

var signs = map[spi.PredOp]string{spi.PredEq: "=", spi.PredNe: "<>", spi.PredLt: "<", spi.PredLe: "<=", spi.PredGt: ">", spi.PredGe: ">="}

// comparison writes a column against literals.
func (t *table) comparison(p spi.Pred) (string, bool) {
	c := t.cols[p.Col]
	name, ok := t.operand(c)
	if !ok {
		return "", false
	}
	lits := make([]string, len(p.Values))
	for i, v := range p.Values {
		if lits[i], ok = literalOf(c, v); !ok {
			return "", false
		}
	}
	switch p.Op {
	case spi.PredIn:
		if len(lits) == 0 {
			return "", false
		}
		return "(" + name + " IN (" + strings.Join(lits, ", ") + "))", true
	case spi.PredPrefix:
		pattern := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(p.Values[0].S)
		return "(" + name + " LIKE " + literal(pattern+"%") + ")", c.t.Kind == dtype.String
	default:
		return "(" + name + " " + signs[p.Op] + " " + lits[0] + ")", true
	}
}

// operand writes the column so that it compares as the engine's values do.
func (t *table) operand(c column) (string, bool) {
	if c.cast != "" {
		return "", false
	}
	switch c.oid {
	case oidText, oidVarchar:
		return quote(c.name) + ` COLLATE "C"`, t.utf8 && c.t.Kind == dtype.String
	case oidBool, oidInt2, oidInt4, oidInt8, oidFloat4, oidFloat8, oidNumeric, oidDate, oidTimestamp, oidTimestamptz, oidUUID:
		return quote(c.name), c.t.Kind != dtype.List
	default:
		return "", false
	}
}

// literalOf writes a value of the column's type.
func literalOf(c column, v data.Scalar) (string, bool) {
	if v.Null || !v.Type.Equal(c.t) {
		return "", false
	}
	if c.t.Kind == dtype.String {
		return literal(v.S), strings.IndexByte(v.S, 0) < 0 && utf8.ValidString(v.S)
	}
	text := string(data.AppendText(nil, data.ConstColumn(v, 1), 0))
	switch c.oid {
	case oidInt2, oidInt4, oidInt8, oidNumeric:
		return "(" + text + ")", true
	case oidBool:
		return text, true
	case oidFloat4:
		return "'" + text + "'::float4", true
	case oidFloat8:
		return "'" + text + "'::float8", true
	case oidUUID:
		return "'" + text + "'::uuid", true
	}
	// Years beyond four digits and before Christ are spelled differently; such literals are rare.
	if y := strings.IndexByte(text, '-'); y != 4 && !strings.HasSuffix(text, "infinity") || strings.HasSuffix(text, "(BC)") || strings.Contains(text, "(BC)") {
		return "", false
	}
	switch c.oid {
	case oidDate:
		return "'" + text + "'::date", true
	case oidTimestamp:
		return "'" + text + "'::timestamp", true
	case oidTimestamptz:
		return "'" + text + "'::timestamptz", true
	default:
		return "", false
	}
}
