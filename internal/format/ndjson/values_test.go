package ndjson_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/spi"
)

func TestRowsThatAreNoObjectsAreValuesOfOneColumn(t *testing.T) {
	for _, c := range []struct {
		text string
		opts spi.Options
		want string // schema and rows, or a part of the error
	}{
		{"4\n 5 \n\nnull\n6", nil, "json int64: 4 / 5 / NULL / 6"},
		{"4\n\"x\"\n", nil, `json json: "4" / "\"x\""`},
		{"true\nfalse\n", nil, "json boolean: 1 / 0"},
		{"[1,2]\n[3]\n[]\n", nil, "json int64[]: [1, 2] / [3] / []"},
		{"[1, 2,\n 3]", nil, "json int64: 1 / 2 / 3"},
		{"[[1],[2,\n3]]\n", nil, "json int64[]: [1] / [2, 3]"},
		{"[\n [],\n [\n\n ]\n]\n", spi.Options{"format": "array"}, "json json[]: [] / []"},
		{"\xEF\xBB\xBF[\"a\"]", nil, `json varchar: "a"`},
		{"\xEF\xBB\xBF[{\"a\":1}]", nil, "a int64: 1"},
		{"", nil, "json json: "},
		{" \n\t\n", nil, "json json: "},
		{"[\n]\n", nil, "json json: "},
		{"{}\n", nil, "json map(varchar, json): []"},
		{"{}\n{\"a\":1}\n", nil, "a int64: NULL / 1"},
		{"{\"a\":1}\n", spi.Options{"records": false}, "json struct(a int64): [1]"},
		{"4\n", spi.Options{"records": true}, "the line holds a single value, not an object (mem://f.ndjson, line 1)"},
		{"4\n", spi.Options{"records": "maybe"}, "option records must be auto, true or false"},
		{"4\n\"x\"\n", spi.Options{"columns": columns("v:varchar")}, `v varchar: "4" / "x"`},
		{"[4, \"x\"]", spi.Options{"columns": columns("v:varchar,w:varchar")}, "the document holds a single value, not an object (mem://f.ndjson, line 1)"},
		{"[4, {\"v\":1}, \"x\", [2], {\"v\":2}]", spi.Options{"columns": columns("v:int,w:int"), "on_error": "skip"}, "v int, w int: 1 | NULL / 2 | NULL"},
		{"[{\"v\":1}, 5, {\"v\":2}]", spi.Options{"on_error": "skip"}, "v int64: 1 / 2"},
		{"4\n5x\n6", nil, "invalid JSON: expected the end of the line after the"},
		{"4\n}\n6", spi.Options{"on_error": "skip"}, "json int64: 4 / 6"},
		{"'[]\n", spi.Options{"ignore_errors": true}, "invalid JSON: expected an object, found '\\''"},
		{"[4, 5", nil, "ends inside the array"},
		{"{\"id\":\"01234567-89ab-cdef-0123-456789abcdef\"}\n{\"id\":null}\n", nil, "id uuid: -168628817385265060802637721361477546513 / NULL"},
		{"{\"id\":\"01234567-89ab-cdef-0123-456789abcdef\"}\n{\"id\":\"x\"}\n", nil, `id varchar: "01234567-89ab-cdef-0123-456789abcdef" / "x"`},
		{"{\"id\":\"01234567-89AB-cdef-0123-456789abcdef\"}\n", nil, `id varchar: "01234567-89AB-cdef-0123-456789abcdef"`},
		{"{\"id\":\"0123456789abcdef0123456789abcdef\"}\n", nil, `id varchar: "0123456789abcdef0123456789abcdef"`},
	} {
		s, rows, err := read(c.text, c.opts)
		got := strings.NewReplacer("int32", "int").Replace(s.String()) + ": " + strings.Join(rows, " / ")
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) || strings.HasSuffix(c.want, ": ") && got != c.want {
			t.Errorf("%q %v:\n got %s\nwant %s", c.text, c.opts, got, c.want)
		}
	}
}

// TestValuesCrossWindows reads arrays of numbers that are longer than what is held of a file, so that numbers are cut at any place.
func TestValuesCrossWindows(t *testing.T) {
	for pad := range 8 {
		var b strings.Builder
		b.WriteString("[" + strings.Repeat(" ", pad))
		const n = 300_000
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprint(&b, i)
		}
		b.WriteString("]")
		_, rows, err := read(b.String(), nil)
		if err != nil || len(rows) != n {
			t.Fatalf("%d blanks: %d rows, %v", pad, len(rows), err)
		}
		for i, r := range rows {
			if r != fmt.Sprint(i) {
				t.Fatalf("%d blanks: row %d is %s", pad, i, r)
			}
		}
	}
}
