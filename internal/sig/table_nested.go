package sig

import (
	"slices"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// nestedTable declares struct and map functions. A call with names (struct_pack(a := 1)) reaches them as pairs of a constant name and a
// value.
func nestedTable() []*Overload {
	return []*Overload{
		scalar("struct_pack(pair any...) *", 0, "A struct of named values: name, value, name, value, …", retLit(packed)),
		scalar("struct_insert(s struct, pair any...) *", 0, "The struct with further named values.", retLit(inserted)),
		scalar("row(value any...) *", 0, "A struct of values without names.", ret(unnamed)),
		scalar("struct_extract(s struct, name string!) *", strict, "One field by name.", retLit(fieldByName)),
		scalar("struct_extract(s struct, index bigint!) *", strict, "One field by position from 1.", retLit(fieldByIndex)),
		scalar("map(keys K[], values V[]) *", fallible, "A map from lists of keys and values.", id("map.list_list"), ret(mapOfLists)),
		scalar("map() *", 0, "An empty map.", ret(func([]dtype.Type) dtype.Type { return dtype.MapOf(dtype.Type{}, dtype.Type{}) })),
		scalar("map_from_entries(entries list) *", fallible, "A map from a list of structs of key and value.", bind(entriesList)),
		scalar("map_keys(m map) *", strict, "The keys as a list.", ret(func(a []dtype.Type) dtype.Type { return dtype.ListOf(a[0].Fields[0].Type) })),
		scalar("map_values(m map) *", strict, "The values as a list.", ret(func(a []dtype.Type) dtype.Type { return dtype.ListOf(a[0].Fields[1].Type) })),
		scalar("map_entries(m map) *", strict, "The entries as a list of structs.", ret(func(a []dtype.Type) dtype.Type { return dtype.ListOf(a[0].Elem()) })),
		scalar("map_extract(m map, key any) *", 0, "The value of a key as a list of one, or an empty list.", bind(mapKey(true))),
		scalar("map_extract_value(m map, key any) *", strict, "The value of a key, or null; the operator m[key].", bind(mapKey(false))),
		scalar("map_contains(m map, key any) bool", strict, "Whether the map has the key.", bind(mapHas)),
		scalar("map_concat(a T:map, b T:map...) T", 0, "Entries of all maps; a later value of a key wins.", id("map_concat.map")),
		scalar("cardinality(m map) ubigint", strict, "Number of entries."),
		scalar("cardinality(list list) ubigint", strict, "Number of elements."),
	}
}

// pairs reads name, value, name, value and appends the fields.
func pairs(fields []dtype.Field, args []Arg, fn string) (dtype.Type, error) {
	if len(args)%2 != 0 {
		return dtype.Type{}, fault.New(fault.Type, "%s needs a name for each value", fn)
	}
	for i := 0; i < len(args); i += 2 {
		name := args[i].Lit
		if name == nil || name.Null || name.Type.Kind != dtype.String {
			return dtype.Type{}, fault.New(fault.Type, "%s needs constant field names", fn)
		}
		same := func(f dtype.Field) bool { return strings.EqualFold(f.Name, name.S) }
		if slices.ContainsFunc(fields, same) {
			return dtype.Type{}, fault.New(fault.Type, "%s has two fields named %s", fn, fault.Quote(name.S))
		}
		fields = append(fields, dtype.Field{Name: name.S, Type: args[i+1].Type})
	}
	if len(fields) == 0 {
		return dtype.Type{}, fault.New(fault.Type, "%s needs at least one field", fn)
	}
	return dtype.StructOf(fields...), nil
}

func packed(args []Arg) (dtype.Type, error) { return pairs(nil, args, "struct_pack") }

func inserted(args []Arg) (dtype.Type, error) {
	return pairs(slices.Clone(args[0].Type.Fields), args[1:], "struct_insert")
}

func unnamed(args []dtype.Type) dtype.Type {
	fields := make([]dtype.Field, len(args))
	for i, t := range args {
		fields[i].Type = t
	}
	return dtype.StructOf(fields...)
}

// FieldByName returns the position of a struct's field, ignoring case, or a name error with the nearest field.
func FieldByName(t dtype.Type, name string) (int, error) {
	s := dtype.NewSchema(t.Fields...)
	if i := s.IndexFold(name); i >= 0 {
		return i, nil
	}
	e := fault.New(fault.Name, "no field %s in %s", fault.Quote(name), t)
	e.Hint = fault.DidYouMean(name, s.Names())
	return -1, e
}

func fieldByName(args []Arg) (dtype.Type, error) {
	i, err := FieldByName(args[0].Type, args[1].Lit.S)
	if err != nil {
		return dtype.Type{}, err
	}
	return args[0].Type.Fields[i].Type, nil
}

func fieldByIndex(args []Arg) (dtype.Type, error) {
	i, fields := args[1].Lit.Int64(), args[0].Type.Fields
	if args[1].Lit.Null || i < 1 || i > int64(len(fields)) {
		return dtype.Type{}, fault.New(fault.Type, "field %s of a struct with %d fields", args[1].Lit, len(fields))
	}
	return fields[i-1].Type, nil
}

func mapOfLists(args []dtype.Type) dtype.Type { return dtype.MapOf(args[0].Elem(), args[1].Elem()) }

func entriesList(args []Arg) ([]dtype.Type, dtype.Type, bool) {
	t := args[0].Type
	e := t.Elem()
	if t.Kind != dtype.List || e.Kind != dtype.Struct || len(e.Fields) != 2 {
		return nil, t, false
	}
	return []dtype.Type{t}, dtype.MapOf(e.Fields[0].Type, e.Fields[1].Type), true
}

// keyed casts the key argument to the map's key type.
func keyed(args []Arg) ([]dtype.Type, bool) {
	m := args[0].Type
	if m.Kind != dtype.Map {
		return nil, false
	}
	key := m.Fields[0].Type
	if argCost(args[1], key) < 0 {
		if t, ok := CommonArg(Arg{Type: key}, args[1], InOther); !ok || !t.Equal(key) {
			return nil, false
		}
	}
	return []dtype.Type{m, key}, true
}

func mapKey(list bool) func([]Arg) ([]dtype.Type, dtype.Type, bool) {
	return func(args []Arg) ([]dtype.Type, dtype.Type, bool) {
		types, ok := keyed(args)
		if !ok {
			return nil, dtype.Type{}, false
		}
		t := types[0].Fields[1].Type
		if list {
			t = dtype.ListOf(t)
		}
		return types, t, true
	}
}

func mapHas(args []Arg) ([]dtype.Type, dtype.Type, bool) {
	types, ok := keyed(args)
	return types, dtype.Of(dtype.Bool), ok
}
