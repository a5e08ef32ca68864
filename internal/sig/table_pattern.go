package sig

import (
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// patternTable declares pattern matching. Regular expressions have RE2's syntax. Options are letters: i ignore case, c match it, s dot
// matches newline, m or n or p as in RE2, g replace all.
func patternTable() []*Overload {
	return []*Overload{
		scalar("like(s string, pattern string, escape string?) bool", fallible, "LIKE: % is any text, _ any character."),
		scalar("not_like(s string, pattern string, escape string?) bool", fallible, "NOT LIKE."),
		scalar("ilike(s string, pattern string, escape string?) bool", fallible, "LIKE without regard to case."),
		scalar("not_ilike(s string, pattern string, escape string?) bool", fallible, "NOT ILIKE."),
		scalar("glob(s string, pattern string) bool", strict, "File-name pattern: * is any text, ? any character, [a-z] a class."),
		scalar("regexp_matches(s string, pattern string, options string?) bool", fallible, "Whether the pattern matches a part of s."),
		scalar("regexp_full_match(s string, pattern string, options string?) bool", fallible, "Whether the pattern matches all of s."),
		scalar("regexp_replace(s string, pattern string, new string, options string?) string", fallible, "The first match (all with option g) replaced; \\\\1 stands for a group."),
		scalar("regexp_extract(s string, pattern string, group integer?, options string?) string", fallible, "The first match or one of its groups; empty if there is none."),
		scalar("regexp_extract(s string, pattern string, names string[]!, options string?) *", fallible, "The groups of the first match as a struct.", retLit(namedGroups)),
		scalar("regexp_extract_all(s string, pattern string, group integer?, options string?) string[]", fallible, "All matches or one group of each."),
		scalar("regexp_split(s string, pattern string, options string?) string[]", fallible, "The parts between matches."),
		scalar("regexp_escape(s string) string", strict, "Text that matches itself as a pattern."),
		scalar("regexp_count(s string, pattern string) bigint", fallible, "Number of matches."),
		scalar("str_extract(s string, pattern string, group integer) string", fallible, "One group of the first match; null if there is none."),
		scalar("str_replace_regex(s string, pattern string, new string, count bigint) string", fallible, "The first count matches replaced (all if negative); $1 or ${name} stands for a group."),
	}
}

// namedGroups is a struct of texts with the names of the constant list.
func namedGroups(args []Arg) (dtype.Type, error) {
	lit := args[2].Lit
	if lit.Null || len(lit.Kids) == 0 {
		return dtype.Type{}, fault.New(fault.Type, "regexp_extract needs a list with at least one group name")
	}
	var fields []dtype.Field
	seen := map[string]bool{}
	for _, k := range lit.Kids {
		if k.Null || seen[strings.ToLower(k.S)] {
			return dtype.Type{}, fault.New(fault.Type, "regexp_extract needs group names that are not null and differ")
		}
		seen[strings.ToLower(k.S)] = true
		fields = append(fields, dtype.Field{Name: k.S, Type: dtype.Of(dtype.String)})
	}
	return dtype.StructOf(fields...), nil
}
