package ndjson_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/siksik-data/siksik/spi"
)

// FuzzReaderAgainstEncodingJSON reads one line both ways: what encoding/json refuses must be refused, and values must be equal. Lone
// surrogates, which it replaces, are errors here, and so is nesting beyond our limit.
func FuzzReaderAgainstEncodingJSON(f *testing.F) {
	for _, s := range []string{`{"a":1,"s":"x","l":[1,2],"o":{"p":true}}`, `{"a":-1.5e3,"s":"\u00e9\"","z":[{"q":null}]}`, `{"s":"a","s":"b"}`, `{"l":[], "o":{}}`,
		` { "a" : 12345678901234567 , "s" : "long enough to need a heap" } `, `{"o":{"p":false,"q":"\ud83d\ude42"}}`, `{"a":0.1,"z":tru}`} {
		f.Add(s)
	}
	cols := columns("a:json,s:varchar,l:json[],o:struct(p json)")
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\n\r") || strings.TrimSpace(line) == "" || strings.HasPrefix(line, "\xEF") || len(line) > 2000 {
			return
		}
		valid := json.Valid([]byte(line)) && utf8.ValidString(line)
		_, rows, err := read(line, spi.Options{"columns": cols, "format": "lines"})
		if err == nil && !valid {
			t.Fatalf("accepted %q", line)
		}
		if !valid || !strings.HasPrefix(strings.TrimSpace(line), "{") || strings.Contains(strings.ToLower(line), `\ud`) || strings.Count(line, "[")+strings.Count(line, "{") > 900 {
			return
		}
		// encoding/json matches keys without regard to case; a map does not.
		var m map[string]json.RawMessage
		if e := json.Unmarshal([]byte(line), &m); e != nil {
			t.Fatalf("twin: %v", e)
		}
		// A repeated key whose first value does not fit is an error, though the last one would win.
		if wrongTypes(m) || err != nil && strings.Contains(err.Error(), "is not of type") {
			return
		}
		if err != nil {
			t.Fatalf("refused %q: %v", line, err)
		}
		if len(rows) != 1 {
			t.Fatalf("%d rows of %q", len(rows), line)
		}
		if s, ok := m["s"]; ok && s[0] == '"' {
			var want string
			if json.Unmarshal(s, &want); !strings.Contains(rows[0], quote(want)) {
				t.Fatalf("%q: %s lacks %s", line, rows[0], quote(want))
			}
		}
		if a, ok := m["a"]; ok && string(a) != "null" && !strings.HasPrefix(rows[0], quote(string(bytes.TrimSpace(a)))) {
			t.Fatalf("%q: %s lacks %s", line, rows[0], a)
		}
	})
}

// wrongTypes reports values that do not fit the columns; those are errors of their own.
func wrongTypes(m map[string]json.RawMessage) bool {
	for k, open := range map[string]byte{"l": '[', "o": '{'} {
		if v, ok := m[k]; ok && v[0] != open && v[0] != 'n' {
			return true
		}
	}
	return false
}

func quote(s string) string { return strconv.Quote(s) }
