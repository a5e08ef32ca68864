package sig

import (
	"slices"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// registry holds every overload; it is filled once from the tables and never changed.
type registry struct {
	byName  map[string][]*Overload // canonical names and aliases, lower case
	byID    map[string]*Overload
	names   []string // canonical names, sorted
	all     []*Overload
	aliases map[string][]string // canonical name → aliases
}

var functions = buildRegistry()

func buildRegistry() *registry {
	r := &registry{byName: map[string][]*Overload{}, byID: map[string]*Overload{}, aliases: map[string][]string{}}
	for _, table := range []struct {
		group string
		list  []*Overload
	}{{"Arithmetic", arithmeticTable()}, {"Comparisons and conditions", compareTable()}, {"Mathematics", mathTable()}, {"Text", textTable()},
		{"Patterns", patternTable()}, {"Parts of dates and times", dateTable()}, {"Dates and times", calendarTable()}, {"Lists", listTable()},
		{"Structs and maps", nestedTable()}, {"JSON", jsonTable()}, {"Other", miscTable()}, {"Aggregates", aggregateTable()}, {"Window functions", windowTable()}} {
		for _, o := range table.list {
			o.Group = table.group
			bug.Assert(r.byID[o.ID] == nil, "two overloads with the id "+o.ID)
			r.byID[o.ID] = o
			r.all = append(r.all, o)
			if r.byName[o.Name] == nil {
				r.names = append(r.names, o.Name)
			}
			r.byName[o.Name] = append(r.byName[o.Name], o)
		}
	}
	r.fallBack()
	for alias, name := range aliasTable {
		bug.Assert(r.byName[name] != nil, "alias of the unknown function "+name)
		if r.byName[alias] == nil {
			r.byName[alias] = r.byName[name]
			r.aliases[name] = append(r.aliases[name], alias)
		}
	}
	for _, a := range r.aliases {
		slices.Sort(a)
	}
	slices.Sort(r.names)
	return r
}

// fallBack gives each frame variant the overloads of the function that it varies, behind its own: dates add the same either way.
func (r *registry) fallBack() {
	for variant, base := range variantOf {
		own := r.byName[variant]
		taken := map[string]bool{}
		for _, o := range own {
			taken[strings.TrimPrefix(o.ID, variant)] = true
		}
		for _, o := range r.byName[base] {
			if !taken[strings.TrimPrefix(o.ID, base)] {
				own = append(own, o)
			}
		}
		r.byName[variant] = own
	}
}

// variantOf maps a frame's variant of a function to the function.
var variantOf = map[string]string{"add_wrap": "add", "sub_wrap": "sub", "mul_wrap": "mul", "neg_wrap": "neg", "abs_wrap": "abs",
	"floordiv_null": "floordiv", "mod_null": "mod", "sum_wrap": "sum"}

// Lookup returns the overloads of a function by canonical name or alias, ignoring case; nil if there is none. The slice is shared.
func Lookup(name string) []*Overload {
	if list, ok := functions.byName[name]; ok {
		return list
	}
	return functions.byName[strings.ToLower(name)]
}

// ByID returns the overload with the ID, or nil.
func ByID(id string) *Overload { return functions.byID[id] }

// All returns every overload in table order. The slice is shared.
func All() []*Overload { return functions.all }

// Names returns the canonical names and the aliases of all functions, sorted.
func Names() []string {
	names := slices.Clone(functions.names)
	for _, a := range functions.aliases {
		names = append(names, a...)
	}
	slices.Sort(names)
	return names
}

// Aliases returns the other names of a function, sorted.
func Aliases(canonical string) []string { return functions.aliases[canonical] }

// option adjusts an overload of a table.
type option func(*Overload)

// id overrides the derived ID.
//
//go:noinline
func id(text string) option { return func(o *Overload) { o.ID = text } }

// bind settles types by a function.
func bind(f func([]Arg) ([]dtype.Type, dtype.Type, bool)) option {
	return func(o *Overload) { o.Bind = f }
}

// ret computes the result type from the argument types.
func ret(f func([]dtype.Type) dtype.Type) option { return func(o *Overload) { o.Ret = f } }

// retLit computes the result type from arguments and literals.
func retLit(f func([]Arg) (dtype.Type, error)) option { return func(o *Overload) { o.RetLit = f } }

// scalar makes a scalar overload from its signature.
//
//go:noinline
func scalar(spec string, props Props, doc string, opts ...option) *Overload {
	return declare(Scalar, spec, props, doc, opts)
}

func declare(kind Kind, spec string, props Props, doc string, opts []option) *Overload {
	o := &Overload{Kind: kind, Props: props, Doc: doc}
	for _, f := range opts {
		f(o)
	}
	parseSpec(o, spec)
	bug.Assert(o.Ret != nil || o.RetLit != nil || o.Bind != nil, "no result type for "+spec)
	return o
}
