package sig

import "github.com/siksik-data/siksik/dtype"

// jsonTable declares functions of JSON text. Paths are $.a[0].b or /a/0/b; a text that is neither is a key.
func jsonTable() []*Overload {
	return []*Overload{
		scalar("json_extract(j text, path string) json", fallible, "The value at a path; the operator ->."),
		scalar("json_extract(j text, index bigint) json", fallible, "One element of an array from 0, negative from the end."),
		scalar("json_extract_string(j text, path string) string", fallible, "The value at a path as text; the operator ->>."),
		scalar("json_extract_string(j text, index bigint) string", fallible, "One element of an array as text."),
		scalar("json_exists(j text, path string) bool", fallible, "Whether there is a value at the path."),
		scalar("json(j text) json", fallible, "JSON text without white space between its parts."),
		scalar("json_pretty(j text) string", fallible, "JSON text with each member and element on a line of its own."),
		scalar("json_structure(j text) json", fallible, "The types of a value as JSON: of an object by key, of an array for all elements."),
		scalar("json_valid(j text) bool", strict, "Whether the text is one JSON value."),
		scalar("json_array_length(j text, path string?) ubigint", fallible, "Number of elements; 0 if the value is no array."),
		scalar("json_type(j text, path string?) string", fallible, "OBJECT, ARRAY, VARCHAR, BIGINT, UBIGINT, DOUBLE, BOOLEAN or NULL."),
		scalar("json_keys(j text, path string?) string[]", fallible, "The keys of an object."),
		scalar("json_contains(a text, b text) bool", fallible, "Whether b is contained in a."),
		scalar("to_json(x any) json", fallible, "Any value as JSON."),
		scalar("json_array(x any...) json", Fallible, "A JSON array of the arguments."),
		scalar("json_object(pair any...) json", Fallible, "A JSON object from keys and values."),
	}
}

// miscTable declares what fits nowhere else.
func miscTable() []*Overload {
	return []*Overload{
		scalar("typeof(x any) string", 0, "The name of the type."),
		scalar("hash(x any...) ubigint", 0, "A 64-bit hash of the arguments; stable within one version of siksik only."),
		scalar("uuid() uuid", Volatile, "A random UUID (version 4)."),
		scalar("error(message string) null", Volatile|Fallible, "Fails with the message."),
		scalar("enum_code(e enum) bigint", strict, "The position of the value in its enum, from 0."),
		scalar("enum_first(e enum) string", 0, "The first value of the enum."),
		scalar("enum_last(e enum) string", 0, "The last value of the enum."),
		scalar("enum_range(e enum) string[]", 0, "All values of the enum."),
		scalar("fill_null(x T, value T) T", 0, "x, or value where x is null.", id("fill_null.any")),
		scalar("fill_nan(x T:float, value T:float) T", 0, "x, or value where x is nan.", id("fill_nan.float")),
		scalar("clip(x T, low T, high T) T", 0, "x between bounds; a null bound is open.", id("clip.any")),
	}
}

// SumType is the type of the sum of values of t: hugeint for integers and bools, decimal(38,s) for decimals, else double.
func SumType(t dtype.Type) dtype.Type {
	switch {
	case t.IsInteger(), t.Kind == dtype.Bool:
		return dtype.Of(dtype.Int128)
	case t.Kind == dtype.Decimal:
		return dtype.DecimalOf(38, int(t.Scale))
	default:
		return dtype.Of(dtype.Float64)
	}
}
