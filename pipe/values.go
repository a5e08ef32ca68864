package pipe

import (
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/siksik-data/siksik/internal/bug"
)

// value fills dst, a value of one of the types of spec.go.
func (d *decoder) value(what string, n ast.Node, dst reflect.Value, keys bool) error {
	n, err := d.resolve(n)
	if err != nil {
		return err
	}
	switch p := dst.Addr().Interface().(type) {
	case *text:
		*p, err = d.text(what, n)
		return err
	case *scalar:
		*p, err = d.scalar(what, n)
		return err
	case *count:
		*p, err = d.count(what, n)
		return err
	case *names:
		*p, err = d.names(what, n)
		return err
	case *options:
		*p, err = d.options(what, n)
		return err
	}
	switch {
	case dst.Kind() == reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		return d.object(what, n, dst.Elem())
	case dst.Kind() == reflect.Slice && keys:
		return d.keyed(what, n, dst)
	case dst.Kind() == reflect.Slice:
		return d.list(what, n, dst)
	default:
		return bug.Errorf("the specification holds a %s", dst.Type())
	}
}

// text reads a string.
func (d *decoder) text(what string, n ast.Node) (text, error) {
	switch n := n.(type) {
	case *ast.StringNode:
		at := d.at(n)
		if rest := d.doc.text[at.start:]; strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "'") {
			// The place of the string itself, so that carets stand below what it says.
			at.start++
			at.end = min(at.start+len(n.Value), len(d.doc.text))
		}
		return text{value: n.Value, at: at}, nil
	case *ast.LiteralNode:
		line := n.Start.Position.Line + 1
		start := d.doc.offset(line, 1)
		for start < len(d.doc.text) && d.doc.text[start] == ' ' {
			start++
		}
		return text{value: n.Value.Value, at: span{start, start + 1}, block: true}, nil
	default:
		return text{}, d.fail(n, "%s must be a string, and is %s", what, kindOf(n))
	}
}

// scalar reads a value that is no list or mapping.
func (d *decoder) scalar(what string, n ast.Node) (scalar, error) {
	out := scalar{at: d.at(n), given: true}
	switch n := n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		t, err := d.text(what, n)
		out.Value, out.at = t.value, t.at
		return out, err
	case *ast.IntegerNode:
		out.Value = n.Value
		if u, ok := n.Value.(uint64); ok && int64(u) >= 0 {
			out.Value = int64(u)
		}
	case *ast.FloatNode:
		out.Value = n.Value
	case *ast.InfinityNode:
		out.Value = n.Value
	case *ast.BoolNode:
		out.Value = n.Value
	case *ast.NullNode:
	default:
		return out, d.fail(n, "%s must be a string, number or boolean, and is %s", what, kindOf(n))
	}
	return out, nil
}

// count reads a whole number.
func (d *decoder) count(what string, n ast.Node) (count, error) {
	s, err := d.scalar(what, n)
	if err != nil {
		return count{}, err
	}
	i, ok := s.Value.(int64)
	if !ok || i < 0 {
		return count{}, d.fail(n, "%s must be a whole number from 0", what)
	}
	return count{n: i, at: s.at, given: true}, nil
}

// names reads a list of strings, or one.
func (d *decoder) names(what string, n ast.Node) (names, error) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		t, err := d.text(what, n)
		return names{t}, err
	}
	var out names
	for _, x := range s.Values {
		x, err := d.resolve(x)
		if err != nil {
			return nil, err
		}
		t, err := d.text(what, x)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return nil, d.fail(n, "%s names no column", what)
	}
	return out, nil
}

// list reads a sequence of structs or scalars.
func (d *decoder) list(what string, n ast.Node, dst reflect.Value) error {
	if _, empty := n.(*ast.NullNode); empty {
		return nil
	}
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		return d.fail(n, "%s must be a list, and is %s", what, kindOf(n))
	}
	out := reflect.MakeSlice(dst.Type(), len(s.Values), len(s.Values))
	for i, x := range s.Values {
		var err error
		if e := out.Index(i); e.Type() == reflect.TypeFor[scalar]() {
			err = d.value(what, x, e, false)
		} else {
			err = d.object("an entry of "+what, x, e)
		}
		if err != nil {
			return err
		}
	}
	dst.Set(out)
	return nil
}

// keyed reads a mapping from names as a list of structs with the field Key.
func (d *decoder) keyed(what string, n ast.Node, dst reflect.Value) error {
	list, err := d.pairs(what, n)
	if err != nil {
		return err
	}
	out := reflect.MakeSlice(dst.Type(), len(list), len(list))
	for i, p := range list {
		k, e := d.key(p), out.Index(i)
		e.FieldByName("Key").Set(reflect.ValueOf(k))
		if v := inlined(e); v.IsValid() {
			err = d.value(k.value, p.Value, v, false)
		} else {
			err = d.object(k.value, p.Value, e)
		}
		if err != nil {
			return err
		}
	}
	dst.Set(out)
	return nil
}

// inlined returns the field that holds the whole value of a keyed entry, if there is one.
func inlined(v reflect.Value) reflect.Value {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == "." {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// options reads a mapping from names to anything.
func (d *decoder) options(what string, n ast.Node) (options, error) {
	list, err := d.pairs(what, n)
	if err != nil {
		return nil, err
	}
	var out options
	for _, p := range list {
		o := option{name: d.key(p)}
		if o.value, err = d.any(o.name.value, p.Value); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

// any reads scalars, lists and mappings. Strings stay text, so that they can be expanded with their place.
func (d *decoder) any(what string, n ast.Node) (any, error) {
	n, err := d.resolve(n)
	if err != nil {
		return nil, err
	}
	switch x := n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return d.text(what, n)
	case *ast.SequenceNode:
		out := []any{}
		for _, e := range x.Values {
			v, err := d.any(what, e)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case *ast.MappingNode, *ast.MappingValueNode:
		list, err := d.pairs(what, n)
		if err != nil {
			return nil, err
		}
		out := map[string]any{}
		for _, p := range list {
			k := d.key(p)
			if out[k.value], err = d.any(k.value, p.Value); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		s, err := d.scalar(what, n)
		return s.Value, err
	}
}
