package main

// arithOp is an operator over x and y that cannot fail.
type arithOp struct {
	Name, Type, Expr, Doc string
	Swaps                 bool // x∘y = y∘x, so there is no const⊕slice form
}

var arithOps = []arithOp{
	{"Add", "Number", "x + y", "is a + b; integers wrap", true},
	{"Sub", "Number", "x - y", "is a - b; integers wrap", false},
	{"Mul", "Number", "x * y", "is a * b; integers wrap", true},
	{"Div", "Float", "x / y", "is a / b as IEEE 754 has it, division by zero included", false},
	{"BitAnd", "Integer", "x & y", "is a & b", true},
	{"BitOr", "Integer", "x | y", "is a | b", true},
	{"BitXor", "Integer", "x ^ y", "is a ^ b", true},
	{"Shl", "Integer", "x << uint64(y)", "is a << b; a count that is negative or not below the width gives 0", false},
	{"Shr", "Integer", "x >> uint64(y)", "is a >> b; a count that is negative or not below the width gives 0, or -1 for a negative a", false},
	{"Least", "Integer", "min(x, y)", "is the smaller of a and b", true},
	{"Greatest", "Integer", "max(x, y)", "is the larger of a and b", true},
}

const arithText = `{{range .}}
// {{.Name}} {{.Doc}}.
func {{.Name}}[T {{.Type}}](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, x := range a {
		y := b[i]
		dst[i] = {{.Expr}}
	}
}

// {{.Name}}Const is {{.Name}} with one right operand for all rows.
func {{.Name}}Const[T {{.Type}}](dst, a []T, b T) {
	a = a[:len(dst)]
	y := b
	for i, x := range a {
		dst[i] = {{.Expr}}
	}
}
{{if not .Swaps}}
// Const{{.Name}} is {{.Name}} with one left operand for all rows.
func Const{{.Name}}[T {{.Type}}](dst []T, a T, b []T) {
	b = b[:len(dst)]
	x := a
	for i, y := range b {
		dst[i] = {{.Expr}}
	}
}
{{end}}{{end}}`

// checkedOp is an integer operator with the expressions whose top bit tells
// overflow, for signed and unsigned operands x and y and their wrapped result r.
type checkedOp struct {
	Name, Expr, Signed, Unsigned string
	Swaps                        bool
}

var checkedOps = []checkedOp{
	{"Add", "x + y", "(r ^ x) & (r ^ y)", "x&y | (x|y)&^r", true},
	{"Sub", "x - y", "(x ^ y) & (x ^ r)", "^x&y | (^x|y)&r", false},
}

const checkedText = `{{range .}}
// {{.Name}}Checked is {{.Name}} that returns the first valid row whose result does not
// fit T, or -1. dst must not overlap an operand; on overflow it holds wrapped values.
func {{.Name}}Checked[T Integer](dst, a, b []T, valid []uint64) int {
	a, b = a[:len(dst)], b[:len(dst)]
	var o T
	if isSigned[T]() {
		for i, x := range a {
			y := b[i]
			r := {{.Expr}}
			dst[i] = r
			o |= {{.Signed}}
		}
	} else {
		for i, x := range a {
			y := b[i]
			r := {{.Expr}}
			dst[i] = r
			o |= {{.Unsigned}}
		}
	}
	if o&topBit[T]() == 0 {
		return -1
	}
	for i, x := range a {
		if bitAt(valid, i) && over{{.Name}}(x, b[i]) {
			return i
		}
	}
	return -1
}

// {{.Name}}ConstChecked is {{.Name}}Checked with one right operand.
func {{.Name}}ConstChecked[T Integer](dst, a []T, b T, valid []uint64) int {
	a = a[:len(dst)]
	y := b
	var o T
	if isSigned[T]() {
		for i, x := range a {
			r := {{.Expr}}
			dst[i] = r
			o |= {{.Signed}}
		}
	} else {
		for i, x := range a {
			r := {{.Expr}}
			dst[i] = r
			o |= {{.Unsigned}}
		}
	}
	if o&topBit[T]() == 0 {
		return -1
	}
	for i, x := range a {
		if bitAt(valid, i) && over{{.Name}}(x, y) {
			return i
		}
	}
	return -1
}
{{if not .Swaps}}
// Const{{.Name}}Checked is {{.Name}}Checked with one left operand.
func Const{{.Name}}Checked[T Integer](dst []T, a T, b []T, valid []uint64) int {
	b = b[:len(dst)]
	x := a
	var o T
	if isSigned[T]() {
		for i, y := range b {
			r := {{.Expr}}
			dst[i] = r
			o |= {{.Signed}}
		}
	} else {
		for i, y := range b {
			r := {{.Expr}}
			dst[i] = r
			o |= {{.Unsigned}}
		}
	}
	if o&topBit[T]() == 0 {
		return -1
	}
	for i, y := range b {
		if bitAt(valid, i) && over{{.Name}}(x, y) {
			return i
		}
	}
	return -1
}
{{end}}
// over{{.Name}} reports whether x and y overflow.
func over{{.Name}}[T Integer](x, y T) bool {
	r := {{.Expr}}
	if isSigned[T]() {
		return {{.Signed}} < 0
	}
	return ({{.Unsigned}})&topBit[T]() != 0
}
{{end}}`

// intDivOp is an integer division over x and y with y not 0.
type intDivOp struct {
	Name, Doc, Expr string
	Fix             string // what turns the truncated result into the floored one
	Quot            bool   // the result is a quotient, which overflows at min / -1
}

var intDivOps = []intDivOp{
	{"DivTrunc", "is a / b rounded towards zero", "x / d", "", true},
	{"DivFloor", "is a / b rounded down", "x / d", "if m := x % d; m != 0 && (m^d) < 0 {\nr--\n}\n", true},
	{"ModTrunc", "is a - b*trunc(a/b): it has the sign of a", "x % d", "", false},
	{"ModFloor", "is a - b*floor(a/b): it has the sign of b", "x % d", "if r != 0 && (r^d) < 0 {\nr += d\n}\n", false},
}

const intDivText = `{{range .}}
// {{.Name}} {{.Doc}}. Bit i of ok tells whether b[i] is not 0; where it
// is 0, dst is 0.{{if .Quot}} The result is the first valid row of min / -1, which wraps, or -1.{{end}}
func {{.Name}}[T Integer](dst, a, b []T, ok{{if .Quot}}, valid{{end}} []uint64) {{if .Quot}}int {{end}}{
	a, b = a[:len(dst)], b[:len(dst)]
	{{if .Quot}}first, low := -1, topBit[T]()
	{{end}}var m uint64
	for i, x := range a {
		y := b[i]
		zero := b2u(y == 0)
		m |= (zero ^ 1) << (uint(i) & 63)
		if i&63 == 63 {
			ok[i>>6], m = m, 0
		}
		d := y | T(zero)
		r := {{.Expr}}
		{{.Fix}}{{if .Quot}}if isSigned[T]() && d == ^T(0) && x == low && first < 0 && bitAt(valid, i) {
			first = i
		}
		{{end}}dst[i] = r & (T(zero) - 1)
	}
	if len(a)&63 != 0 {
		ok[len(a)>>6] = m
	}
	{{if .Quot}}return first
	{{end}}}

// Const{{.Name}} is {{.Name}} with one left operand.
func Const{{.Name}}[T Integer](dst []T, a T, b []T, ok{{if .Quot}}, valid{{end}} []uint64) {{if .Quot}}int {{end}}{
	b = b[:len(dst)]
	{{if .Quot}}first, low := -1, topBit[T]()
	{{end}}x := a
	var m uint64
	for i, y := range b {
		zero := b2u(y == 0)
		m |= (zero ^ 1) << (uint(i) & 63)
		if i&63 == 63 {
			ok[i>>6], m = m, 0
		}
		d := y | T(zero)
		r := {{.Expr}}
		{{.Fix}}{{if .Quot}}if isSigned[T]() && d == ^T(0) && x == low && first < 0 && bitAt(valid, i) {
			first = i
		}
		{{end}}dst[i] = r & (T(zero) - 1)
	}
	if len(b)&63 != 0 {
		ok[len(b)>>6] = m
	}
	{{if .Quot}}return first
	{{end}}}
{{end}}`
