package sig

import (
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// The tables of this package write signatures as text, which is also what people read:
//
//	substr(s string, start bigint, length bigint?) string
//
// A parameter is a name and a class. The class is a type name ("bigint": anything that converts to it implicitly), a family ("int",
// "float", "num", "decimal", "text", "any", "list", "map", "struct", "enum", "ts", "tz", "dur": taken as it is), or a type variable
// ("T", "T:int", "T[]", "T="): all parameters of one variable get their common type, with "=" the type that they compare in. A suffix
// "?" marks an optional parameter, "!" one that must be constant, "..." one that repeats. The result is a type name, a variable, a
// list of one, or "*" where a function of the overload computes it.

// class is a family of types that a parameter takes.
type class struct {
	accept func(dtype.Type) bool
	coerce dtype.Type // for arguments that are not accepted
	null   dtype.Type // for a bare NULL; Null keeps it as it is
}

var exactTypes = map[string]dtype.Type{
	"bool": dtype.Of(dtype.Bool), "tinyint": dtype.Of(dtype.Int8), "integer": dtype.Of(dtype.Int32), "bigint": dtype.Of(dtype.Int64),
	"hugeint": dtype.Of(dtype.Int128), "ubigint": dtype.Of(dtype.Uint64), "float32": dtype.Of(dtype.Float32),
	"double": dtype.Of(dtype.Float64), "string": dtype.Of(dtype.String), "binary": dtype.Of(dtype.Binary), "date": dtype.Of(dtype.Date),
	"time": dtype.Of(dtype.Time), "timestamp": dtype.TimestampOf(dtype.Micro, ""), "timestamptz": dtype.TimestampOf(dtype.Micro, "UTC"),
	"interval": dtype.Of(dtype.Interval), "uuid": dtype.Of(dtype.UUID), "json": dtype.Of(dtype.JSON), "null": {},
}

// kindClass takes the types of null's kind.
func kindClass(null dtype.Type) class {
	return class{accept: func(t dtype.Type) bool { return t.Kind == null.Kind }, null: null}
}

var families = map[string]class{
	"any":     {accept: func(dtype.Type) bool { return true }},
	"int":     {accept: dtype.Type.IsInteger, null: dtype.Of(dtype.Int64)},
	"signed":  {accept: func(t dtype.Type) bool { return t.IsInteger() && !t.IsUnsigned() }, null: dtype.Of(dtype.Int64)},
	"num":     {accept: dtype.Type.IsNumeric, null: dtype.Of(dtype.Int64)},
	"float":   {accept: dtype.Type.IsFloat, null: dtype.Of(dtype.Float64)},
	"decimal": kindClass(dtype.DecimalOf(18, 3)),
	"text":    {accept: dtype.Type.IsText, coerce: dtype.Of(dtype.String), null: dtype.Of(dtype.String)},
	"ts":      {accept: func(t dtype.Type) bool { return t.Kind == dtype.Timestamp && t.Zone == "" }, null: dtype.TimestampOf(dtype.Micro, "")},
	"tz":      {accept: func(t dtype.Type) bool { return t.Kind == dtype.Timestamp && t.Zone != "" }, null: dtype.TimestampOf(dtype.Micro, "UTC")},
	"dur":     kindClass(dtype.DurationOf(dtype.Micro)),
	"list":    kindClass(dtype.ListOf(dtype.Type{})),
	"map":     kindClass(dtype.MapOf(dtype.Type{}, dtype.Type{})),
	"struct":  kindClass(dtype.StructOf()),
	"enum":    kindClass(dtype.EnumOf()),
}

// classIDs makes the part of an ID from the class of a parameter.
var classIDs = strings.NewReplacer("[]", "list", ":", "", "=", "", "<", "", "T", "any", "U", "any")

// parseSpec fills ID, Params, Rest and, unless it is "*", Ret from the text of the signature.
func parseSpec(o *Overload) {
	spec, open, shut := o.Spec, len(o.Name), strings.LastIndexByte(o.Spec, ')')
	bug.Assert(open > 0 && shut > open, "signature "+spec)
	parts := strings.Split(spec[open+1:shut], ",")
	id := make([]string, 0, len(parts))
	o.Params = make([]Param, 0, len(parts))
	for _, part := range parts {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, text, ok := strings.Cut(part, " ")
		bug.Assert(ok, "parameter without a class in "+spec)
		text, rest := strings.CutSuffix(text, "...")
		p := parseParam(name, text)
		id = append(id, classIDs.Replace(strings.TrimRight(text, "?!")))
		if rest {
			o.Rest = &p
			continue
		}
		o.Params = append(o.Params, p)
	}
	if o.ID == "" {
		o.ID = strings.TrimSuffix(o.Name+"."+strings.Join(id, "_"), ".")
	}
	if ret := strings.TrimSpace(spec[shut+1:]); ret != "*" && o.Ret == nil {
		o.Ret = parseRet(o, ret)
	}
}

// parseParam reads the class of a parameter.
func parseParam(name, text string) Param {
	p := Param{Name: name, Class: strings.TrimRight(text, "?!"), Optional: strings.HasSuffix(text, "?")}
	text = strings.TrimSuffix(text, "?")
	text, p.Constant = strings.CutSuffix(text, "!")
	p.Class = text
	if text[0] >= 'A' && text[0] <= 'Z' {
		p.Same = int(text[0])
		text = text[1:]
		text, p.List = strings.CutSuffix(text, "[]")
		text, p.Ordered = strings.CutSuffix(text, "<")
		text, p.Compare = strings.CutSuffix(text, "=")
		p.Compare = p.Compare || p.Ordered
		if text = strings.TrimPrefix(text, ":"); text == "" {
			text = "any"
		}
	}
	if t, ok := exactTypes[text]; ok {
		p.Accept, p.Coerce = t.Equal, t
		return p
	}
	if elem, ok := strings.CutSuffix(text, "[]"); ok {
		t := dtype.ListOf(exactTypes[elem])
		p.Accept, p.Coerce = t.Equal, t
		return p
	}
	c, ok := families[text]
	bug.Assert(ok, "unknown class "+text)
	p.Accept, p.Coerce, p.null = c.accept, c.coerce, c.null
	return p
}

// parseRet makes the function that computes a result type from its text.
func parseRet(o *Overload, text string) func([]dtype.Type) dtype.Type {
	if t, ok := exactTypes[text]; ok {
		return func([]dtype.Type) dtype.Type { return t }
	}
	inner, list := strings.CutSuffix(text, "[]")
	if t, ok := exactTypes[inner]; ok && list {
		t = dtype.ListOf(t)
		return func([]dtype.Type) dtype.Type { return t }
	}
	bug.Assert(len(inner) == 1, "result type "+text)
	at, elem := o.groupParam(int(inner[0]))
	return func(args []dtype.Type) dtype.Type {
		var t dtype.Type
		if at < len(args) {
			t = args[at]
		}
		if elem {
			t = t.Elem()
		}
		if list {
			t = dtype.ListOf(t)
		}
		return t
	}
}

// groupParam finds the first parameter of a type variable.
func (o *Overload) groupParam(group int) (at int, list bool) {
	for i, p := range o.Params {
		if p.Same == group {
			return i, p.List
		}
	}
	bug.Assert(o.Rest != nil && o.Rest.Same == group, "result of a variable that no parameter has in "+o.Spec)
	return len(o.Params), o.Rest.List
}
