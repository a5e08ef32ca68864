package expr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/internal/bug"
)

var infix = map[string]string{"add": "+", "sub": "-", "mul": "*", "div": "/", "floordiv": "//", "mod": "%", "eq": "=", "ne": "<>", "lt": "<",
	"le": "<=", "gt": ">", "ge": ">=", "concat_op": "||"}

// Format returns e as text: columns as name#id, operators infix. Equal text means an equal expression.
func Format(e Expr) string {
	switch e := e.(type) {
	case *Ref:
		return e.Col.Name + "#" + strconv.Itoa(int(e.Col.ID))
	case *Lit:
		if e.Value.Type.IsNumeric() || e.Value.Null {
			return e.Value.String() + "::" + e.Value.Type.String()
		}
		return e.Value.String()
	case *Call:
		if op := infix[e.Fn.Name]; op != "" && len(e.Args) == 2 {
			return "(" + Format(e.Args[0]) + " " + op + " " + Format(e.Args[1]) + ")"
		}
		return e.Fn.Name + "(" + FormatList(e.Args) + ")"
	case *Cast:
		name := "cast"
		if e.Try {
			name = "try_cast"
		}
		return name + "(" + Format(e.Arg) + " as " + e.To.String() + ")"
	case *Case:
		var b strings.Builder
		b.WriteString("case")
		for _, w := range e.Whens {
			b.WriteString(" when " + Format(w.Cond) + " then " + Format(w.Then))
		}
		return b.String() + " else " + Format(e.Else) + " end"
	case *And:
		return "(" + join(e.Args, " and ") + ")"
	case *Or:
		return "(" + join(e.Args, " or ") + ")"
	case *Not:
		return "not " + Format(e.Arg)
	case *IsNull:
		if e.Negate {
			return Format(e.Arg) + " is not null"
		}
		return Format(e.Arg) + " is null"
	case *In:
		return formatIn(e)
	case *UDF:
		return e.Name + "(" + FormatList(e.Args) + ")"
	default:
		bug.Panicf("unknown expression %T", e)
		return ""
	}
}

func formatIn(e *In) string {
	parts := make([]string, len(e.Values), len(e.Values)+1)
	for i, v := range e.Values {
		parts[i] = v.String()
	}
	if e.HasNull {
		parts = append(parts, "NULL")
	}
	return Format(e.Arg) + " in (" + strings.Join(parts, ", ") + ")"
}

func join(list []Expr, sep string) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = Format(e)
	}
	return strings.Join(parts, sep)
}

// FormatList returns the expressions separated by commas.
func FormatList(list []Expr) string { return join(list, ", ") }

// Equal reports whether two expressions are the same tree. Columns and calls, which most are, are compared without being written out.
func Equal(a, b Expr) bool {
	if a == b {
		return true
	}
	switch x := a.(type) {
	case *Ref:
		y, ok := b.(*Ref)
		return ok && x.Col.ID == y.Col.ID && x.Col.Name == y.Col.Name
	case *Call:
		y, ok := b.(*Call)
		return ok && x.Fn.Name == y.Fn.Name && slices.EqualFunc(x.Args, y.Args, Equal)
	default:
		return Format(a) == Format(b)
	}
}

// Format returns the aggregate as text.
func (a Agg) Format() string {
	s := FormatList(a.Args)
	if a.Distinct {
		s = "distinct " + s
	}
	if len(a.Order) > 0 {
		s += " order by " + FormatKeys(a.Order)
	}
	s = a.Fn.Name + "(" + s + ")"
	if a.Filter != nil {
		s += " filter (" + Format(a.Filter) + ")"
	}
	return s
}

// FormatKeys returns sort keys as text.
func FormatKeys(keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = Format(k.Expr)
		if k.Desc {
			parts[i] += " desc"
		}
		if k.NullsFirst {
			parts[i] += " nulls first"
		}
	}
	return strings.Join(parts, ", ")
}

// Format returns the window call as text.
func (w Win) Format() string {
	s := w.Fn.Name + "(" + FormatList(w.Args) + ") over ("
	if len(w.Partition) > 0 {
		s += "partition by " + FormatList(w.Partition)
	}
	if len(w.Order) > 0 {
		s += " order by " + FormatKeys(w.Order)
	}
	return strings.TrimSpace(s) + ")"
}
