package sig

import (
	"slices"
	"strings"
	"sync"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// registry holds every overload; it is filled once from the tables and never changed, but for what function completes.
type registry struct {
	byName  map[string]*function // canonical names and aliases, lower case
	names   []string             // canonical names, sorted
	all     []*Overload
	aliases map[string][]string // canonical name → aliases
}

// function is the overloads of one name. Their signatures are read when the name is first looked up: reading all of them took a third of the
// time in which a program starts, and a query names a few.
type function struct {
	name string
	once sync.Once
	list []*Overload
}

var functions = buildRegistry()

func buildRegistry() *registry {
	r := &registry{byName: map[string]*function{}, aliases: map[string][]string{}}
	for _, table := range []struct {
		group string
		list  []*Overload
	}{{"Arithmetic", arithmeticTable()}, {"Comparisons and conditions", compareTable()}, {"Mathematics", mathTable()}, {"Text", textTable()},
		{"Patterns", patternTable()}, {"Parts of dates and times", dateTable()}, {"Dates and times", calendarTable()}, {"Lists", listTable()},
		{"Structs and maps", nestedTable()}, {"JSON", jsonTable()}, {"Other", miscTable()}, {"Aggregates", aggregateTable()}, {"Window functions", windowTable()}} {
		r.all = append(r.all, table.list...)
		for _, o := range table.list {
			o.Group = table.group
			f := r.byName[o.Name]
			if f == nil {
				f = &function{name: o.Name}
				r.byName[o.Name] = f
				r.names = append(r.names, o.Name)
			}
			f.list = append(f.list, o)
		}
	}
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

// overloads returns the overloads of a canonical name or alias, complete; nil if there is none.
func (r *registry) overloads(name string) []*Overload {
	f := r.byName[name]
	if f == nil {
		return nil
	}
	f.once.Do(func() {
		for _, o := range f.list {
			parseSpec(o)
			bug.Assert(o.Ret != nil || o.RetLit != nil || o.Bind != nil, "no result type for "+o.Spec)
		}
		if base := variantOf[f.name]; base != "" {
			f.fallBack(r.overloads(base))
		}
	})
	return f.list
}

// fallBack gives a frame variant the overloads of the function that it varies, behind its own: dates add the same either way.
func (f *function) fallBack(base []*Overload) {
	taken := map[string]bool{}
	for _, o := range f.list {
		taken[o.ID[len(o.Name):]] = true
	}
	for _, o := range base {
		if !taken[o.ID[len(o.Name):]] {
			f.list = append(f.list, o)
		}
	}
}

// variantOf maps a frame's variant of a function to the function.
var variantOf = map[string]string{"add_wrap": "add", "sub_wrap": "sub", "mul_wrap": "mul", "neg_wrap": "neg", "abs_wrap": "abs",
	"floordiv_null": "floordiv", "mod_null": "mod", "sum_wrap": "sum"}

// Lookup returns the overloads of a function by canonical name or alias, ignoring case; nil if there is none. The slice is shared.
func Lookup(name string) []*Overload {
	if list := functions.overloads(name); list != nil {
		return list
	}
	return functions.overloads(strings.ToLower(name))
}

// Is reports whether name is a function of the kind; it ignores case as Lookup does.
func Is(name string, kind Kind) bool {
	list := Lookup(name)
	return len(list) > 0 && list[0].Kind == kind
}

// ByID returns the overload with the ID, or nil.
func ByID(id string) *Overload {
	name, _, _ := strings.Cut(id, ".")
	for _, o := range functions.overloads(name) {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// All returns every overload in table order. The slice is shared.
func All() []*Overload {
	for _, n := range functions.names {
		functions.overloads(n)
	}
	return functions.all
}

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

// scalar makes a scalar overload from its signature, which function completes.
//
//go:noinline
func scalar(spec string, props Props, doc string, opts ...option) *Overload {
	return declare(Scalar, spec, props, doc, opts)
}

func declare(kind Kind, spec string, props Props, doc string, opts []option) *Overload {
	o := &Overload{Kind: kind, Props: props, Doc: doc, Spec: spec, Name: spec[:strings.IndexByte(spec, '(')]}
	for _, f := range opts {
		f(o)
	}
	return o
}
