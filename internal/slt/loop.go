package slt

import (
	"strconv"
	"strings"
)

// variables are the values of the loops around a record, innermost last.
type variables []variable

type variable struct{ name, value string }

// get returns the value of a loop variable.
func (v variables) get(name string) (string, bool) {
	for i := len(v) - 1; i >= 0; i-- {
		if v[i].name == name {
			return v[i].value, true
		}
	}
	return "", false
}

// expand replaces ${name} and {name} by values.
func (v variables) expand(s string) string {
	for _, x := range v {
		name := "{" + x.name + "}"
		s = strings.ReplaceAll(strings.ReplaceAll(s, "$"+name, x.value), name, x.value)
	}
	return s
}

// groups are the names that foreach takes for several values.
var groups = map[string][]string{
	"<integral>":    {"tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"},
	"<signed>":      {"tinyint", "smallint", "integer", "bigint", "hugeint"},
	"<unsigned>":    {"utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"},
	"<numeric>":     {"tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint", "float", "double"},
	"<alltypes>":    {"tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint", "float", "double", "bool", "interval", "varchar"},
	"<compression>": {"none"},
	"<all_types_columns>": {"bool", "tinyint", "smallint", "int", "bigint", "hugeint", "utinyint", "usmallint", "uint", "ubigint", "date", "time", "timestamp", "timestamp_s",
		"timestamp_ms", "timestamp_ns", "time_tz", "timestamp_tz", "float", "double", "dec_4_1", "dec_9_4", "dec_18_6", "dec38_10", "uuid", "interval", "varchar", "blob",
		"bit", "small_enum", "medium_enum", "large_enum", "int_array", "double_array", "date_array", "timestamp_array", "timestamptz_array", "varchar_array",
		"nested_int_array", "struct", "struct_of_arrays", "array_of_structs", "map"},
}

// rounds returns what the variables of a loop are in each of its rounds.
func (s *script) rounds(c *command, outer variables) ([]variables, error) {
	names := strings.Split(c.words[1], ",")
	if !strings.HasSuffix(c.words[0], "foreach") {
		return s.counted(c, outer)
	}
	var values []string
	for _, w := range c.words[2:] {
		switch g, ok := groups[w]; {
		case ok:
			values = append(values, g...)
		case strings.HasPrefix(w, "!"):
			values = without(values, w[1:])
		default:
			values = append(values, w)
		}
	}
	var out []variables
	for _, v := range values {
		parts := []string{v}
		if len(names) > 1 {
			parts = strings.Split(v, ",")
		}
		if len(parts) != len(names) {
			return nil, s.fail(c.line, "%q is not %d values", v, len(names))
		}
		round := append(variables(nil), outer...)
		for i, n := range names {
			round = append(round, variable{n, parts[i]})
		}
		out = append(out, round)
	}
	return out, nil
}

// counted are the rounds of loop V from to.
func (s *script) counted(c *command, outer variables) ([]variables, error) {
	if len(c.words) < 4 {
		return nil, s.fail(c.line, "loop takes a variable and two numbers")
	}
	from, err1 := strconv.Atoi(outer.expand(c.words[2]))
	to, err2 := strconv.Atoi(outer.expand(c.words[3]))
	if err1 != nil || err2 != nil {
		return nil, s.fail(c.line, "loop takes a variable and two numbers")
	}
	var out []variables
	for i := from; i < to; i++ {
		out = append(out, append(append(variables(nil), outer...), variable{c.words[1], strconv.Itoa(i)}))
	}
	return out, nil
}

func without(list []string, drop string) []string {
	var out []string
	for _, v := range list {
		if v != drop {
			out = append(out, v)
		}
	}
	return out
}

// holds reports whether the condition lets the record run: it names an engine, or compares a loop variable.
func (c condition) holds(engine []string, vars variables) bool {
	met := false
	if op := strings.IndexAny(c.word, "=<>!"); op > 0 {
		met = compares(c.word[:op], c.word[op:], vars)
	} else {
		for _, e := range engine {
			met = met || strings.EqualFold(e, c.word)
		}
	}
	return met == c.only
}

// compares evaluates name=value, !=, <, <=, > and >=, as numbers where both are.
func compares(name, rest string, vars variables) bool {
	op := rest[:1]
	if len(rest) > 1 && rest[1] == '=' {
		op = rest[:2]
	}
	left, ok := vars.get(name)
	if !ok {
		return false
	}
	right := rest[len(op):]
	order := strings.Compare(left, right)
	a, err1 := strconv.ParseFloat(left, 64)
	if b, err2 := strconv.ParseFloat(right, 64); err1 == nil && err2 == nil {
		order = 0
		if a < b {
			order = -1
		} else if a > b {
			order = 1
		}
	}
	switch op {
	case "=", "==":
		return order == 0
	case "!=", "<>":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}
