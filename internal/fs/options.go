package fs

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// Options reads the options of a format by name, checking their types; what was never asked for is unknown. The first error is kept.
type Options struct {
	owner string
	opts  spi.Options
	asked []string
	err   error
}

// NewOptions returns a reader of the options of owner.
func NewOptions(owner string, opts spi.Options) *Options { return &Options{owner: owner, opts: opts} }

func (o *Options) get(names []string) (any, string) {
	o.asked = append(o.asked, names...)
	var v any
	name := ""
	for _, n := range names {
		switch x, ok := o.opts[n]; {
		case !ok || x == nil:
		case name == "":
			v, name = x, n
		default:
			o.Fail(fault.New(fault.Usage, "%s and %s are one option of %s, which can be given only once", name, n, o.owner))
		}
	}
	return v, name
}

func (o *Options) wrong(name, wanted string, v any) {
	if o.err == nil {
		o.err = fault.New(fault.Usage, "option %s of %s must be %s, not %v", name, o.owner, wanted, v)
	}
}

// Fail keeps err as the first error, if there is none yet.
func (o *Options) Fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

// Has reports whether the option was given.
func (o *Options) Has(name string) bool { _, ok := o.opts[name]; return ok }

// Any returns the option as it was given, or nil. The first of several names is its own, the others are accepted too.
func (o *Options) Any(names ...string) any {
	v, _ := o.get(names)
	return v
}

// String returns a text option.
func (o *Options) String(def string, names ...string) string {
	v, name := o.get(names)
	switch v := v.(type) {
	case nil:
		return def
	case string:
		return v
	default:
		o.wrong(name, "text", v)
		return def
	}
}

// Bool returns a yes-or-no option.
func (o *Options) Bool(def bool, names ...string) bool {
	v, name := o.get(names)
	switch v := v.(type) {
	case nil:
		return def
	case bool:
		return v
	case string:
		if b, err := strconv.ParseBool(strings.ToLower(v)); err == nil {
			return b
		}
	case int64:
		if v == 0 || v == 1 {
			return v == 1
		}
	}
	o.wrong(name, "true or false", v)
	return def
}

// Int returns a whole number.
func (o *Options) Int(def int64, names ...string) int64 {
	v, name := o.get(names)
	switch v := v.(type) {
	case nil:
		return def
	case int64:
		return v
	case int:
		return int64(v)
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n
		}
	}
	o.wrong(name, "a whole number", v)
	return def
}

// Strings returns a list of texts; one text is a list of one.
func (o *Options) Strings(names ...string) []string {
	v, name := o.get(names)
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case []string:
		return v
	case []any:
		out := make([]string, len(v))
		for i, x := range v {
			s, ok := x.(string)
			if !ok {
				o.wrong(name, "a list of texts", v)
				return nil
			}
			out[i] = s
		}
		return out
	}
	o.wrong(name, "a list of texts", v)
	return nil
}

// Byte returns an option that is one byte or nothing; \t is a tab.
func (o *Options) Byte(def byte, names ...string) byte {
	v, name := o.get(names)
	s, ok := v.(string)
	switch {
	case v == nil:
		return def
	case ok && s == "":
		return 0
	case ok && s == `\t`:
		return '\t'
	case ok && len(s) == 1:
		return s[0]
	}
	o.wrong(name, "a single character", v)
	return def
}

// Err returns the first error, among them an option that nobody asked for.
func (o *Options) Err() error {
	if o.err != nil {
		return o.err
	}
	names := make([]string, 0, len(o.opts))
	for n := range o.opts {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		if !slices.Contains(o.asked, n) {
			return spi.UnknownOption(o.owner, n, o.asked)
		}
	}
	return nil
}

// Columns reads a declaration of columns: a dtype.Schema, a list of {name, type} maps or single-entry maps, or a map from name to type, which
// is taken in the order of the names.
func (o *Options) Columns(names ...string) *dtype.Schema {
	v, name := o.get(names)
	var fields []dtype.Field
	add := func(n string, t any) {
		typ, ok := t.(dtype.Type)
		if !ok {
			var err error
			if typ, err = dtype.Parse(fmt.Sprint(t)); err != nil {
				o.Fail(fmt.Errorf("column %q of option %s: %w", n, name, err))
			}
		}
		fields = append(fields, dtype.Field{Name: n, Type: typ})
	}
	addMap := func(m map[string]any) {
		keys := make([]string, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			add(k, m[k])
		}
	}
	switch v := v.(type) {
	case nil:
		return nil
	case dtype.Schema:
		return &v
	case map[string]any:
		addMap(v)
	case map[string]string:
		m := make(map[string]any, len(v))
		for k, t := range v {
			m[k] = t
		}
		addMap(m)
	case []any:
		for _, x := range v {
			m, ok := x.(map[string]any)
			if n, named := m["name"].(string); ok && named && len(m) == 2 && m["type"] != nil {
				add(n, m["type"])
			} else if ok && len(m) == 1 {
				addMap(m)
			} else {
				o.wrong(name, "a list of name: type", v)
			}
		}
	default:
		o.wrong(name, "a map from column to type", v)
		return nil
	}
	s := dtype.NewSchema(fields...)
	for i, f := range s.Fields {
		if s.Index(f.Name) != i {
			o.Fail(fault.New(fault.Usage, "option %s names column %q twice", name, f.Name))
		}
	}
	return &s
}

// Types reads the types of some columns by name, as Columns does, or, from a list of types, those of the first columns by place.
func (o *Options) Types(names ...string) (byName *dtype.Schema, byPlace []dtype.Type) {
	v, name := o.get(names)
	switch v := v.(type) {
	case []dtype.Type:
		return nil, v
	case []string:
		return nil, o.typeList(name, v)
	case []any:
		texts := make([]string, len(v))
		for i, x := range v {
			s, ok := x.(string)
			if !ok {
				return o.Columns(names...), nil
			}
			texts[i] = s
		}
		return nil, o.typeList(name, texts)
	}
	return o.Columns(names...), nil
}

func (o *Options) typeList(name string, texts []string) []dtype.Type {
	out := make([]dtype.Type, len(texts))
	for i, s := range texts {
		var err error
		if out[i], err = dtype.Parse(s); err != nil {
			o.Fail(fmt.Errorf("option %s: %w", name, err))
		}
	}
	return out
}

// TextOptions are the options that the text formats share.
type TextOptions struct {
	Columns       *dtype.Schema // the declared columns, or nil: infer them
	Compression   string        // auto, none, gzip, zstd
	SampleRows    int64         // rows that inference reads, or -1 for all
	SampleBytes   int64         // and their most bytes
	IgnoreUnknown bool          // pass over keys that are no columns
	Filename      string        // a column with the file's name, or ""
	UnionByName   bool          // the columns of all files, by name
	Timestamps    bool          // infer dates, times and timestamps from text
	MaxLineBytes  int           // the longest line accepted
	OnError       Policy
}

// TextOptions reads the shared options. unionByName is the format's habit.
func (o *Options) TextOptions(unionByName bool) TextOptions {
	t := TextOptions{
		Columns:       o.Columns("columns"),
		Compression:   o.String("auto", "compression"),
		SampleRows:    o.Int(20480, "sample_rows", "sample_size"),
		SampleBytes:   o.Int(16<<20, "sample_bytes"),
		IgnoreUnknown: o.Bool(false, "ignore_unknown"),
		UnionByName:   o.Bool(unionByName, "union_by_name"),
		Timestamps:    o.Bool(true, "timestamps"),
		MaxLineBytes:  int(o.Int(256<<20, "max_line_bytes", "max_line_size", "maximum_line_size", "maximum_object_size")),
	}
	if t.SampleRows < 0 {
		t.SampleBytes = 1 << 62
	}
	if _, _, err := CodecOption(t.Compression); err != nil {
		o.Fail(err)
	}
	switch v := o.Any("filename").(type) {
	case nil, bool:
		if v == true {
			t.Filename = "filename"
		}
	case int64:
		if t.Filename = "filename"; v == 0 {
			t.Filename = ""
		} else if v != 1 {
			o.wrong("filename", "true or the name of a column", v)
		}
	case string:
		t.Filename = v
	default:
		o.wrong("filename", "true or the name of a column", v)
	}
	o.onError(&t)
	return t
}

// onError reads on_error as a mode or as a map of mode, file and limit, and reject_file and reject_limit beside it.
func (o *Options) onError(t *TextOptions) {
	v, name := o.get([]string{"on_error"})
	file, limit := o.String("", "reject_file"), ""
	if v := o.Any("reject_limit"); v != nil {
		limit = fmt.Sprint(v)
	}
	mode := ""
	switch v := v.(type) {
	case nil:
	case string:
		mode = v
	case map[string]any:
		for k, x := range v {
			switch k {
			case "mode":
				mode = fmt.Sprint(x)
			case "file":
				file = fmt.Sprint(x)
			case "limit":
				limit = fmt.Sprint(x)
			default:
				o.Fail(spi.UnknownOption("on_error", k, []string{"mode", "file", "limit"}))
			}
		}
	default:
		o.wrong(name, "fail, null, skip or reject-file", v)
	}
	if skip := o.Bool(false, "ignore_errors"); skip && mode == "" {
		mode = "skip"
	}
	p, err := newPolicy(mode, file, limit)
	if err != nil {
		o.Fail(err)
	}
	t.OnError = p
}
