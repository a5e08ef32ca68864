package pipe

import (
	"errors"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/siksik-data/siksik/fault"
)

// decoder fills the structs of spec.go from a YAML tree. Every mistake is an error at its line and column.
type decoder struct {
	doc     *document
	anchors map[string]ast.Node
	aliases int // followed so far
}

// aliasesMax bounds documents whose aliases contain themselves or each other.
const aliasesMax = 1000

// decode parses the document.
func decode(doc *document) (*spec, error) {
	file, err := parseYAML(doc)
	if err != nil {
		return nil, err
	}
	d := &decoder{doc: doc, anchors: map[string]ast.Node{}}
	var body ast.Node
	for _, x := range file.Docs {
		if x.Body == nil {
			continue
		}
		if body != nil {
			return nil, d.fail(x.Body, "a pipeline file holds one document, and this is a second one")
		}
		body = x.Body
	}
	if body == nil {
		return nil, fault.New(fault.Usage, "%s is empty", doc.name).WithHint("a pipeline has name, sources, steps and sinks")
	}
	for _, anchor := range ast.Filter(ast.AnchorType, body) {
		a := anchor.(*ast.AnchorNode)
		d.anchors[a.Name.String()] = a.Value
	}
	out := &spec{}
	return out, d.object("the pipeline", body, reflect.ValueOf(out).Elem())
}

// parseYAML makes the tree. The library panics on some texts that are not YAML.
func parseYAML(doc *document) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.New(fault.Syntax, "%s is not YAML: %v", doc.name, r)
		}
	}()
	if file, err = parser.ParseBytes([]byte(doc.text), 0); err != nil {
		return nil, yamlError(doc, err)
	}
	return file, nil
}

// yamlError positions an error of the YAML parser.
func yamlError(doc *document, err error) error {
	var y yaml.Error
	if !errors.As(err, &y) || y.GetToken() == nil {
		return fault.New(fault.Syntax, "%s is not YAML: %s", doc.name, err)
	}
	at := doc.token(y.GetToken())
	return doc.fail(at, fault.New(fault.Syntax, "%s", y.GetMessage()))
}

// token returns the place of a token.
func (d *document) token(t *token.Token) span {
	start := d.offset(t.Position.Line, t.Position.Column)
	n := len(strings.TrimSpace(t.Origin))
	end := min(start+max(n, 1), len(d.text))
	if i := strings.IndexByte(d.text[start:end], '\n'); i > 0 {
		end = start + i
	}
	return span{start, end}
}

// at returns the place of a node: for a mapping that of its first key.
func (d *decoder) at(n ast.Node) span {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return d.at(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return d.at(n.Key)
	case *ast.LiteralNode:
		return d.doc.token(n.Start)
	}
	return d.doc.token(n.GetToken())
}

func (d *decoder) fail(n ast.Node, format string, args ...any) *fault.Error {
	return d.doc.failf(d.at(n), format, args...)
}

// resolve follows anchors, aliases and tags.
func (d *decoder) resolve(n ast.Node) (ast.Node, error) {
	for range 100 {
		switch x := n.(type) {
		case *ast.AnchorNode:
			n = x.Value
		case *ast.AliasNode:
			to := d.anchors[x.Value.String()]
			if to == nil {
				return nil, d.fail(n, "no anchor &%s", x.Value)
			}
			if d.aliases++; d.aliases > aliasesMax {
				return nil, d.fail(n, "there are too many aliases, or one that contains itself")
			}
			n = to
		case *ast.TagNode:
			return nil, d.fail(n, "tags such as %s have no meaning here", x.Start.Value)
		default:
			return n, nil
		}
	}
	return nil, d.fail(n, "this alias refers to itself")
}

// kindOf names what a node is, for messages.
func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "a string"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.NullNode:
		return "empty"
	default:
		return "something else"
	}
}

// pairs returns the entries of a mapping.
func (d *decoder) pairs(what string, n ast.Node) ([]*ast.MappingValueNode, error) {
	var list []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		list = n.Values
	case *ast.MappingValueNode:
		list = []*ast.MappingValueNode{n}
	case *ast.NullNode:
		return nil, nil
	default:
		return nil, d.fail(n, "%s must be a mapping, and is %s", what, kindOf(n))
	}
	for _, p := range list {
		if _, merge := p.Key.(*ast.MergeKeyNode); merge {
			return nil, d.fail(p.Key, "merge keys (<<) are not supported")
		}
	}
	return list, nil
}

// key returns a key with its place.
func (d *decoder) key(p *ast.MappingValueNode) text {
	t := p.Key.GetToken()
	return text{value: t.Value, at: d.doc.token(t)}
}

// field is one key that a struct takes.
type field struct {
	name           string
	index          int
	required, keys bool // keys: a list written as a mapping
	doc            string
	enum           []string
}

// fieldsOf reads the tags of a struct.
func fieldsOf(t reflect.Type) (list []field, short string, one bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			short, one = f.Tag.Get("short"), f.Tag.Get("one") != ""
		}
		tag := f.Tag.Get("yaml")
		if tag == "" || tag == "." {
			continue
		}
		name, rest, _ := strings.Cut(tag, ",")
		x := field{name: name, index: i, required: rest == "required", keys: rest == "map", doc: f.Tag.Get("doc")}
		if e := f.Tag.Get("enum"); e != "" {
			x.enum = strings.Split(e, ",")
		}
		list = append(list, x)
	}
	return list, short, one
}

// object fills a struct from a mapping.
func (d *decoder) object(what string, n ast.Node, v reflect.Value) error {
	n, err := d.resolve(n)
	if err != nil {
		return err
	}
	fields, short, one := fieldsOf(v.Type())
	if _, plain := n.(*ast.StringNode); plain && short != "" {
		for _, f := range fields {
			if f.name == short {
				return d.field(f, what, n, v)
			}
		}
	}
	list, err := d.pairs(what, n)
	if err != nil {
		return err
	}
	var known []string
	for _, f := range fields {
		known = append(known, f.name)
	}
	seen := map[string]bool{}
	for _, p := range list {
		k := d.key(p)
		i := indexOf(known, k.value)
		if i < 0 {
			e := fault.New(fault.Usage, "%s has no key %q", what, k.value)
			if e.Hint = fault.DidYouMean(k.value, known); e.Hint == "" {
				e.Hint = "keys: " + strings.Join(known, ", ")
			}
			return d.doc.fail(k.at, e)
		}
		seen[k.value] = true
		if err := d.field(fields[i], k.value, p.Value, v); err != nil {
			return err
		}
	}
	for _, f := range fields {
		if f.required && !seen[f.name] {
			return d.fail(n, "%s needs %q", what, f.name)
		}
	}
	if one && len(list) != 1 {
		return d.fail(n, "%s takes one of the keys %s, and has %d", what, strings.Join(known, ", "), len(list))
	}
	return nil
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}

// field fills one field of the struct v.
func (d *decoder) field(f field, what string, n ast.Node, v reflect.Value) error {
	dst := v.Field(f.index)
	if err := d.value(what, n, dst, f.keys); err != nil {
		return err
	}
	if t, ok := dst.Interface().(text); ok && f.enum != nil && indexOf(f.enum, t.value) < 0 {
		e := fault.New(fault.Usage, "%s cannot be %q", what, t.value)
		if e.Hint = fault.DidYouMean(t.value, f.enum); e.Hint == "" {
			e.Hint = "values: " + strings.Join(f.enum, ", ")
		}
		return d.doc.fail(t.at, e)
	}
	return nil
}
