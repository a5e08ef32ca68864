package fn

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/sig"
)

// reader reads the small language of testdata: calls, literals, typed literals, casts with ::, lists and structs.
type reader struct {
	s  string
	at int
}

// call is a node: a function of arguments, a list, or a value.
type call struct {
	name string
	args []*call
	lit  *data.Scalar
	bare bool
	cast string
}

func (r *reader) space() {
	for r.at < len(r.s) && r.s[r.at] == ' ' {
		r.at++
	}
}

func (r *reader) take(text string) bool {
	r.space()
	if strings.HasPrefix(r.s[r.at:], text) {
		r.at += len(text)
		return true
	}
	return false
}

func (r *reader) expr() *call {
	c := r.primary()
	for r.take("::") {
		c = &call{cast: r.typeName(), args: []*call{c}}
	}
	return c
}

func (r *reader) typeName() string {
	from := r.at
	for r.at < len(r.s) && (r.s[r.at] == '_' || r.s[r.at] >= 'a' && r.s[r.at] <= 'z' || r.s[r.at] >= '0' && r.s[r.at] <= '9') {
		r.at++
	}
	if r.at < len(r.s) && r.s[r.at] == '(' {
		r.at += strings.IndexByte(r.s[r.at:], ')') + 1
	}
	for strings.HasPrefix(r.s[r.at:], "[]") {
		r.at += 2
	}
	return r.s[from:r.at]
}

func (r *reader) text() string {
	var b strings.Builder
	for r.at++; ; r.at++ {
		if r.s[r.at] == '\'' {
			if r.at+1 < len(r.s) && r.s[r.at+1] == '\'' {
				r.at++
			} else {
				r.at++
				return b.String()
			}
		}
		b.WriteByte(r.s[r.at])
	}
}

func (r *reader) list(end string) []*call {
	var out []*call
	for !r.take(end) {
		out = append(out, r.expr())
		r.take(",")
	}
	return out
}

func (r *reader) primary() *call {
	r.space()
	switch c := r.s[r.at]; {
	case c == '\'':
		s := data.StringScalar(r.text())
		return &call{lit: &s, bare: true}
	case c == '[':
		r.at++
		return &call{name: "list_value", args: r.list("]")}
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	case c == '"':
		end := strings.IndexByte(r.s[r.at+1:], '"') + r.at + 1
		name := r.s[r.at+1 : end]
		r.at = end + 2
		return &call{name: name, args: r.list(")")}
	}
	name := r.typeName0()
	switch {
	case strings.EqualFold(name, "null"):
		s := data.NullScalar(dtype.Type{})
		return &call{lit: &s}
	case name == "true" || name == "false":
		s := data.BoolScalar(name == "true")
		return &call{lit: &s}
	case r.take("("):
		return &call{name: name, args: r.list(")")}
	}
	r.space()
	s := data.StringScalar(r.text())
	return &call{cast: name, args: []*call{{lit: &s, bare: true}}}
}

// typeName0 reads a plain name.
func (r *reader) typeName0() string {
	from := r.at
	for r.at < len(r.s) && (r.s[r.at] == '_' || r.s[r.at]|32 >= 'a' && r.s[r.at]|32 <= 'z' || r.s[r.at] >= '0' && r.s[r.at] <= '9') {
		r.at++
	}
	return r.s[from:r.at]
}

func (r *reader) number() *call {
	from := r.at
	r.at++
	for r.at < len(r.s) && strings.IndexByte("0123456789.e", r.s[r.at]) >= 0 {
		r.at++
	}
	text := r.s[from:r.at]
	if strings.Contains(text, "e") {
		v, _ := strconv.ParseFloat(text, 64)
		s := data.FloatScalar(v)
		return &call{lit: &s}
	}
	whole, frac, point := strings.Cut(text, ".")
	v, _ := strconv.ParseInt(whole+frac, 10, 64)
	t := dtype.Of(dtype.Int32)
	switch {
	case point:
		t = dtype.DecimalOf(len(strings.TrimLeft(whole+frac, "-")), len(frac))
	case v != int64(int32(v)):
		t = dtype.Of(dtype.Int64)
	}
	s := data.IntScalar(t, v)
	return &call{lit: &s, bare: !point}
}

// form says how arguments are stored in a test.
type form int

const (
	constants form = iota
	flats
	dicts
)

// value is an evaluated node.
type value struct {
	col  *data.Column
	lit  *data.Scalar
	bare bool
}

const oracleRows = 5

var oracleSettings = &Settings{NowMicros: 1_600_000_000_000_000, DivisionZeroNull: false}

func typeOfName(t *testing.T, name string) dtype.Type {
	if inner, ok := strings.CutSuffix(name, "[]"); ok {
		return dtype.ListOf(typeOfName(t, inner))
	}
	name, rest, _ := strings.Cut(name, "(")
	var args []int
	for _, p := range strings.Split(strings.TrimSuffix(rest, ")"), ",") {
		if k, err := strconv.Atoi(strings.TrimSpace(p)); err == nil {
			args = append(args, k)
		}
	}
	out, err := dtype.Named(name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// eval computes a node. Literals and casts of literals stay constants for the resolver, as they do in a query, while columns take the form.
func (c *call) eval(t *testing.T, how form) (value, error) {
	s := &compute.Scratch{}
	switch {
	case c.lit != nil:
		return value{col: data.ConstColumn(*c.lit, oracleRows), lit: c.lit, bare: c.bare}, nil
	case c.cast != "":
		v, err := c.args[0].eval(t, how)
		if err != nil {
			return v, err
		}
		col, err := compute.Cast(s, v.col, typeOfName(t, c.cast), false)
		if err != nil {
			return v, err
		}
		lit := col.Value(0)
		return value{col: col, lit: &lit}, nil
	}
	vals := make([]value, len(c.args))
	args := make([]sig.Arg, len(c.args))
	for i, a := range c.args {
		v, err := a.eval(t, how)
		if err != nil {
			return v, err
		}
		vals[i] = v
		args[i] = sig.Arg{Type: v.col.Type, Lit: v.lit, Bare: v.bare}
	}
	r, err := sig.ResolveLit(c.name, args, sig.ScalarKind)
	if err != nil {
		return value{}, err
	}
	maker, _ := Get(r.Fn.ID)
	cols, consts := make([]*data.Column, len(args)), make([]*data.Column, len(args))
	for i, v := range vals {
		col := v.col
		if !col.Type.Equal(r.Args[i]) {
			if col, err = compute.Cast(s, col, r.Args[i], false); err != nil {
				return value{}, err
			}
		}
		one := data.ConstColumn(col.Value(0), 1)
		switch {
		case how == constants || r.Fn.RetLit != nil && vals[i].lit != nil && (i == 0) == (r.Fn.Name == "date_part") || i > 0 && how == dicts || r.Fn.Params != nil && i < len(r.Fn.Params) && r.Fn.Params[i].Constant:
			consts[i] = one
			col = data.ConstColumn(col.Value(0), oracleRows)
		case how == dicts && !col.IsNull(0) && col.Type.Kind != dtype.Null:
			col = dictOf(col)
		default:
			col = col.Flatten()
		}
		cols[i] = col
	}
	impl, err := maker(consts, r.Ret)
	if err != nil {
		return value{}, err
	}
	out, err := impl(&Ctx{Scratch: s, Ret: r.Ret, Settings: oracleSettings}, cols, oracleRows)
	if err != nil {
		return value{}, err
	}
	if !out.Type.Equal(r.Ret) || out.Len != oracleRows {
		return value{}, fmt.Errorf("%s returned %d rows of %s instead of %d of %s", r.Fn.ID, out.Len, out.Type, oracleRows, r.Ret)
	}
	if how == constants && len(args) > 0 && out.Form != data.Const && !r.Fn.Has(sig.Volatile) {
		return value{}, fmt.Errorf("%s of constants is not Const", r.Fn.ID)
	}
	lit := out.Value(0)
	return value{col: out, lit: &lit}, nil
}

// dictOf stores a column as two dictionary values of which it uses the second.
func dictOf(c *data.Column) *data.Column {
	b := data.NewBuilder(c.Type, 2)
	flat := c.Flatten()
	b.AppendColumn(flat, []uint32{0, 0})
	codes := make([]uint32, oracleRows)
	for i := range codes {
		codes[i] = uint32(i % 2)
	}
	return data.DictColumn(b.Build(), codes, nil)
}

func show(v value) string {
	if v.col.IsNull(1) {
		return "NULL"
	}
	return strings.NewReplacer("\\", "\\\\", "\n", "\\n").Replace(string(data.AppendText(nil, v.col, 1)))
}

// TestResultsAreDuckDBs evaluates each line of testdata/duckdb.txt, "expression → result → type" or "expression → error", with constant,
// flat and dictionary arguments. The expected results are those of DuckDB 2.0; lines that begin with ! differ from it on purpose.
func TestResultsAreDuckDBs(t *testing.T) {
	f, err := os.Open("testdata/duckdb.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, n := bufio.NewScanner(f), 0
	for lines.Scan() {
		line := strings.TrimPrefix(lines.Text(), "! ")
		if line == "" || line[0] == '#' {
			continue
		}
		n++
		parts := strings.Split(line, " → ")
		for _, how := range []form{constants, flats, dicts} {
			r := reader{s: parts[0]}
			v, err := r.expr().eval(t, how)
			got := []string{parts[0], "error"}
			if err == nil {
				got = []string{parts[0], show(v), v.col.Type.String()}
			}
			if strings.Join(got, " → ") != line {
				t.Errorf("form %d: %s\n   got: %s (%v)", how, line, strings.Join(got[1:], " → "), err)
				break
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d lines were tested", n)
	}
}
