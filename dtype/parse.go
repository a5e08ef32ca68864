package dtype

import (
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/fault"
)

// Parse reads a type as Type.String writes it and as SQL spells it: names with arguments (decimal(15,2), timestamp with time zone),
// t[] and t[3], struct(a t, "b c" t) or row(...), map(k, v), enum('x', 'y').
func Parse(text string) (Type, error) {
	p := &parser{s: text}
	t, err := p.typ()
	if err != nil {
		return Type{}, err
	}
	if p.space(); p.i < len(p.s) {
		return Type{}, p.wrong("the end")
	}
	return t, nil
}

type parser struct {
	s string
	i int
}

func (p *parser) wrong(wanted string) error {
	return fault.New(fault.Syntax, "type %q: expected %s at %q", p.s, wanted, p.s[p.i:])
}

func (p *parser) space() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] >= '\t' && p.s[p.i] <= '\r') {
		p.i++
	}
}

func (p *parser) take(c byte) bool {
	p.space()
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

func (p *parser) word() string {
	p.space()
	start := p.i
	for p.i < len(p.s) && wordByte(p.s[p.i]) {
		p.i++
	}
	return p.s[start:p.i]
}

// quoted reads text in quotes q, which are doubled inside.
func (p *parser) quoted(q byte) (string, bool) {
	if !p.take(q) {
		return "", false
	}
	var b strings.Builder
	for ; p.i < len(p.s); p.i++ {
		if p.s[p.i] == q {
			if p.i+1 == len(p.s) || p.s[p.i+1] != q {
				p.i++
				return b.String(), true
			}
			p.i++
		}
		b.WriteByte(p.s[p.i])
	}
	return "", false
}

func (p *parser) typ() (Type, error) {
	t, err := p.base()
	for err == nil && p.take('[') {
		n := p.word()
		if !p.take(']') {
			return Type{}, p.wrong("]")
		}
		if n == "" {
			t = ListOf(t)
			continue
		}
		size, e := strconv.ParseUint(n, 10, 31)
		if e != nil || size == 0 {
			return Type{}, fault.New(fault.Syntax, "type %q: an array's length must be a positive number, not %s", p.s, n)
		}
		t = ArrayOf(t, int(size))
	}
	return t, err
}

func (p *parser) base() (Type, error) {
	name := p.word()
	if name == "" {
		return Type{}, p.wrong("a type")
	}
	low := strings.ToLower(name)
	switch {
	case (low == "struct" || low == "row") && p.take('('):
		return p.fields()
	case low == "map" && p.take('('):
		return p.mapType()
	case low == "enum" && p.take('('):
		return p.enum()
	}
	var args []int
	zone := ""
	if p.take('(') {
		for {
			if low == "timestamp" {
				start := p.i
				for p.i < len(p.s) && p.s[p.i] != ')' {
					p.i++
				}
				zone = p.s[start:p.i]
			} else if n, err := strconv.Atoi(p.word()); err == nil {
				args = append(args, n)
			} else {
				return Type{}, p.wrong("a number")
			}
			if p.take(')') {
				break
			}
			if !p.take(',') {
				return Type{}, p.wrong(", or )")
			}
		}
	}
	// The names of several words: "double precision", "timestamp with time zone".
	for mark := p.i; ; mark = p.i {
		w := strings.ToLower(p.word())
		if w != "precision" && w != "with" && w != "without" && w != "time" && w != "zone" {
			p.i = mark
			break
		}
		name += " " + w
	}
	return named(name, zone, args)
}

// named resolves timestamp_ns with time zone and timestamp(Europe/Berlin) beyond what Named knows. timestamp(6) has a precision, not a zone.
func named(name, zone string, args []int) (Type, error) {
	if base, tz := strings.CutSuffix(strings.ToLower(name), " with time zone"); tz && base != "timestamp" && strings.HasPrefix(base, "timestamp_") {
		t, err := Named(base)
		t.Zone = "UTC"
		return t, err
	}
	t, err := Named(name, args...)
	if _, e := strconv.Atoi(zone); err == nil && zone != "" && e != nil {
		t.Zone = zone
	}
	return t, err
}

// fields reads the members of a struct after its parenthesis.
func (p *parser) fields() (Type, error) {
	var out []Field
	for {
		p.space()
		name, ok := p.quoted('"')
		if !ok {
			if name = p.word(); name == "" {
				return Type{}, p.wrong("a field's name")
			}
		}
		t, err := p.typ()
		if err != nil {
			return Type{}, err
		}
		out = append(out, Field{Name: name, Type: t})
		if p.take(')') {
			return StructOf(out...), nil
		}
		if !p.take(',') {
			return Type{}, p.wrong(", or )")
		}
	}
}

func (p *parser) mapType() (Type, error) {
	key, err := p.typ()
	if err != nil {
		return Type{}, err
	}
	if !p.take(',') {
		return Type{}, p.wrong("the type of the values after a comma")
	}
	value, err := p.typ()
	if err != nil {
		return Type{}, err
	}
	if !p.take(')') {
		return Type{}, p.wrong(")")
	}
	return MapOf(key, value), nil
}

func (p *parser) enum() (Type, error) {
	var out []string
	for {
		v, ok := p.quoted('\'')
		if !ok {
			return Type{}, p.wrong("a value in single quotes")
		}
		out = append(out, v)
		if p.take(')') {
			return EnumOf(out...), nil
		}
		if !p.take(',') {
			return Type{}, p.wrong(", or )")
		}
	}
}
