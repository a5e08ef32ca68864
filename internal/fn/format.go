package fn

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// Format is format and printf.
var Format = &Set{add: func(register adder) {
	register(map[string]Maker{
		"format.string_any": formatter(parseBraces),
		"printf.string_any": formatter(parsePercent),
	})
}}

// fieldSpec says how an argument is written; literal pieces have arg -1.
type fieldSpec struct {
	lit       string
	arg       int
	fill      rune
	align     byte // '<', '>', '^' or 0: by type
	sign      byte // '+', ' ' or 0
	alternate bool
	zero      bool
	group     byte // separator of thousands, or 0
	width     int
	precision int  // -1: none
	verb      byte // d x X o b e E f F g G s c, or 0: by type
}

// formatter parses a constant pattern once.
func formatter(parse func(string) ([]fieldSpec, error)) Maker {
	return func(consts []*data.Column, _ dtype.Type) (Impl, error) {
		var fixed []fieldSpec
		if text, ok := constText(consts[0]); ok {
			f, err := checkFields(parse, text, len(consts)-1)
			if err != nil {
				return nil, err
			}
			fixed = f
		}
		return strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
			pattern := textsOf(args[0])
			return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
				fields := fixed
				if fields == nil {
					var err error
					if fields, err = checkFields(parse, str(pattern.at(i)), len(args)-1); err != nil {
						return nil, false, err
					}
				}
				for k := range fields {
					if fields[k].arg < 0 {
						dst = append(dst, fields[k].lit...)
						continue
					}
					out, err := fields[k].append(dst, args[1+fields[k].arg], i)
					if err != nil {
						return nil, false, err
					}
					dst = out
				}
				return dst, true, nil
			})
		}), nil
	}
}

// checkFields parses a pattern and checks that it asks for arguments that exist.
func checkFields(parse func(string) ([]fieldSpec, error), text string, have int) ([]fieldSpec, error) {
	fields, err := parse(text)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.arg >= have {
			return nil, fault.New(fault.Value, "the pattern %s asks for argument %d of %d", fault.Quote(text), f.arg+1, have)
		}
	}
	return append([]fieldSpec{}, fields...), nil
}

func badPattern(text string) error {
	return fault.New(fault.Value, "bad format pattern %s", fault.Quote(text))
}

// parseBraces reads {}, {1}, {:>8}, {:,}, {:.2f} and {{ }}.
func parseBraces(text string) ([]fieldSpec, error) {
	var out []fieldSpec
	next := 0
	for s := text; s != ""; {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			return append(out, fieldSpec{lit: s, arg: -1}), nil
		}
		out = append(out, fieldSpec{lit: s[:i], arg: -1})
		if i+1 < len(s) && s[i+1] == s[i] {
			out = append(out, fieldSpec{lit: s[i : i+1], arg: -1})
			s = s[i+2:]
			continue
		}
		end := strings.IndexByte(s[i:], '}')
		if s[i] == '}' || end < 0 {
			return nil, badPattern(text)
		}
		name, spec, _ := strings.Cut(s[i+1:i+end], ":")
		f := fieldSpec{arg: next, precision: -1, fill: ' '}
		if name != "" {
			k, err := strconv.Atoi(name)
			if err != nil || k < 0 {
				return nil, badPattern(text)
			}
			f.arg = k
		} else {
			next++
		}
		if !f.parseSpec(spec) {
			return nil, badPattern(text)
		}
		out = append(out, f)
		s = s[i+end+1:]
	}
	return out, nil
}

// parseSpec reads [[fill]align][sign][#][0][width][,][.precision][verb]. The separator of thousands may also be any character behind a t; n and L, which
// ask for the separators of a country, are those of none.
func (f *fieldSpec) parseSpec(s string) bool {
	if r, size := utf8.DecodeRuneInString(s); size > 0 && size < len(s) && strings.IndexByte("<>^", s[size]) >= 0 {
		f.fill, f.align, s = r, s[size], s[size+1:]
	} else if s != "" && strings.IndexByte("<>^", s[0]) >= 0 {
		f.align, s = s[0], s[1:]
	}
	for s != "" && strings.IndexByte("+- #0", s[0]) >= 0 {
		f.flag(s[0])
		s = s[1:]
	}
	s = f.parseWidth(s)
	chosen := len(s) > 1 && s[0] == 't'
	if chosen {
		s = s[1:]
	}
	if chosen || s != "" && (s[0] == ',' || s[0] == '_' || s[0] == '\'') {
		f.group, s = s[0], s[1:]
	}
	s = f.parsePrecision(s)
	if s != "" {
		f.verb, s = s[0], s[1:]
	}
	if f.verb == 'n' || f.verb == 'L' || chosen && f.verb == 's' {
		f.verb = 0
	}
	return s == "" && (f.verb == 0 || strings.IndexByte("dxXobeEfFgGsc", f.verb) >= 0)
}

func (f *fieldSpec) flag(b byte) {
	switch b {
	case '+', ' ':
		f.sign = b
	case '#':
		f.alternate = true
	case '0':
		f.zero = true
	}
}

func (f *fieldSpec) parseWidth(s string) string {
	for s != "" && s[0] >= '0' && s[0] <= '9' && f.width < 1_000_000 {
		f.width, s = f.width*10+int(s[0]-'0'), s[1:]
	}
	return s
}

func (f *fieldSpec) parsePrecision(s string) string {
	if s == "" || s[0] != '.' {
		return s
	}
	f.precision = 0
	for s = s[1:]; s != "" && s[0] >= '0' && s[0] <= '9' && f.precision < 1_000; s = s[1:] {
		f.precision = f.precision*10 + int(s[0]-'0')
	}
	return s
}

// parsePercent reads %d, %5.2f, %-8s, %'d, %.d, %% and the like.
func parsePercent(text string) ([]fieldSpec, error) {
	var out []fieldSpec
	next := 0
	for s := text; s != ""; {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			return append(out, fieldSpec{lit: s, arg: -1}), nil
		}
		out = append(out, fieldSpec{lit: s[:i], arg: -1})
		s = s[i+1:]
		if strings.HasPrefix(s, "%") {
			out = append(out, fieldSpec{lit: "%", arg: -1})
			s = s[1:]
			continue
		}
		f := fieldSpec{arg: next, precision: -1, fill: ' ', align: '>'}
		next++
		for s != "" && strings.IndexByte("-+ #0',_", s[0]) >= 0 {
			switch s[0] {
			case '-':
				f.align = '<'
			case '\'', ',', '_':
				f.group = s[0]
			default:
				f.flag(s[0])
			}
			s = s[1:]
		}
		s = f.parseWidth(s)
		bare := len(s) > 1 && s[0] == '.' && (s[1] < '0' || s[1] > '9')
		s = strings.TrimLeft(f.parsePrecision(s), "lhqjzt")
		if s == "" || strings.IndexByte("diuxXobeEfFgGsc", s[0]) < 0 {
			return nil, badPattern(text)
		}
		if f.verb = s[0]; f.verb == 'i' || f.verb == 'u' {
			f.verb = 'd'
		}
		if bare && f.verb == 'd' { // of integers, which have no precision, the point is the separator of thousands
			f.group, f.precision = '.', -1
		}
		f.zero = f.zero && f.align != '<'
		out = append(out, f)
		s = s[1:]
	}
	return out, nil
}

// append writes row i of a.
func (f *fieldSpec) append(dst []byte, a *data.Column, i int) ([]byte, error) {
	t := a.Type
	body, numeric := "", true
	switch {
	case f.verb == 's' || f.verb == 0 && !t.IsNumeric() || !t.IsNumeric() && t.Kind != dtype.Bool:
		if f.verb != 0 && (f.verb == 's') == t.IsNumeric() {
			return nil, fault.New(fault.Type, "the format %c does not fit a value of type %s", f.verb, t)
		}
		body, numeric = string(appendScalarText(nil, a, i)), false
		if f.precision >= 0 {
			body = body[:runeOffset([]byte(body), int64(f.precision))]
		}
	case (t.IsFloat() || t.Kind == dtype.Decimal) && f.verb != 0 && strings.IndexByte("dxXobc", f.verb) >= 0:
		return nil, fault.New(fault.Type, "the format %c does not fit a value of type %s", f.verb, t)
	case t.IsFloat() || t.Kind == dtype.Decimal || strings.IndexByte("eEfFgG", f.verb) >= 0 && f.verb != 0:
		body = f.float(a, i)
	default:
		v := big.NewInt(0)
		if t.Kind == dtype.Bool {
			v.SetUint64(bit(a.Value(i).Bool()))
		} else {
			v.SetString(intAt(a, i).String(), 10)
		}
		if f.verb == 'c' {
			body, numeric = string(rune(v.Int64())), false
			break
		}
		body = f.integer(v)
	}
	return f.pad(dst, body, numeric), nil
}

// appendScalarText is appendText for an argument in any form.
func appendScalarText(dst []byte, a *data.Column, i int) []byte {
	fl, j := a.Row(i)
	return appendText(dst, fl, j)
}

func (f *fieldSpec) integer(v *big.Int) string {
	base, prefix := 10, ""
	switch f.verb {
	case 'x', 'X':
		base, prefix = 16, "0"+string(f.verb)
	case 'o':
		base, prefix = 8, "0"
	case 'b':
		base, prefix = 2, "0b"
	}
	text := new(big.Int).Abs(v).Text(base)
	text = strings.Repeat("0", max(f.precision-len(text), 0)) + text
	if f.verb == 'X' {
		text = strings.ToUpper(text)
	}
	if f.alternate && base != 10 {
		text = prefix + text
	}
	if f.group != 0 {
		text = grouped(text, f.group)
	}
	return f.signed(v.Sign() < 0) + text
}

func (f *fieldSpec) float(a *data.Column, i int) string {
	verb, precision := f.verb, f.precision
	if verb == 0 && precision < 0 && (a.Type.IsFloat() || a.Type.Kind == dtype.Decimal) {
		text, neg := strings.CutPrefix(string(appendScalarText(nil, a, i)), "-")
		return f.signed(neg) + f.thousands(text)
	}
	rounded := verb == 0
	if rounded {
		verb = 'g'
	}
	if precision < 0 {
		precision = 6
	}
	x := floatAt(a, i)
	text := strconv.FormatFloat(x, verb|0x20, precision, 64)
	if verb|0x20 == 'g' {
		text = strconv.FormatFloat(x, 'g', max(precision, 1), 64)
		if !strings.ContainsAny(text, "eIN") && strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		if rounded {
			text = withPoint(text, precision)
		}
	}
	if text = strings.ToLower(text); verb < 'a' {
		text = strings.ToUpper(text)
	}
	text, neg := strings.CutPrefix(strings.TrimPrefix(text, "+"), "-")
	return f.signed(neg) + f.thousands(text)
}

// thousands separates the digits before the point of a float without a sign.
func (f *fieldSpec) thousands(text string) string {
	n := 0
	for n < len(text) && text[n]-'0' <= 9 {
		n++
	}
	if f.group == 0 || n == 0 {
		return text
	}
	return grouped(text[:n], f.group) + text[n:]
}

// withPoint gives a float that is zero or at least one zeros at the end, up to a number of digits, and at least one behind a point, so that it does not
// look like an integer.
func withPoint(text string, digits int) string {
	whole, rest := text, ""
	if e := strings.IndexByte(text, 'e'); e >= 0 {
		whole, rest = text[:e], text[e:]
	}
	number := strings.TrimPrefix(whole, "-")
	switch have := len(number); {
	case strings.ContainsAny(whole, "IN"), rest == "" && strings.HasPrefix(number, "0."):
		return text
	case strings.Contains(whole, "."):
		return whole + strings.Repeat("0", max(digits-have+1, 0)) + rest
	default:
		return whole + "." + strings.Repeat("0", max(digits-have, 1)) + rest
	}
}

func floatAt(a *data.Column, i int) float64 {
	v := a.Value(i)
	if a.Type.IsFloat() {
		return v.F
	}
	x, _ := strconv.ParseFloat(string(appendScalarText(nil, a, i)), 64)
	return x
}

func (f *fieldSpec) signed(neg bool) string {
	switch {
	case neg:
		return "-"
	case f.sign != 0:
		return string(f.sign)
	default:
		return ""
	}
}

// grouped puts a separator between thousands.
func grouped(text string, sep byte) string {
	var out []byte
	for i := range len(text) {
		if i > 0 && (len(text)-i)%3 == 0 {
			out = append(out, sep)
		}
		out = append(out, text[i])
	}
	return string(out)
}

// pad fills to the width: numbers to the right, text to the left, unless told otherwise.
func (f *fieldSpec) pad(dst []byte, body string, numeric bool) []byte {
	missing := f.width - utf8.RuneCountInString(body)
	if missing <= 0 {
		return append(dst, body...)
	}
	if f.zero && numeric && (f.align == 0 || f.align == '>') {
		k := 0
		if body[0] == '-' || body[0] == '+' || body[0] == ' ' {
			k = 1
		}
		dst = append(dst, body[:k]...)
		for range missing {
			dst = append(dst, '0')
		}
		return append(dst, body[k:]...)
	}
	align := f.align
	if align == 0 {
		align = '<'
		if numeric {
			align = '>'
		}
	}
	before := map[byte]int{'<': 0, '>': missing, '^': missing / 2}[align]
	for k := range missing {
		if k == before {
			dst = append(dst, body...)
		}
		dst = utf8.AppendRune(dst, f.fill)
	}
	if before == missing {
		dst = append(dst, body...)
	}
	return dst
}
