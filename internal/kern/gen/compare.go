package main

// compareOp is a comparison in its forms: on machine values, on floats under the
// total order, and on the result of a three-way comparison.
type compareOp struct {
	Name, Op, Doc string
	Total         string // of floats x and y
	Wide          string // of I128 x and y
	Equality      bool
}

var compareOps = []compareOp{
	{"Eq", "==", "a = b", "b2u(x == y) | b2u(x != x)&b2u(y != y)", "b2u((x.Lo^y.Lo)|uint64(x.Hi^y.Hi) == 0)", true},
	{"Ne", "!=", "a ≠ b", "b2u(x != y) &^ (b2u(x != x) & b2u(y != y))", "b2u((x.Lo^y.Lo)|uint64(x.Hi^y.Hi) != 0)", true},
	{"Lt", "<", "a < b", "(b2u(x >= y) | b2u(x != x)) ^ 1", "less128(x, y)", false},
	{"Le", "<=", "a ≤ b", "b2u(x <= y) | b2u(y != y)", "less128(y, x) ^ 1", false},
	{"Gt", ">", "a > b", "(b2u(x <= y) | b2u(y != y)) ^ 1", "less128(y, x)", false},
	{"Ge", ">=", "a ≥ b", "b2u(x >= y) | b2u(x != x)", "less128(x, y) ^ 1", false},
}

const compareText = `{{range .}}
// {{.Name}} sets bit i of dst to a[i] {{.Op}} b[i]. Floats compare as IEEE 754 has it; see Total{{.Name}}.
func {{.Name}}[T Number](dst []uint64, a, b []T) {
	b = b[:len(a)]
	if hasVectors && len(a) >= 64 {
		n := compareVector(dst, a, b, compare{{.Name}})
		dst, a, b = dst[n>>6:], a[n:], b[n:]
	}
	for ; len(a) >= 64; dst, a, b = dst[1:], a[64:], b[64:] {
		x, y := (*[64]T)(a), (*[64]T)(b)
		var m uint64
		for i := 0; i < 64; i += 8 {
			p, q := (*[8]T)(x[i:]), (*[8]T)(y[i:])
			m = m>>8 | ({{$o := .Op}}{{range eight}}{{if .}} | {{end}}b2u(p[{{.}}] {{$o}} q[{{.}}])<<{{.}}{{end}})<<56
		}
		dst[0] = m
	}
	if len(a) > 0 {
		var m uint64
		for i, x := range a {
			m |= b2u(x {{.Op}} b[i]) << (uint(i) & 63)
		}
		dst[0] = m
	}
}

// {{.Name}}Const sets bit i of dst to a[i] {{.Op}} b.
func {{.Name}}Const[T Number](dst []uint64, a []T, b T) {
	if hasVectors && len(a) >= 64 {
		n := compareConstVector(dst, a, b, compare{{.Name}})
		dst, a = dst[n>>6:], a[n:]
	}
	for ; len(a) >= 64; dst, a = dst[1:], a[64:] {
		x := (*[64]T)(a)
		var m uint64
		for i := 0; i < 64; i += 8 {
			p := (*[8]T)(x[i:])
			m = m>>8 | ({{range eight}}{{if .}} | {{end}}b2u(p[{{.}}] {{$o}} b)<<{{.}}{{end}})<<56
		}
		dst[0] = m
	}
	if len(a) > 0 {
		var m uint64
		for i, x := range a {
			m |= b2u(x {{.Op}} b) << (uint(i) & 63)
		}
		dst[0] = m
	}
}

// Total{{.Name}} is {{.Name}} under the total order in which NaN equals NaN and exceeds all
// other numbers, and -0 equals 0.
func Total{{.Name}}[T Float](dst []uint64, a, b []T) {
	b = b[:len(a)]
	for len(a) > 0 {
		n := min(len(a), 64)
		var m uint64
		q := b[:n]
		for i, x := range a[:n] {
			y := q[i]
			m |= ({{.Total}}) << (uint(i) & 63)
		}
		dst[0] = m
		dst, a, b = dst[1:], a[n:], b[n:]
	}
}
{{end}}`

// vectorType is an element type whose comparisons have vector instructions.
type vectorType struct {
	Type, Vector string
	Lanes        int
	Ops          []string // what the machine compares; the other comparisons are inverses or have the operands swapped
}

var vectorTypes = []vectorType{
	{"int32", "Int32x8", 8, []string{"Equal", "Greater"}},
	{"int64", "Int64x4", 4, []string{"Equal", "Greater"}},
	{"float64", "Float64x4", 4, []string{"Equal", "Less", "LessEqual"}},
}

const vectorCompareText = `{{range .}}{{$v := .}}{{range .Ops}}
// {{$v.Type}}{{.}} compares as many whole words of rows as dst has, and flips the results' bits by flip.
func {{$v.Type}}{{.}}(dst []uint64, a, b []{{$v.Type}}, flip uint64) {
	a, b = a[:64*len(dst)], b[:64*len(dst)]
	for w := range dst {
		x, y := (*[64]{{$v.Type}})(a[64*w:]), (*[64]{{$v.Type}})(b[64*w:])
		var m uint64
		for i := 0; i < 64; i += {{$v.Lanes}} {
			p, q := archsimd.Load{{$v.Vector}}((*[{{$v.Lanes}}]{{$v.Type}})(x[i:])), archsimd.Load{{$v.Vector}}((*[{{$v.Lanes}}]{{$v.Type}})(y[i:]))
			m = m>>{{$v.Lanes}} | uint64(p.{{.}}(q).ToBits())<<(64-{{$v.Lanes}})
		}
		dst[w] = m ^ flip
	}
	archsimd.ClearAVXUpperBits()
}

// {{$v.Type}}{{.}}Const is {{$v.Type}}{{.}} with one right operand; swapped makes it the left one.
func {{$v.Type}}{{.}}Const(dst []uint64, a []{{$v.Type}}, b {{$v.Type}}, swapped bool, flip uint64) {
	a = a[:64*len(dst)]
	q := archsimd.Broadcast{{$v.Vector}}(b)
	if swapped {
		for w := range dst {
			x := (*[64]{{$v.Type}})(a[64*w:])
			var m uint64
			for i := 0; i < 64; i += {{$v.Lanes}} {
				m = m>>{{$v.Lanes}} | uint64(q.{{.}}(archsimd.Load{{$v.Vector}}((*[{{$v.Lanes}}]{{$v.Type}})(x[i:]))).ToBits())<<(64-{{$v.Lanes}})
			}
			dst[w] = m ^ flip
		}
		archsimd.ClearAVXUpperBits()
		return
	}
	for w := range dst {
		x := (*[64]{{$v.Type}})(a[64*w:])
		var m uint64
		for i := 0; i < 64; i += {{$v.Lanes}} {
			m = m>>{{$v.Lanes}} | uint64(archsimd.Load{{$v.Vector}}((*[{{$v.Lanes}}]{{$v.Type}})(x[i:])).{{.}}(q).ToBits())<<(64-{{$v.Lanes}})
		}
		dst[w] = m ^ flip
	}
	archsimd.ClearAVXUpperBits()
}
{{end}}{{end}}`

const compareWideText = `{{range .}}
// {{.Name}}I128 sets bit i of dst to {{.Doc}} at row i.
func {{.Name}}I128(dst []uint64, a, b []I128) {
	b = b[:len(a)]
	for len(a) > 0 {
		n := min(len(a), 64)
		var m uint64
		q := b[:n]
		for i, x := range a[:n] {
			y := q[i]
			m |= ({{.Wide}}) << (uint(i) & 63)
		}
		dst[0] = m
		dst, a, b = dst[1:], a[n:], b[n:]
	}
}

// {{.Name}}I128Const is {{.Name}}I128 with one right operand.
func {{.Name}}I128Const(dst []uint64, a []I128, b I128) {
	y := b
	for len(a) > 0 {
		n := min(len(a), 64)
		var m uint64
		for i, x := range a[:n] {
			m |= ({{.Wide}}) << (uint(i) & 63)
		}
		dst[0] = m
		dst, a = dst[1:], a[n:]
	}
}
{{if not .Equality}}
// {{.Name}}View sets bit i of dst to {{.Doc}} at row i, in the order of bytes.
func {{.Name}}View(dst []uint64, a []View, abufs [][]byte, b []View, bbufs [][]byte) {
	b = b[:len(a)]
	for len(a) > 0 {
		n := min(len(a), 64)
		var m uint64
		q := b[:n]
		for i, x := range a[:n] {
			m |= b2u(CompareView(x, abufs, q[i], bbufs) {{.Op}} 0) << (uint(i) & 63)
		}
		dst[0] = m
		dst, a, b = dst[1:], a[n:], b[n:]
	}
}

// {{.Name}}ViewConst is {{.Name}}View with one right operand.
func {{.Name}}ViewConst(dst []uint64, a []View, abufs [][]byte, b View, bbufs [][]byte) {
	for len(a) > 0 {
		n := min(len(a), 64)
		var m uint64
		for i, x := range a[:n] {
			m |= b2u(CompareView(x, abufs, b, bbufs) {{.Op}} 0) << (uint(i) & 63)
		}
		dst[0] = m
		dst, a = dst[1:], a[n:]
	}
}
{{end}}{{end}}`
