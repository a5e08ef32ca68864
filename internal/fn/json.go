package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// JSON is JSON in text.
var JSON = &Set{add: func(register adder) {
	register(map[string]Maker{
		"json_extract.text_string":        pathMaker(jsonExtract),
		"json_extract.text_bigint":        pathMaker(jsonExtract),
		"json_extract_string.text_string": pathMaker(jsonExtractText),
		"json_extract_string.text_bigint": pathMaker(jsonExtractText),
		"json_exists.text_string":         pathMaker(jsonExists),
		"json_array_length.text_string":   pathMaker(jsonLength),
		"json_type.text_string":           pathMaker(jsonType),
		"json_keys.text_string":           pathMaker(jsonKeys),
		"json.text":                       jsonText(appendMinified),
		"json_pretty.text":                jsonText(func(dst, v []byte) []byte { return appendPretty(dst, v, 0) }),
		"json_structure.text":             jsonText(appendStructure),
		"json_valid.text":                 strict(jsonValid),
		"json_contains.text_text":         jsonContains,
		"to_json.any":                     lenient(toJSON),
		"json_array.any":                  strict0(jsonArray),
		"json_object.any":                 strict0(jsonObject),
	})
}}

// jsonFinder gives the value at the path of a row: its text within the JSON of the row, ok being false if there is none.
type jsonFinder struct {
	s     texts
	args  []*data.Column
	fixed []jsonStep
	path  texts
	last  string
	steps []jsonStep
}

func (f *jsonFinder) at(i int) (value []byte, ok bool, err error) {
	s := f.s.at(i)
	if err := checkJSON(s); err != nil {
		return nil, false, err
	}
	steps := f.fixed
	switch {
	case steps != nil || len(f.args) < 2:
	case f.args[1].Type.Kind == dtype.Int64:
		steps = []jsonStep{{index: numsOf[int64](f.args[1]).at(i), isIndex: true}}
	default:
		if own := str(f.path.at(i)); f.steps == nil || own != f.last {
			if f.steps, err = parsePath(own); err != nil {
				return nil, false, err
			}
			f.last = own
		}
		steps = f.steps
	}
	value, ok = findJSON(s, steps)
	return value, ok, nil
}

// pathMaker prepares a constant path.
func pathMaker(f func(c *Ctx, x *jsonFinder, n int, valid data.Bitmap) (*data.Column, error)) Maker {
	return func(consts []*data.Column, _ dtype.Type) (Impl, error) {
		var fixed []jsonStep
		if len(consts) > 1 {
			if k := consts[1]; k != nil && !k.IsNull(0) && k.Type.Kind == dtype.Int64 {
				v, _ := constInt(k)
				fixed = []jsonStep{{index: v, isIndex: true}}
			} else if text, ok := constText(k); ok {
				steps, err := parsePath(text)
				if err != nil {
					return nil, err
				}
				fixed = steps
			}
		}
		return strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
			x := &jsonFinder{s: textsOf(args[0]), args: args, fixed: fixed}
			if len(args) > 1 && args[1].Type.Kind != dtype.Int64 {
				x.path = textsOf(args[1])
			}
			return f(c, x, n, valid)
		}), nil
	}
}

func jsonExtract(c *Ctx, x *jsonFinder, n int, valid data.Bitmap) (*data.Column, error) {
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		v, ok, err := x.at(i)
		return appendMinified(dst, v), ok, err
	})
}

func jsonExtractText(c *Ctx, x *jsonFinder, n int, valid data.Bitmap) (*data.Column, error) {
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		v, ok, err := x.at(i)
		switch {
		case !ok || err != nil || v[0] == 'n':
			return dst, false, err
		case v[0] == '"':
			return compute.AppendUnquoted(dst, v), true, nil
		default:
			return appendMinified(dst, v), true, nil
		}
	})
}

func jsonExists(c *Ctx, x *jsonFinder, n int, valid data.Bitmap) (*data.Column, error) {
	dst := c.Scratch.Zeros(n)
	err := eachValid(valid, n, func(i int) error {
		_, ok, err := x.at(i)
		dst.SetTo(i, ok)
		return atRow(i, err)
	})
	return c.Scratch.Bool(dst, valid, n), err
}

func jsonLength(c *Ctx, x *jsonFinder, n int, valid data.Bitmap) (*data.Column, error) {
	dst := compute.Make[uint64](c.Scratch, n)
	clear(dst)
	var gone nulls
	err := eachValid(valid, n, func(i int) error {
		v, ok, err := x.at(i)
		if !ok {
			gone.mark(c, i, n, valid)
			return atRow(i, err)
		}
		eachMember(v, func(_, _ []byte) bool { dst[i]++; return true })
		if v[0] != '[' {
			dst[i] = 0
		}
		return nil
	})
	return num(c, dst, gone.or(valid)), err
}

func jsonType(c *Ctx, x *jsonFinder, n int, valid data.Bitmap) (*data.Column, error) {
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		v, ok, err := x.at(i)
		if !ok || err != nil {
			return dst, false, err
		}
		return append(dst, jsonTypeOf(v)...), true, nil
	})
}

func jsonKeys(c *Ctx, x *jsonFinder, n int, valid data.Bitmap) (*data.Column, error) {
	out := data.NewBuilder(c.Ret, n)
	for i := range n {
		if !valid.Get(i) {
			out.AppendNull()
			continue
		}
		v, ok, err := x.at(i)
		if err != nil {
			return nil, atRow(i, err)
		}
		if !ok {
			out.AppendNull()
			continue
		}
		if v[0] == '{' {
			eachMember(v, func(key, _ []byte) bool {
				out.Kid(0).AppendBytes(compute.AppendUnquoted(nil, key))
				return true
			})
		}
		out.CloseList()
	}
	return out.Build(), nil
}

func jsonValid(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst, s := c.Scratch.Zeros(n), textsOf(args[0])
	for i := range n {
		dst.SetTo(i, valid.Get(i) && checkJSON(s.at(i)) == nil)
	}
	return c.Scratch.Bool(dst, valid, n), nil
}

// jsonContains is json_contains.
var jsonContains = strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst, a, b := c.Scratch.Zeros(n), textsOf(args[0]), textsOf(args[1])
	err := eachValid(valid, n, func(i int) error {
		for _, s := range [][]byte{a.at(i), b.at(i)} {
			if err := checkJSON(s); err != nil {
				return atRow(i, err)
			}
		}
		dst.SetTo(i, holdsJSON(trimSpaces(a.at(i)), trimSpaces(b.at(i))))
		return nil
	})
	return c.Scratch.Bool(dst, valid, n), err
})

func toJSON(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	return build(c, n, args[0].Valid, func(dst []byte, i int) ([]byte, bool, error) {
		return compute.AppendJSON(dst, args[0], i), !args[0].IsNull(i), nil
	})
}

func jsonArray(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	return build(c, n, nil, func(dst []byte, i int) ([]byte, bool, error) {
		dst = append(dst, '[')
		for k, a := range args {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = compute.AppendJSON(dst, a, i)
		}
		return append(dst, ']'), true, nil
	})
}

func jsonObject(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	if len(args)%2 != 0 {
		return nil, fault.New(fault.Type, "json_object needs a value for each key")
	}
	return build(c, n, nil, func(dst []byte, i int) ([]byte, bool, error) {
		dst = append(dst, '{')
		for k := 0; k < len(args); k += 2 {
			if args[k].IsNull(i) {
				return nil, false, fault.New(fault.Value, "a key of json_object is null")
			}
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(compute.AppendQuoted(dst, appendText(nil, args[k], i)), ':')
			dst = compute.AppendJSON(dst, args[k+1], i)
		}
		return append(dst, '}'), true, nil
	})
}
