package parse

import (
	"strings"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// clauseWords are the keywords that a misspelt word in the middle of a statement may have meant.
var clauseWords = []string{"SELECT", "FROM", "WHERE", "GROUP", "ORDER", "BY", "HAVING", "LIMIT", "OFFSET", "UNION", "INTERSECT",
	"EXCEPT", "DISTINCT", "QUALIFY", "WINDOW", "PARTITION", "OVER", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "USING",
	"VALUES", "INTO", "BETWEEN", "LIKE", "ILIKE", "CASE", "WHEN", "THEN", "ELSE", "END", "AND", "RETURNING", "NULLS",
	"FIRST", "LAST", "FILTER", "TABLE", "VIEW"}

// statementWords are the keywords that a misspelt first word may have meant.
var statementWords = []string{"SELECT", "FROM", "WITH", "VALUES", "CREATE", "DROP", "INSERT", "UPDATE", "DELETE", "COPY", "DESCRIBE",
	"SUMMARIZE", "SHOW", "EXPLAIN", "SET", "RESET", "PRAGMA", "PIVOT", "UNPIVOT", "PREPARE", "EXECUTE", "ALTER"}

// misspelt returns the token to blame for a syntax error, and a hint. A misspelt keyword reads as an alias, so that the
// error shows only at the word after it: then the word before the current token is to blame.
func (p *parser) misspelt() (*token, string) {
	cur := p.cur()
	words := clauseWords
	if p.i == 0 || p.toks[p.i-1].id == opSemicolon {
		words = statementWords
	}
	if word := p.nearest(cur, words); word != "" {
		return cur, "did you mean " + word + "?"
	}
	if p.i > 0 {
		prev := &p.toks[p.i-1]
		if word := p.nearest(prev, clauseWords); word != "" {
			return prev, "did you mean " + word + "?"
		}
	}
	return cur, ""
}

// nearest returns the keyword that t, an ordinary word, is a likely misspelling of, or "".
func (p *parser) nearest(t *token, words []string) string {
	if t.kind != Word || t.class != ast.NotKeyword {
		return ""
	}
	word := strings.ToUpper(p.text(t))
	near := fault.Nearest(word, words)
	switch {
	case near == "" || near == word:
		return ""
	case oneSlip(word, near):
		return near
	case len(word) >= 6 && len(near) >= 6 && word[0] == near[0]:
		return near
	}
	return ""
}

// oneSlip reports whether a becomes b by one inserted, dropped or changed letter, or by swapping two neighbours.
func oneSlip(a, b string) bool {
	if len(a) < 3 || len(b) < 3 {
		return false
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case len(a) == 0 || len(b) == 0:
		return len(a)+len(b) <= 1
	case a[1:] == b[1:], a[1:] == b, a == b[1:]:
		return true
	}
	return len(a) >= 2 && len(b) >= 2 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
}
