package ast

import (
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/internal/bug"
)

// Format returns the canonical SQL of a node: an Expr, Statement, Body, TableRef or *TypeName. Operators are fully
// parenthesised, keywords in upper case, names quoted where they must be. Parsing the result gives a tree that prints the same.
func Format(n Node) string {
	var p printer
	p.node(n)
	return p.b.String()
}

// FormatIdent returns a name as SQL, in double quotes if it is a keyword or not a plain word.
func FormatIdent(name string) string {
	if plainWord(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// FormatString returns a string as a SQL literal.
func FormatString(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// plainWord reports whether a name reads back as itself without quotes.
func plainWord(s string) bool {
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return Keyword(strings.ToLower(s)) == NotKeyword
}

// printer writes SQL. In naming mode it writes expressions the way unnamed columns are called.
type printer struct {
	b      strings.Builder
	naming bool
}

func (p *printer) s(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

// opt writes text, if cond holds.
func (p *printer) opt(cond bool, text string) {
	if cond {
		p.b.WriteString(text)
	}
}

func (p *printer) int(v int64) { p.b.WriteString(strconv.FormatInt(v, 10)) }

func (p *printer) ident(id Ident) { p.b.WriteString(FormatIdent(id.Name)) }

func (p *printer) name(n Name) {
	for i, id := range n {
		p.opt(i > 0, ".")
		p.ident(id)
	}
}

func (p *printer) str(s string) { p.b.WriteString(FormatString(s)) }

// each calls f for every index below n and writes commas between.
func (p *printer) each(n int, f func(i int)) {
	for i := range n {
		p.opt(i > 0, ", ")
		f(i)
	}
}

func (p *printer) idents(ids []Ident) { p.each(len(ids), func(i int) { p.ident(ids[i]) }) }

// identList writes a parenthesised list with a blank before it, or nothing when it is empty.
func (p *printer) identList(ids []Ident) {
	if len(ids) > 0 {
		p.s(" (")
		p.idents(ids)
		p.s(")")
	}
}

func (p *printer) exprs(list []Expr) { p.each(len(list), func(i int) { p.expr(list[i]) }) }

func (p *printer) node(n Node) {
	switch n := n.(type) {
	case nil:
	case Expr:
		p.expr(n)
	case *Query:
		p.query(n)
	case Statement:
		p.statement(n)
	case Body:
		p.body(n)
	case TableRef:
		p.table(n)
	case *TypeName:
		p.typeName(n)
	case *Window:
		p.window(n)
	default:
		p.unknown(n)
	}
}

// unknown makes a node that the printer lacks visible; the tests print every kind of node.
func (p *printer) unknown(n any) { p.s("<", bug.Errorf("ast: cannot print %T", n).Error(), ">") }

// canonicalTypes are the type names that are keywords of the grammar, and so stand without quotes.
var canonicalTypes = map[string]bool{
	"INTEGER": true, "SMALLINT": true, "BIGINT": true, "FLOAT": true, "DOUBLE": true, "DECIMAL": true, "BOOLEAN": true,
	"VARCHAR": true, "BIT": true, "INTERVAL": true, "TIME": true, "TIMESTAMP": true, "TIME WITH TIME ZONE": true,
	"TIMESTAMP WITH TIME ZONE": true, "TIMESTAMP_S": true, "TIMESTAMP_MS": true, "TIMESTAMP_NS": true,
}

func (p *printer) typeName(t *TypeName) {
	switch t.Kind {
	case TypeList:
		p.typeName(t.Elem)
		p.s("[]")
	case TypeArray:
		p.typeName(t.Elem)
		p.s("[")
		p.int(t.Size)
		p.s("]")
	case TypeStruct, TypeUnion:
		p.s(t.Name, "(")
		p.each(len(t.Fields), func(i int) {
			if t.Fields[i].Name.Name == "" {
				p.typeName(t.Fields[i].Type)
				return
			}
			p.ident(t.Fields[i].Name)
			p.s(" ")
			p.typeName(t.Fields[i].Type)
		})
		p.s(")")
	case TypeMap:
		p.s("MAP(")
		p.typeName(t.Key)
		p.s(", ")
		p.typeName(t.Elem)
		p.s(")")
	case TypeEnum:
		p.s("ENUM(")
		if t.Values != nil {
			p.query(t.Values)
		}
		p.each(len(t.Labels), func(i int) { p.str(t.Labels[i]) })
		p.s(")")
	case TypePlain:
		p.plainType(t)
	}
}

func (p *printer) plainType(t *TypeName) {
	if len(t.Qualifier) > 0 {
		p.name(t.Qualifier)
		p.s(".")
	}
	if canonicalTypes[t.Name] && len(t.Qualifier) == 0 {
		p.s(t.Name)
	} else {
		p.s(FormatIdent(t.Name))
	}
	if n := len(t.Args); n+len(t.Labels) > 0 {
		p.s("(")
		p.each(n+len(t.Labels), func(i int) {
			if i < n {
				p.int(t.Args[i])
			} else {
				p.str(t.Labels[i-n])
			}
		})
		p.s(")")
	}
}
