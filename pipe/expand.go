package pipe

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/fault"
)

// param is a parameter with its default; a nil default makes it required.
type param struct {
	name  text
	value any
}

// env holds what ${…} and $name mean in one run.
type env struct {
	doc    *document
	params map[string]any
	names  []string
	lookup func(string) (string, bool)
}

// newEnv sets the parameters: defaults, then what the run gives.
func (p *Pipeline) newEnv(given map[string]any, lookup func(string) (string, bool)) (*env, error) {
	e := &env{doc: p.doc, params: map[string]any{}, lookup: lookup}
	for _, d := range p.params {
		e.names = append(e.names, d.name.value)
		e.params[d.name.value] = d.value
	}
	for _, name := range keysOf(given) {
		i := indexOf(e.names, name)
		if i < 0 {
			err := fault.New(fault.Usage, "pipeline %q has no parameter %q", p.name, name)
			if err.Hint = fault.DidYouMean(name, e.names); err.Hint == "" && len(e.names) > 0 {
				err.Hint = "parameters: " + strings.Join(e.names, ", ")
			}
			return nil, err
		}
		v, err := like(name, given[name], p.params[i].value)
		if err != nil {
			return nil, err
		}
		e.params[name] = v
	}
	for _, d := range p.params {
		if e.params[d.name.value] == nil {
			err := fault.New(fault.Usage, "parameter %q has no value", d.name.value).WithHint("give it with --set %s=…, or write a default", d.name.value)
			return nil, p.doc.fail(d.name.at, err)
		}
	}
	return e, nil
}

func keysOf(m map[string]any) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// like converts a string, as a command line gives it, to the type of the parameter's default.
func like(name string, v, def any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return v, nil
	}
	var out any
	var err error
	kind := ""
	switch def.(type) {
	case int64, uint64, int:
		kind = "a whole number"
		out, err = strconv.ParseInt(s, 10, 64)
	case float64:
		kind = "a number"
		out, err = strconv.ParseFloat(s, 64)
	case bool:
		kind = "true or false"
		out, err = strconv.ParseBool(s)
	default:
		return s, nil
	}
	if err != nil {
		return nil, fault.New(fault.Usage, "parameter %q must be %s as its default is, not %s", name, kind, fault.Quote(s))
	}
	return out, nil
}

// sqlParams returns the parameters for a SQL text.
func (e *env) sqlParams(more []siksik.Param) []siksik.Param {
	var out []siksik.Param
	for _, n := range e.names {
		out = append(out, siksik.P(n, e.params[n]))
	}
	return append(out, more...)
}

// expand replaces ${name} and ${env:NAME}; $$ stands for $. Any other $ is left alone.
func (e *env) expand(t text) (string, error) {
	s := t.value
	if e.doc == nil || !strings.Contains(s, "$") {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		switch rest := s[i:]; {
		case strings.HasPrefix(rest, "$$"):
			b.WriteByte('$')
			i += 2
		case strings.HasPrefix(rest, "${"):
			n := strings.IndexByte(rest, '}')
			if n < 0 {
				return "", e.failIn(t, i, len(s), fault.New(fault.Usage, "${ without }").WithHint("write $$ for a plain $"))
			}
			v, err := e.variable(strings.TrimSpace(rest[2:n]))
			if err != nil {
				return "", e.failIn(t, i, i+n+1, err)
			}
			b.WriteString(v)
			i += n + 1
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String(), nil
}

// failIn puts an error at the bytes [start, end) of t.
func (e *env) failIn(t text, start, end int, err *fault.Error) error {
	at, ok := e.doc.inside(t, start, end)
	if !ok {
		at = t.at
	}
	return e.doc.fail(at, err)
}

func (e *env) variable(name string) (string, *fault.Error) {
	if v, ok := strings.CutPrefix(name, "env:"); ok {
		if e.lookup != nil {
			if s, ok := e.lookup(v); ok {
				return s, nil
			}
		}
		return "", fault.New(fault.Usage, "the environment has no variable %s", v)
	}
	if v, ok := e.params[name]; ok {
		return fmt.Sprint(v), nil
	}
	err := fault.New(fault.Usage, "no parameter %q", name)
	if err.Hint = fault.DidYouMean(name, e.names); err.Hint == "" {
		err.Hint = "declare it under params"
	}
	return "", err
}

// expandAny expands the strings within an option.
func (e *env) expandAny(v any) (any, error) {
	switch v := v.(type) {
	case text:
		return e.expand(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = e.expandAny(v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := map[string]any{}
		for _, k := range keysOf(v) {
			var err error
			if out[k], err = e.expandAny(v[k]); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		return v, nil
	}
}
