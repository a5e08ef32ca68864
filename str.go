package siksik

import (
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/fn"
)

// Str offers functions of text.
func (e Expr) Str() StrExpr { return StrExpr{e} }

// StrExpr is the text functions of an expression. Lengths and offsets count characters (Unicode code points).
type StrExpr struct{ e Expr }

// Contains reports whether the regular expression matches anywhere.
func (s StrExpr) Contains(pattern string) Expr { return s.e.use(fn.Regexp, "regexp_matches", pattern) }

// ContainsLiteral reports whether the text occurs.
func (s StrExpr) ContainsLiteral(text Operand) Expr { return s.e.use(fn.TextMeasure, "contains", text) }

// StartsWith tests the beginning.
func (s StrExpr) StartsWith(prefix Operand) Expr {
	return s.e.use(fn.TextMeasure, "starts_with", prefix)
}

// EndsWith tests the end.
func (s StrExpr) EndsWith(suffix Operand) Expr { return s.e.use(fn.TextMeasure, "ends_with", suffix) }

// Extract is the text of a group of the first match of the regular expression (0 is the whole match), null without a match.
func (s StrExpr) Extract(pattern string, group int) Expr {
	return s.e.use(fn.Regexp, "str_extract", pattern, int32(group))
}

// Replace replaces the first match of the regular expression; $1 stands for a group.
func (s StrExpr) Replace(pattern, with string) Expr {
	return s.e.use(fn.Regexp, "str_replace_regex", pattern, with, int64(1))
}

// ReplaceAll replaces every match of the regular expression; $1 stands for a group.
func (s StrExpr) ReplaceAll(pattern, with string) Expr {
	return s.e.use(fn.Regexp, "str_replace_regex", pattern, with, int64(-1))
}

// ReplaceLiteral replaces every occurrence of a text.
func (s StrExpr) ReplaceLiteral(old, with Operand) Expr {
	return s.e.use(fn.TextEdit, "replace", old, with)
}

// Split is the list of the parts between separators.
func (s StrExpr) Split(sep Operand) Expr { return s.e.use(fn.TextEdit, "split", sep) }

// ToLowercase converts to lower case.
func (s StrExpr) ToLowercase() Expr { return s.e.use(fn.TextCase, "lower") }

// ToUppercase converts to upper case.
func (s StrExpr) ToUppercase() Expr { return s.e.use(fn.TextCase, "upper") }

// LenChars counts characters.
func (s StrExpr) LenChars() Expr { return s.e.use(fn.TextMeasure, "length") }

// LenBytes counts bytes.
func (s StrExpr) LenBytes() Expr { return s.e.use(fn.TextMeasure, "strlen") }

// Slice is length characters from the offset (0-based, negative from the end); a negative length means to the end.
func (s StrExpr) Slice(offset, length int) Expr {
	if length < 0 {
		return s.e.use(fn.TextSlice, "str_slice", int64(offset))
	}
	return s.e.use(fn.TextSlice, "str_slice", int64(offset), int64(length))
}

// StripChars removes the characters of set from both ends; an empty set means white space.
func (s StrExpr) StripChars(set string) Expr {
	if set == "" {
		return s.e.use(fn.TextSlice, "strip_chars")
	}
	return s.e.use(fn.TextSlice, "strip_chars", set)
}

// PadStart fills up to n characters at the start.
func (s StrExpr) PadStart(n int, fill string) Expr {
	return s.e.use(fn.TextEdit, "lpad", int32(n), fill)
}

// Strptime parses text with a format of %-codes as type t (a timestamp, date or time); text that does not fit is an error.
func (s StrExpr) Strptime(t dtype.Type, format string) Expr {
	return s.e.use(fn.Strptime, "strptime", format).Cast(t)
}

// Dt offers functions of dates and times.
func (e Expr) Dt() DtExpr { return DtExpr{e} }

// DtExpr is the date and time functions of an expression.
type DtExpr struct{ e Expr }

// Year is the calendar year.
func (d DtExpr) Year() Expr { return d.e.use(fn.DateParts, "year") }

// Quarter is 1 to 4.
func (d DtExpr) Quarter() Expr { return d.e.use(fn.DateParts, "quarter") }

// Month is 1 to 12.
func (d DtExpr) Month() Expr { return d.e.use(fn.DateParts, "month") }

// Day is the day of the month.
func (d DtExpr) Day() Expr { return d.e.use(fn.DateParts, "day") }

// Weekday is the ISO day of the week, Monday 1 to Sunday 7.
func (d DtExpr) Weekday() Expr { return d.e.use(fn.DateParts, "isodow") }

// Week is the ISO week.
func (d DtExpr) Week() Expr { return d.e.use(fn.DateParts, "week") }

// OrdinalDay is the day of the year.
func (d DtExpr) OrdinalDay() Expr { return d.e.use(fn.DateParts, "dayofyear") }

// Hour is 0 to 23.
func (d DtExpr) Hour() Expr { return d.e.use(fn.DateParts, "hour") }

// Minute is 0 to 59.
func (d DtExpr) Minute() Expr { return d.e.use(fn.DateParts, "minute") }

// Second is 0 to 59.
func (d DtExpr) Second() Expr { return d.e.use(fn.DateParts, "second") }

// Truncate rounds down to a multiple of a duration string such as "1d", "15m", "1w", "1mo", "1q", "1y".
func (d DtExpr) Truncate(every string) Expr { return d.e.use(fn.DateBuckets, "dt_truncate", every) }

// Date is the calendar day.
func (d DtExpr) Date() Expr { return d.e.use(fn.DateZones, "dt_date") }

// Strftime formats with %-codes.
func (d DtExpr) Strftime(format string) Expr { return d.e.use(fn.Strftime, "strftime", format) }

// EpochSeconds is seconds since 1970, as a float.
func (d DtExpr) EpochSeconds() Expr { return d.e.use(fn.DateParts, "epoch") }

// TotalSeconds is a duration in whole seconds.
func (d DtExpr) TotalSeconds() Expr { return d.e.use(fn.DateZones, "dt_total", "s") }

// List offers functions of lists.
func (e Expr) List() ListExpr { return ListExpr{e} }

// ListExpr is the list functions of an expression. Positions are 0-based and count from the end when negative.
type ListExpr struct{ e Expr }

// Len counts elements.
func (l ListExpr) Len() Expr { return l.e.use(fn.TextMeasure, "length") }

// Get is the element at i, null outside the list.
func (l ListExpr) Get(i Operand) Expr { return l.e.use(fn.Lists, "list_get", i) }

// First is the first element.
func (l ListExpr) First() Expr { return l.e.use(fn.Lists, "list_first") }

// Last is the last element.
func (l ListExpr) Last() Expr { return l.e.use(fn.Lists, "list_last") }

// Contains reports whether the value is an element.
func (l ListExpr) Contains(v Operand) Expr { return l.e.use(fn.ListSearch, "list_contains", v) }

// Sum adds the elements.
func (l ListExpr) Sum() Expr { return l.e.use(fn.ListStats, "list_sum") }

// Join concatenates text elements with a separator.
func (l ListExpr) Join(sep string) Expr { return l.e.use(fn.Lists, "array_to_string", sep) }

// Field is the member of a struct.
func (e Expr) Field(name string) Expr { return e.use(fn.Nested, "struct_extract", name) }
