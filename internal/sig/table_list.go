package sig

import "github.com/siksik-data/siksik/dtype"

// listTable declares list functions. SQL's positions start at 1 and count from the end if negative; those of the list_get family start at 0.
func listTable() []*Overload {
	list := []*Overload{
		scalar("list_value(item T...) T[]", 0, "A list of the arguments.", id("list_value.any"), ret(listOfFirst)),
		scalar("list_extract(list T[], index bigint) T", strict, "One element (1-based, negative from the end); null if there is none.", id("list_extract.list")),
		scalar("list_extract(s string, index bigint) string", fallible, "One character (1-based, negative from the end)."),
		scalar("list_get(list T[], index bigint) T", strict, "One element (0-based, negative from the end); null if there is none.", id("list_get.list")),
		scalar("list_first(list T[]) T", strict, "The first element; null for an empty list.", id("list_first.list")),
		scalar("list_last(list T[]) T", strict, "The last element; null for an empty list.", id("list_last.list")),
		scalar("list_contains(list T[], item T) bool", strict, "Whether an element equals item.", id("list_contains.list")),
		scalar("list_position(list T[], item T) integer", 0, "Position of the first element that equals item, null equal to null; null if there is none.", id("list_position.list")),
		scalar("list_count_matches(list T[], item T) bigint", strict, "How many elements equal item.", id("list_count_matches.list")),
		scalar("list_has_any(a T[], b T[]) bool", strict|Commutative, "Whether the lists share an element.", id("list_has_any.list")),
		scalar("list_has_all(a T[], b T[]) bool", strict, "Whether every element of b is in a.", id("list_has_all.list")),
		scalar("list_intersect(a T[], b T[]) T[]", strict, "The distinct elements of a that are in b.", id("list_intersect.list")),
		scalar("list_slice(list T[], first bigint, last bigint, step bigint?) T[]", fallible, "Elements first to last (1-based, inclusive, negative from the end); 1 and -1 stand for open bounds.", id("list_slice.list")),
		scalar("list_slice(s string, first bigint, last bigint) string", strict, "Characters first to last (1-based, inclusive, negative from the end)."),
		scalar("list_head(list T[], count bigint) T[]", strict, "The first elements.", id("list_head.list")),
		scalar("list_tail(list T[], count bigint) T[]", strict, "The last elements.", id("list_tail.list")),
		scalar("list_gather(list T[], index bigint[]) T[]", fallible, "The elements at 0-based positions.", id("list_gather.list")),
		scalar("list_concat(a T[], b T[]...) T[]", 0, "All elements of all lists; a null list counts as empty.", id("list_concat.list")),
		scalar("list_append(list T[], item T) T[]", 0, "The list with item at the end.", id("list_append.list")),
		scalar("list_prepend(item T, list T[]) T[]", 0, "The list with item at the start.", id("list_prepend.list"), ret(second)),
		scalar("list_sort(list T[], order string?, nulls string?) T[]", fallible, "Sorted; order is ASC or DESC, nulls is NULLS FIRST or NULLS LAST.", id("list_sort.list")),
		scalar("list_reverse_sort(list T[], nulls string?) T[]", fallible, "Sorted in descending order.", id("list_reverse_sort.list")),
		scalar("list_reverse(list T[]) T[]", strict, "Elements in reverse order.", id("list_reverse.list")),
		scalar("list_distinct(list T[]) T[]", strict, "Elements without repetition and nulls, in order of first appearance.", id("list_distinct.list")),
		scalar("list_unique(list T[]) ubigint", strict, "Number of distinct elements, nulls not counted.", id("list_unique.list")),
		scalar("list_n_unique(list T[]) bigint", strict, "Number of distinct elements, null counting as one.", id("list_n_unique.list")),
		scalar("list_drop_nulls(list T[]) T[]", strict, "Elements that are not null.", id("list_drop_nulls.list")),
		scalar("list_count(list T[]) bigint", strict, "Number of elements that are not null.", id("list_count.list")),
		scalar("list_resize(list T[], size bigint, fill T?) T[]", 0, "The list cut or filled to a size.", id("list_resize.list")),
		scalar("list_zip(a list, b list...) *", 0, "A list of structs of the elements at each position.", ret(zipped)),
		scalar("list_any_value(list T[]) T", strict, "The first element that is not null.", id("list_any_value.list")),
		scalar("list_min(list T[]) T", strict, "The least element.", id("list_min.list")),
		scalar("list_max(list T[]) T", strict, "The greatest element.", id("list_max.list")),
		scalar("list_bool_and(list bool[]) bool", strict, "Whether all elements are true."),
		scalar("list_bool_or(list bool[]) bool", strict, "Whether any element is true."),
		scalar("flatten(list list) *", strict, "The elements of the lists in a list.", id("flatten.list"), bind(flattened)),
		scalar("array_to_string(list list, sep string, null string?) string", 0, "The elements as text with sep, or a comma for null, between them; nulls are skipped, or replaced."),
		scalar("range(start bigint, stop bigint?, step bigint?) bigint[]", fallible, "Numbers from start (0) up to but without stop."),
		scalar("range(start timestamp, stop timestamp, step interval) timestamp[]", fallible, "Timestamps from start up to but without stop."),
		scalar("generate_series(start bigint, stop bigint?, step bigint?) bigint[]", fallible, "Numbers from start (0) up to and with stop."),
		scalar("generate_series(start timestamp, stop timestamp, step interval) timestamp[]", fallible, "Timestamps from start up to and with stop."),
		scalar("array_value(item T...) *", 0, "A fixed-length array of the arguments.", ret(arrayOfArgs)),
	}
	for _, f := range []struct {
		name, doc string
		result    func(dtype.Type) dtype.Type
	}{{"sum", "Sum of the elements.", SumType}, {"avg", "Mean of the elements.", meanType}, {"product", "Product of the elements.", realType},
		{"median", "Median of the elements.", realType}, {"std_samp", "Sample standard deviation.", realType}, {"var_samp", "Sample variance.", realType}} {
		list = append(list, scalar("list_"+f.name+"(list T[]) *", fallible, f.doc, id("list_"+f.name+".list"), bind(numberList(f.result))))
	}
	return list
}

// numberList takes a list of numbers or bools.
func numberList(result func(dtype.Type) dtype.Type) func([]Arg) ([]dtype.Type, dtype.Type, bool) {
	return func(args []Arg) ([]dtype.Type, dtype.Type, bool) {
		t := args[0].Type
		if t.Kind != dtype.List && t.Kind != dtype.Array && t.Kind != dtype.Null {
			return nil, t, false
		}
		elem := t.Elem()
		if !elem.IsNumeric() && elem.Kind != dtype.Bool && elem.Kind != dtype.Null {
			return nil, t, false
		}
		if elem.Kind == dtype.Null {
			elem = dtype.Of(dtype.Int32)
		}
		return []dtype.Type{dtype.ListOf(elem)}, result(elem), true
	}
}

func realType(dtype.Type) dtype.Type { return dtype.Of(dtype.Float64) }
func meanType(dtype.Type) dtype.Type { return dtype.Of(dtype.Float64) }

func listOfFirst(args []dtype.Type) dtype.Type {
	if len(args) == 0 {
		return dtype.ListOf(dtype.Of(dtype.Null))
	}
	return dtype.ListOf(args[0])
}

// flattened takes a list of lists, of which all may be null.
func flattened(args []Arg) ([]dtype.Type, dtype.Type, bool) {
	t := args[0].Type
	switch t.Kind {
	case dtype.Null:
		t = dtype.ListOf(dtype.ListOf(dtype.Type{}))
	case dtype.List, dtype.Array:
		t = dtype.ListOf(t.Elem())
	default:
		return nil, t, false
	}
	switch e := t.Elem(); e.Kind {
	case dtype.Null:
		t = dtype.ListOf(dtype.ListOf(dtype.Type{}))
	case dtype.List:
	case dtype.Array:
		t = dtype.ListOf(dtype.ListOf(e.Elem()))
	default:
		return nil, t, false
	}
	return []dtype.Type{t}, t.Elem(), true
}

func arrayOfArgs(args []dtype.Type) dtype.Type {
	if len(args) == 0 {
		return dtype.ArrayOf(dtype.Type{}, 0)
	}
	return dtype.ArrayOf(args[0], len(args))
}

func zipped(args []dtype.Type) dtype.Type {
	fields := make([]dtype.Field, len(args))
	for i, t := range args {
		fields[i] = dtype.Field{Type: t.Elem()}
	}
	return dtype.ListOf(dtype.StructOf(fields...))
}
