package ndjson_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/format/ndjson"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

func open(m *spitest.MemFS, opts spi.Options, names ...string) (spi.Table, error) {
	var files []spi.FileInfo
	for _, n := range names {
		b, _ := m.Get(n)
		files = append(files, spi.FileInfo{Path: n, Size: int64(len(b))})
	}
	return ndjson.Format{}.OpenTable(context.Background(), m, files, opts)
}

// read returns the rows of the text as one file called f.ndjson.
func read(text string, opts spi.Options) (dtype.Schema, []string, error) {
	m := &spitest.MemFS{}
	m.Put("mem://f.ndjson", []byte(text))
	s, b, err := readFS(m, opts, "mem://f.ndjson")
	return s, spitest.Texts(b), err
}

func readFS(m *spitest.MemFS, opts spi.Options, names ...string) (dtype.Schema, []*data.Batch, error) {
	t, err := open(m, opts, names...)
	if err != nil {
		return dtype.Schema{}, nil, err
	}
	cols := make([]int, t.Schema().Len())
	for i := range cols {
		cols[i] = i
	}
	b, _, err := spitest.Read(context.Background(), t, spi.ScanSpec{Cols: cols, Limit: -1, Threads: 2})
	return t.Schema(), b, err
}

func TestInfersTypesFromTheSample(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"a":1}`, "a int64"},
		{`{"a":18446744073709551615}`, "a uint64"},
		{`{"a":-1}` + "\n" + `{"a":18446744073709551615}`, "a int128"},
		{`{"a":1}` + "\n" + `{"a":1.5}`, "a double"},
		{`{"a":123456789012345678901234567890123456789012345}`, "a double"},
		{`{"a":true}`, "a boolean"},
		{`{"a":null}`, "a json"},
		{`{"a":"x","b":null}` + "\n" + `{"b":2,"c":[]}`, "a varchar, b int64, c json[]"},
		{`{"a":1}` + "\n" + `{"a":"x"}`, "a json"},
		{`{"a":"2024-01-31"}`, "a date"},
		{`{"a":"2024-02-31"}`, "a varchar"},
		{`{"a":"12:30:00"}`, "a time"},
		{`{"a":"2024-01-31T10:00:00Z"}`, "a timestamp"},
		{`{"a":"2024-01-31 10:00:00.123"}` + "\n" + `{"a":"2024-01-31"}`, "a timestamp"},
		{`{"a":"2024-01-31T10:00:00+02:00"}`, "a timestamp with time zone"},
		{`{"a":"2024-01-31T10:00:00.123456789"}`, "a timestamp_ns"},
		{`{"a":{"b":{"c":[{"d":1},{"e":"x"}]}}}`, "a struct(b struct(c struct(d int64, e varchar)[]))"},
		{`{"a":{}}`, "a json"},
		{`{"a b":[[1],[2.5]]}`, `a b double[][]`},
	} {
		s, _, err := read(c.text+"\n", nil)
		if err != nil || s.String() != strings.ReplaceAll(c.want, "double", dtype.Of(dtype.Float64).String()) {
			t.Errorf("%s: %s, %v; want %s", c.text, s, err, c.want)
		}
	}
	if s, _, err := read(`{"a":"2024-01-31"}`, spi.Options{"timestamps": false}); err != nil || s.String() != "a varchar" {
		t.Errorf("without timestamps: %s, %v", s, err)
	}
}

func TestReadsValuesExactly(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, c := range []struct{ columns, text, want string }{
		{"a:bigint", `{"a":9223372036854775807}` + "\n" + `{"a":-9223372036854775808}`, "9223372036854775807 / -9223372036854775808"},
		{"a:bigint", `{"a":1234567890123456}` + "\n" + `{"a":12345678}` + "\n" + `{"a":-0}`, "1234567890123456 / 12345678 / 0"},
		{"a:bigint", `{"a":1e3}` + "\n" + `{"a":5.0}`, "1000 / 5"},
		{"a:ubigint", `{"a":18446744073709551615}`, "18446744073709551615"},
		{"a:double", `{"a":0.1}` + "\n" + `{"a":-12.5e-3}` + "\n" + `{"a":123456789.123456789}` + "\n" + `{"a":7}`, "0.1 / -0.0125 / 1.2345678912345679e+08 / 7"},
		{"a:varchar", `{"a":"\u00e9\n\ud83d\ude42\/\"\\"}` + "\n" + `{"a":"` + long + `\t"}`, `"é\n🙂/\"\\" / "` + long + `\t"`},
		{"a:varchar", `{"a":"größer als zwölf Bytes"}` + "\n" + `{"a":"ü"}` + "\n" + `{"a":""}`, `"größer als zwölf Bytes" / "ü" / ""`},
		{"a:varchar", `{"a":12}` + "\n" + `{"a":{"b": 1}}`, `"12" / "{\"b\": 1}"`},
		{"a:json", `{"a":"x"}` + "\n" + `{"a": [1, {"b":null}] }`, `"\"x\"" / "[1, {\"b\":null}]"`},
		{"a:bigint,b:bigint", `{"a":1,"b":2}` + "\n" + `{"b":3}` + "\n" + `{"b":4,"a":5}` + "\n" + `{ "a" : null , "b" : 6 }` + "\n{}", "1 | 2 / NULL | 3 / 5 | 4 / NULL | 6 / NULL | NULL"},
		{"a:bigint", `{"a":1,"a":2}` + "\n" + `{"a":null,"a":3}` + "\n" + `{"a":3,"a":null}`, "2 / 3 / NULL"},
		{"a:bigint[]", `{"a":[1,2],"a":[3]}` + "\n" + `{"a":[]}` + "\n" + `{"a":null}` + "\n" + `{"a":[null, 4 ]}`, "[3] / [] / NULL / [NULL, 4]"},
		{"a:struct(x int, y varchar[])", `{"a":{"y":["p"],"x":1}}` + "\n" + `{"a":{"x":2,"z":{"k":[1,"}"]}}}` + "\n" + `{"a":null}`, `[1, ["p"]] / [2, NULL] / NULL`},
		{"a:map(varchar, int)", `{"a":{"k":1,"l":null}}` + "\n" + `{"a":{}}`, `[["k", 1], ["l", NULL]] / []`},
		{"a:timestamp", `{"a":"1970-01-01T00:00:01.5Z"}` + "\n" + `{"a":"1970-01-01 01:00:00+01:00"}`, "1500000 / 0"},
		{"a:decimal(10,2)", `{"a":1.23}` + "\n" + `{"a":"4.5"}`, "123 / 450"},
		{"a:bool", "\n\n" + `{"a":true}` + "\r\n\r\n" + `{"a":false}` + "\r\n  ", "1 / 0"},
		{"a:bigint", "\xEF\xBB\xBF" + `{"a":1}`, "1"},
	} {
		opts := spi.Options{"columns": columns(c.columns)}
		_, rows, err := read(c.text, opts)
		if got := strings.Join(rows, " / "); err != nil || got != c.want {
			t.Errorf("%s as %s:\n got %s, %v\nwant %s", c.text, c.columns, got, err, c.want)
		}
	}
}

// columns reads "a:type,b:type"; commas inside parentheses belong to the type.
func columns(text string) dtype.Schema {
	var s dtype.Schema
	for text != "" {
		name, rest, _ := strings.Cut(text, ":")
		end, depth := len(rest), 0
		for i, c := range rest {
			switch {
			case c == '(':
				depth++
			case c == ')':
				depth--
			case c == ',' && depth == 0 && end == len(rest):
				end = i
			}
		}
		t, err := dtype.Parse(rest[:end])
		if err != nil {
			bug.Panicf("%v", err)
		}
		s.Fields = append(s.Fields, dtype.Field{Name: name, Type: t})
		text = strings.TrimPrefix(rest[end:], ",")
	}
	return s
}

func TestErrorsSayWhere(t *testing.T) {
	ok := `{"a":1,"b":"x"}` + "\n"
	for _, c := range []struct{ text, want string }{
		{ok + `{"a":1.5,"b":"x"}`, `the value is not of type int64 (mem://f.ndjson, line 2, column "a", value "1.5")`},
		{ok + ok + `{"a":"y"}`, `line 3, column "a", value "y"`},
		{ok + `{"a":1`, `expected a comma or } after the value, found the end of the line (mem://f.ndjson, line 2)`},
		{ok + `{"a":1,}`, `expected a key in double quotes, found '}' (mem://f.ndjson, line 2)`},
		{ok + `{"a":1}}`, `expected the end of the line after the object, found '}'`},
		{ok + `{"a":01}`, `a number must not start with 0`},
		{ok + `{"a":1,"b":"x`, `expected the end of a string, found the end of the line`},
		{ok + "{\"a\":1,\"b\":\"\xff\"}", `text that is not UTF-8 (mem://f.ndjson, line 2`},
		{ok + "{\"a\":1,\"b\":\"\x01\"}", `control character 0x01`},
		{ok + `{"a":1,"b":"\x"}`, `unknown escape`},
		{ok + `{"a":1,"b":"\ud800"}`, `half of a surrogate pair`},
		{ok + `{"a":1,"b":"x","c":2}`, `key "c" was not in the sample`},
		{ok + `[1]`, `the line holds an array`},
		{ok + `5`, `the line holds a single value`},
		{ok + `nonsense`, `line 2`},
		{ok + `{"a":tru}`, `line 2`},
	} {
		_, _, err := read(c.text, spi.Options{"sample_rows": 1})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
		if fault.CodeOf(err) != fault.Data {
			t.Errorf("%q: code %q", c.text, fault.CodeOf(err))
		}
	}
}

func TestBadJSONIsFoundInColumnsThatNobodyReads(t *testing.T) {
	for _, bad := range []string{`tru`, `1.`, `-`, `[1,]`, `{"x":}`, `"\q"`, "\"\xc3\x28\"", `01`, `[1 2]`, `{"x" 1}`, `nul`, `{"a":1,}`, `1e`, `"` + "\t" + `"`} {
		text := `{"a":1,"b":2}` + "\n" + `{"b":` + bad + `,"a":1}`
		if _, _, err := read(text, spi.Options{"columns": columns("a:bigint")}); err == nil {
			t.Errorf("%s was passed over", bad)
		}
	}
}

// bigFile has a line of about 60 bytes for each number; bad lines replace some.
func bigFile(n int, bad map[int]string) []byte {
	var b bytes.Buffer
	for i := range n {
		if s, ok := bad[i]; ok {
			b.WriteString(s + "\n")
		} else {
			fmt.Fprintf(&b, `{"id":%d,"text":"some text of this row","x":%d}`+"\n", i, i%7)
		}
	}
	return b.Bytes()
}

func TestWrongTypeDeepInASplitFileIsFoundByLine(t *testing.T) {
	m := &spitest.MemFS{}
	m.Put("mem://big.ndjson", bigFile(200_000, map[int]string{150_000: `{"id":"seven"}`}))
	_, _, err := readFS(m, nil, "mem://big.ndjson")
	var e *fault.Error
	if !errors.As(err, &e) || e.Pos.Line != 150_001 || e.Pos.Column != "id" || e.Pos.Value != `"seven"` {
		t.Fatalf("%v", err)
	}
}

func TestRejectFileHoldsTheBadRowsInOrder(t *testing.T) {
	m := &spitest.MemFS{}
	m.Put("mem://big.ndjson", bigFile(100_000, map[int]string{5: `{"id":`, 70_000: `{"id":1.5}`, 40_000: `broken "line"`, 99_999: `{"id":9,"y":[1,2}`}))
	meter := &spi.Meter{}
	table, err := open(m, spi.Options{"columns": columns("id:bigint,text:varchar"), "on_error": map[string]any{"mode": "reject-file", "file": "mem://rejects.ndjson", "limit": "0.1%"}},
		"mem://big.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	rows, _, err := spitest.Read(context.Background(), table, spi.ScanSpec{Cols: []int{0, 1}, Limit: -1, Threads: 4, Meter: meter})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(spitest.Texts(rows)); n != 99_996 || meter.Rejected.Load() != 4 || meter.Rows.Load() != 99_996 {
		t.Errorf("%d rows, meter %d rows, %d rejected", n, meter.Rows.Load(), meter.Rejected.Load())
	}
	_, got, err := readFS(m, nil, "mem://rejects.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`"mem://big.ndjson" | 6 | "" | "" | "invalid JSON: expected a value, found the end of the line" | "{\"id\":"`,
		`"mem://big.ndjson" | 40001 | "" | "" | "invalid JSON: expected an object, found 'b'" | "broken \"line\""`,
		`"mem://big.ndjson" | 70001 | "id" | "\"1.5\"" | "the value is not of type int64" | "{\"id\":1.5}"`,
		`"mem://big.ndjson" | 100000 | "" | "" | "invalid JSON: expected a comma or ] after the element, found '}'" | "{\"id\":9,\"y\":[1,2}"`,
	}
	if g := strings.Join(spitest.Texts(got), "\n"); g != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", g, strings.Join(want, "\n"))
	}
}

func TestOnErrorModesAndLimits(t *testing.T) {
	text := `{"a":1,"b":[1]}` + "\n" + `{"a":"x","b":[2,"y"]}` + "\n" + `{"a":3,"b":[3]}` + "\n"
	cols := columns("a:int,b:int[]")
	for _, c := range []struct {
		on   any
		want string
		err  string
	}{
		{"skip", "1 | [1] / 3 | [3]", ""},
		{"null", "1 | [1] / NULL | [2, NULL] / 3 | [3]", ""},
		{"fail", "", "line 2"},
		{map[string]any{"mode": "skip", "limit": 1}, "1 | [1] / 3 | [3]", ""},
		{map[string]any{"mode": "skip", "limit": 0}, "", "misfit number 1"},
		{map[string]any{"mode": "skip", "limit": "50%"}, "1 | [1] / 3 | [3]", ""},
		{map[string]any{"mode": "skip", "limit": "33%"}, "", "1 of 3 rows do not fit"},
		{map[string]any{"mode": "null", "limit": 1}, "", "misfit number 2"},
		{map[string]any{"mode": "wat"}, "", "unknown on_error mode"},
		{map[string]any{"mode": "skip", "limt": 1}, "", "did you mean \"limit\""},
	} {
		_, rows, err := read(text, spi.Options{"columns": cols, "on_error": c.on})
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v: %v, want %s", c.on, err, c.err)
			}
			continue
		}
		if got := strings.Join(rows, " / "); err != nil || got != c.want {
			t.Errorf("%v: %s, %v; want %s", c.on, got, err, c.want)
		}
	}
}

func TestDocumentsOfObjects(t *testing.T) {
	for _, text := range []string{
		`[{"a":1,"b":{"c":"x"}},{"a":2},{"b":null,"a":3}]`,
		"\n [ {\"a\": 1,\n \"b\": {\"c\": \"x\"}}\n,\n{\"a\":2} ,{\n\"b\":null,\"a\":3}\n]\n\n",
		"{\n  \"a\": 1,\n  \"b\": {\n    \"c\": \"x\"\n  }\n}\n{\n  \"a\": 2\n}\n{\"a\":3, \"b\":null}",
	} {
		s, rows, err := read(text, nil)
		if got := strings.Join(rows, " / "); err != nil || got != `1 | ["x"] / 2 | NULL / 3 | NULL` {
			t.Errorf("%s: %s: %s, %v", text, s, got, err)
		}
	}
	if _, rows, err := read("[]", spi.Options{"columns": columns("a:int")}); err != nil || len(rows) != 0 {
		t.Errorf("[]: %v, %v", rows, err)
	}
	for text, want := range map[string]string{
		"[\n{\"a\":1},\n{\"a\":x}]":       "line 3",
		`[{"a":1}`:                        "ends inside the array",
		`[{"a":1},]`:                      "expected an object, found ']'",
		`[{"a":1}] x`:                     "expected the end of the file, found 'x'",
		"[\n{\"a\":1},\n\n{\"a\":\"x\"}]": `line 4, column "a", value "x"`,
		`[{"a":1} {"a":2}]`:               "expected a comma or ]",
		`[1]`:                             "the document holds a single value, not an object (mem://f.ndjson, line 1)",
	} {
		_, _, err := read(text, spi.Options{"columns": columns("a:int"), "records": true})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestLongDocumentCrossesWindows(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("[\n")
	const n = 30_000
	for i := range n {
		fmt.Fprintf(&b, "{\"id\": %d, \"pad\": \"%s\",\n \"list\": [%d, %d]},\n", i, strings.Repeat("é", i%200), i, -i)
	}
	fmt.Fprintf(&b, "{\"id\":%d,\"pad\":\"%s\"}]", n, strings.Repeat("p", 3<<20))
	_, rows, err := read(b.String(), spi.Options{"columns": columns("id:bigint,list:int[]")})
	if err != nil || len(rows) != n+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, r := range rows[:n] {
		if r != fmt.Sprintf("%d | [%d, %d]", i, i, -i) {
			t.Fatalf("row %d: %s", i, r)
		}
	}
}

func TestFilesWithDifferentKeysAreUnited(t *testing.T) {
	m := &spitest.MemFS{}
	m.Put("mem://1.ndjson", []byte(`{"a":1}`))
	m.Put("mem://2.ndjson", []byte(`{"b":"x","a":1.5}`))
	s, b, err := readFS(m, spi.Options{"filename": true}, "mem://1.ndjson", "mem://2.ndjson")
	got := strings.Join(spitest.Texts(b), " / ")
	if err != nil || s.String() != "a double, b varchar, filename varchar" && s.Fields[0].Type.Kind != dtype.Float64 ||
		got != `1 | NULL | "mem://1.ndjson" / 1.5 | "x" | "mem://2.ndjson"` {
		t.Fatalf("%s: %s, %v", s, got, err)
	}
}

func TestCorruptGzipNamesTheFile(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(bigFile(10_000, nil))
	w.Close()
	whole := z.Bytes()
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 0x55
	for name, b := range map[string][]byte{"cut": whole[:len(whole)-20], "flipped": flipped, "no gzip": []byte("{}")} {
		m := &spitest.MemFS{}
		m.Put("mem://x.ndjson.gz", b)
		_, _, err := readFS(m, spi.Options{"columns": columns("id:bigint")}, "mem://x.ndjson.gz")
		if fault.CodeOf(err) != fault.Data || !strings.Contains(err.Error(), "x.ndjson.gz") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Two members in a row are one file.
	m := &spitest.MemFS{}
	m.Put("mem://x.ndjson.gz", append(bytes.Clone(whole), whole...))
	if _, b, err := readFS(m, nil, "mem://x.ndjson.gz"); err != nil || len(spitest.Texts(b)) != 20_000 {
		t.Errorf("two members: %v", err)
	}
}

func TestUnknownOptionsAreRefusedWithTheNearestName(t *testing.T) {
	_, _, err := read(`{"a":1}`, spi.Options{"sample_row": 5})
	if err == nil || !strings.Contains(err.Error(), `did you mean "sample_rows"?`) {
		t.Fatal(err)
	}
}

func TestLongLinesGrowTheBlockUpToTheLimit(t *testing.T) {
	text := `{"a":"` + strings.Repeat("z", 3<<20) + `"}` + "\n" + `{"a":"b"}`
	_, rows, err := read(text, nil)
	if err != nil || len(rows) != 2 || len(rows[0]) != 3<<20+2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if _, _, err := read(text, spi.Options{"max_line_bytes": 1 << 20, "columns": columns("a:varchar")}); err == nil || !strings.Contains(err.Error(), "max_line_bytes") {
		t.Fatal(err)
	}
}

// conformance returns a folder of the conformance corpora, or skips the test.
func conformance(t *testing.T, name string) string {
	dir := os.Getenv("SIKSIK_CONFORMANCE")
	if dir == "" {
		// The corpora lie beside the repository.
		dir = "../shared/conformance"
		for up := ""; len(up) < 30; up += "../" {
			if _, err := os.Stat(filepath.Join(up, "go.work")); err == nil {
				dir = filepath.Join(up, dir)
				break
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
		t.Skip("skipped: no conformance corpora")
	}
	return filepath.Join(dir, name)
}

func TestJSONTestSuite(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(conformance(t, "json-test-suite"), "test_parsing", "*.json"))
	if len(files) < 300 {
		t.Fatalf("only %d files", len(files))
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(f)
		// The suite's files are single values of any kind, over any number of lines: wrapped as the value of a document's key, and read as
		// well as passed over.
		doc := append(append([]byte(`[{"v":`), text...), "}]"...)
		for _, cols := range []string{"v:json", "w:json"} {
			_, _, err := read(string(doc), spi.Options{"columns": columns(cols), "format": "array"})
			switch name[0] {
			case 'y':
				if err != nil {
					t.Errorf("%s as %s: %v", name, cols, err)
				}
			case 'n':
				if err == nil {
					t.Errorf("%s as %s was accepted", name, cols)
				}
			}
		}
	}
}
