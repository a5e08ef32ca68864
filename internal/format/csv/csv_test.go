package csv_test

import (
	"bytes"
	"context"
	stdcsv "encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/format/csv"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

func readFS(m *spitest.MemFS, opts spi.Options, names ...string) (dtype.Schema, []*data.Batch, error) {
	var files []spi.FileInfo
	for _, n := range names {
		b, _ := m.Get(n)
		files = append(files, spi.FileInfo{Path: n, Size: int64(len(b))})
	}
	t, err := csv.Format{}.OpenTable(context.Background(), m, files, opts)
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

// read returns the rows of the text as one file called f.csv.
func read(text string, opts spi.Options) (dtype.Schema, []string, error) {
	m := &spitest.MemFS{}
	m.Put("mem://f.csv", []byte(text))
	s, b, err := readFS(m, opts, "mem://f.csv")
	return s, spitest.Texts(b), err
}

func TestDetectsDialectHeaderAndTypes(t *testing.T) {
	for _, c := range []struct{ text, schema, rows string }{
		{"a,b\n1,x\n2,y\n", "a int64, b varchar", `1 | "x" / 2 | "y"`},
		{"a;b;c\n1;2,5;x\n", "a int64, b varchar, c varchar", `1 | "2,5" | "x"`},
		{"a\tb\n1\t2.5\n", "a int64, b " + dtype.Of(dtype.Float64).String(), `1 | 2.5`},
		{"a|b\n1|true\n", "a int64, b boolean", `1 | 1`},
		{"1,2\n3,4\n", "column0 int64, column1 int64", `1 | 2 / 3 | 4`},
		{"x,y\np,q\n", "x varchar, y varchar", `"p" | "q"`},
		{"p;{'k': 1}\nq;{}\n", "column0 varchar, column1 varchar", `"p" | "{'k': 1}" / "q" | "{}"`},
		{"a,a,\n1,2,3\n", "a int64, a_1 int64, column2 int64", `1 | 2 | 3`},
		{"zip,n\n01234,1\n5,2\n", "zip varchar, n int64", `"01234" | 1 / "5" | 2`},
		{"n\n1\n18446744073709551615\n", "n uint64", "1 / 18446744073709551615"},
		{"d,t,ts\n2024-01-31,10:00:00,2024-01-31 10:00:00\n", "d date, t time, ts timestamp", "19753 | 36000000000 | 1706695200000000"},
		{"a,b\r\n1,\"x\"\"y\"\r\n,\"\"\r\n", "a int64, b varchar", `1 | "x\"y" / NULL | ""`},
		{"\xEF\xBB\xBFa,b\n1,ü\n", "a int64, b varchar", `1 | "ü"`},
		{"a\rb\rc\r", "a varchar", `"b" / "c"`},
		{"a,b\n1,2", "a int64, b int64", "1 | 2"},
		{"a,b\n\n1,2\n\n\n3,4\n\n", "a int64, b int64", "1 | 2 / 3 | 4"},
		{"a,b\n", "a varchar, b varchar", ""},
		{"a,b\n1,5\" disk\n2,\"x\"\n", "a int64, b varchar", `1 | "5\" disk" / 2 | "x"`},
	} {
		s, rows, err := read(c.text, nil)
		if got := strings.Join(rows, " / "); err != nil || s.String() != c.schema || got != c.rows {
			t.Errorf("%q:\n got %s: %s, %v\nwant %s: %s", c.text, s, got, err, c.schema, c.rows)
		}
	}
}

func TestOptionsOfTheDialect(t *testing.T) {
	for _, c := range []struct {
		text string
		opts spi.Options
		want string
	}{
		{"1,2\n", spi.Options{"header": false, "names": []any{"x", "y"}}, "x int64, y int64: 1 | 2"},
		{"# hi\na,b\n# there, \"is\n1,2\n", spi.Options{"comment": "#"}, "a int64, b int64: 1 | 2"},
		{"junk\nmore junk\na,b\n1,2\n", spi.Options{"skip": int64(2)}, "a int64, b int64: 1 | 2"},
		{"a,b\nNA,2\n-,\n", spi.Options{"nullstr": []any{"NA", "-", ""}}, "a varchar, b int64: NULL | 2 / NULL | NULL"},
		{"a,b\n'x,y','it\\'s'\n", spi.Options{"quote": "'", "escape": `\`}, `a varchar, b varchar: "x,y" | "it's"`},
		{"a,b\n\"x,1\n", spi.Options{"quote": ""}, `a varchar, b int64: "\"x" | 1`},
		{"a,b,c\n1\n2,3\n4,5,6\n", spi.Options{"null_padding": true, "delim": ","}, "a int64, b int64, c int64: 1 | NULL | NULL / 2 | 3 | NULL / 4 | 5 | 6"},
		{"a,b\n1,2\n", spi.Options{"all_varchar": true}, `a varchar, b varchar: "1" | "2"`},
		{"a,b\n007,2\n", spi.Options{"types": map[string]any{"a": "int"}}, "a integer, b int64: 7 | 2"},
		{"a,b,c\n1,2,3\n", spi.Options{"columns": []any{map[string]any{"c": "varchar"}, map[string]any{"a": "int"}}}, `c varchar, a integer: "3" | 1`},
		{"1,2\n", spi.Options{"columns": []any{map[string]any{"x": "varchar"}, map[string]any{"y": "int"}}}, `x varchar, y integer: "1" | 2`},
		{"a,b\n1,\n2,NA\n3,\"NA\"\n", spi.Options{"nullstr": "NA", "allow_quoted_nulls": true}, `a int64, b varchar: 1 | "" / 2 | NULL / 3 | NULL`},
		{"a,b\n1,\"\"\n", spi.Options{"allow_quoted_nulls": true}, `a int64, b varchar: 1 | NULL`},
		{"a,b\n\"\",1\n\"3\",2\n", spi.Options{"allow_quoted_nulls": false}, `a varchar, b int64: "" | 1 / "3" | 2`},
		{" A b!,2nd,,C\n1,2,3,4\n", spi.Options{"normalize_names": true}, "a_b int64, _2nd int64, column2 int64, c int64: 1 | 2 | 3 | 4"},
		{"a,b\n1,x\n", spi.Options{"types": []any{"varchar"}}, `a varchar, b varchar: "1" | "x"`},
		{"1,2\n3,4\n", spi.Options{"auto_detect": false, "columns": []any{map[string]any{"a": "int"}, map[string]any{"b": "int"}}}, "a integer, b integer: 1 | 2 / 3 | 4"},
		{"a;b\n1;2\n", spi.Options{"auto_detect": false, "header": true}, `a;b varchar: "1;2"`},
		{"a\rb\r", spi.Options{"new_line": `\r`, "header": false}, `column0 varchar: "a" / "b"`},
		{"a,b\n1,2\n", spi.Options{"delim": ""}, `a,b varchar: "1,2"`},
		{"n,d\n1,31|12|1999\n2,01|01|2000\n", spi.Options{"dateformat": "%d|%m|%Y"}, "n int64, d date: 1 | 10956 / 2 | 10957"},
		{"d\n1999-12-31\n", spi.Options{"dateformat": "%d.%m.%Y"}, `d varchar: "1999-12-31"`},
		{"d\n19991231\n", spi.Options{"dateformat": "%Y%m%d"}, "d date: 10956"},
		{"t\n31.12.1999 24h01\n", spi.Options{"timestampformat": "%d.%m.%Y %Hh%M", "on_error": "null", "types": []any{"timestamp"}}, "t timestamp: NULL"},
		{"t\n31.12.1999 23h01 +01\n", spi.Options{"timestampformat": "%d.%m.%Y %Hh%M %z"}, "t timestamp with time zone: 946677660000000"},
		{"\xff\xfea\x00,\x00b\x00\n\x001\x00,\x00\x3d\xd8\x00\xde\n\x00", spi.Options{"encoding": "utf-16"}, `a int64, b varchar: 1 | "😀"`},
		{"a,b\n1,gr\xfc\xdf\n", spi.Options{"encoding": "latin-1"}, `a int64, b varchar: 1 | "grüß"`},
		{"a,b\n1,2\n", spi.Options{"filename": "src"}, `a int64, b int64, src varchar: 1 | 2 | "mem://f.csv"`},
	} {
		s, rows, err := read(c.text, c.opts)
		got := strings.ReplaceAll(s.String(), dtype.Of(dtype.Int32).String(), "integer") + ": " + strings.Join(rows, " / ")
		if err != nil || got != c.want {
			t.Errorf("%q %v:\n got %s, %v\nwant %s", c.text, c.opts, got, err, c.want)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for _, c := range []struct {
		text string
		opts spi.Options
		want string
	}{
		{"a,b\n1,x\n2,y\nz,w\n", spi.Options{"sample_rows": 3}, `the value is not of type int64 (mem://f.csv, line 4, column "a", value "z"); the type was inferred`},
		{"a,b\n1,x\n007,y\n", spi.Options{"sample_rows": 2}, `line 3, column "a", value "007"`},
		{"a,b\n1,2\n3\n", nil, `1 fields in a row of a table with 2 columns (mem://f.csv, line 3`},
		{"a,b\n1,2\n3,4,5\n", nil, `more than 2 fields in a row of a table with 2 columns (mem://f.csv, line 3`},
		{"a,b\n1,2\n\"3\"x,4\n", nil, `text after the quote`},
		{"a,b\n1,2\n3,\"4\n5,6\n", nil, `a quote is not closed before the end of the file (mem://f.csv, line 3)`},
		{"a,b\n1,\"x\ny\"\n2,\xff\n", nil, `the text is not UTF-8 (mem://f.csv, line 4, column "b"`},
		{"", nil, `the file is empty`},
		{"\xff\xfea\x00\n\x001\x00\n\x00", nil, `the header is not UTF-8 (mem://f.csv, value "\xff\xfea\x00")`},
		{"a,b\n1,2\n", spi.Options{"columns": map[string]any{"a": "int", "bb": "int"}, "header": true}, `no column "bb" in the header (mem://f.csv); did you mean "b"?`},
		{"a\n1\n", spi.Options{"encoding": "koi8-r"}, `encoding "koi8-r"`},
		{"a,b\n1,2\n3,\"4\n56\"\n", spi.Options{"max_line_size": 6}, `a row is longer than 6 bytes (mem://f.csv, line 3)`},
		{"a,b\n1,2\n", spi.Options{"strict_mode": false}, `rows that break the rules of CSV cannot be read`},
		{"a\n\x80\n", spi.Options{"encoding": "latin-1"}, `the text is not Latin-1 (mem://f.csv)`},
		{"a,b\n1,2\n", spi.Options{"delim": ",", "sep": ","}, `delim and sep are one option of csv`},
		{"a,b\n1,2\n", spi.Options{"types": []any{"int", "int", "int"}}, `option types lists 3 types, and the file has 2 columns`},
		{"a,b\n1,2\n", spi.Options{"files_to_sniff": 0}, `files_to_sniff`},
		{"a,b\n1,2\n", spi.Options{"new_line": "x"}, `new_line`},
		{"a,d\n1,31.12.1999\n2,30.02.1999\n", spi.Options{"sample_rows": 2}, `the value is not of type date (mem://f.csv, line 3, column "d", value "30.02.1999")`},
		{"a\x00\n", spi.Options{"encoding": "utf-16"}, `the text is not UTF-16 (mem://f.csv)`},
		{"a\n1\n", spi.Options{"headr": true}, `did you mean "header"?`},
	} {
		_, _, err := read(c.text, c.opts)
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.CodeOf(err) == "" {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestOnErrorModes(t *testing.T) {
	text := "a,b\n1,x\nz,y\n3\n\"4\"5,w\n5,v,u\n6,\xff\n7,q\n"
	for _, c := range []struct {
		on   any
		want string
	}{
		{"skip", `1 | "x" / 7 | "q"`},
		{"null", `1 | "x" / NULL | "y" / 3 | NULL / 6 | NULL / 7 | "q"`},
	} {
		_, rows, err := read(text, spi.Options{"types": map[string]any{"a": "int"}, "on_error": c.on})
		if got := strings.Join(rows, " / "); err != nil || got != c.want {
			t.Errorf("%v: %s, %v; want %s", c.on, got, err, c.want)
		}
	}
	m := &spitest.MemFS{}
	m.Put("mem://f.csv", []byte(text))
	if _, _, err := readFS(m, spi.Options{"types": map[string]any{"a": "int"}, "reject_file": "mem://rejects.ndjson"}, "mem://f.csv"); err != nil {
		t.Fatal(err)
	}
	b, _ := m.Get("mem://rejects.ndjson")
	var got []string
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		var r struct {
			Line             int
			Column, Error    string
			File, Raw, Value string
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err, line)
		}
		got = append(got, fmt.Sprintf("%d %s %s: %s", r.Line, r.Column, r.Raw, r.Error))
	}
	want := []string{"3 a z,y: the value is not of type " + dtype.Of(dtype.Int32).String(), "4  3: 1 fields in a row of a table with 2 columns",
		"5  \"4\"5,w: text after the quote that closes a field", "6  5,v,u: more than 2 fields in a row of a table with 2 columns", "7 b 6,\uFFFD: the text is not UTF-8"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// quotedFile has rows whose quoted fields hold line ends, delimiters and quotes, in any mixture, so that piece borders fall everywhere.
func quotedFile(seed uint64, size int) ([]byte, [][]string) {
	r := rand.New(rand.NewPCG(seed, 5))
	var b bytes.Buffer
	w := stdcsv.NewWriter(&b)
	var rows [][]string
	w.Write([]string{"id", "text", "more"})
	for b.Len() < size {
		row := []string{fmt.Sprint(len(rows)), "plain", "x"}
		kind := r.IntN(5)
		if kind == 3 && seed%3 == 1 && r.IntN(20_000) != 0 {
			kind = 4 // quotes in unquoted fields in few pieces only
		}
		switch kind {
		case 3:
			row[2] = "a 3.5\" disk"
			rows = append(rows, row)
			b.WriteString(strings.Join(row, ",") + "\n")
			continue
		case 0:
			row[1] = strings.Repeat("line\n", r.IntN(50)) + "end"
		case 1:
			row[1] = "say \"hi\",\n\"" + strings.Repeat(",\n\"\"", r.IntN(20))
		case 2:
			row[2] = strings.Repeat("long ", r.IntN(40))
		}
		if row[2] == "" {
			row[2] = "y"
		}
		rows = append(rows, row)
		w.Write(row)
		w.Flush()
	}
	return b.Bytes(), rows
}

func TestQuotedLineEndsAcrossPieces(t *testing.T) {
	for seed := range uint64(3) {
		text, want := quotedFile(seed, 5<<20)
		m := &spitest.MemFS{}
		m.Put("mem://q.csv", text)
		_, got, err := readFS(m, nil, "mem://q.csv")
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		i := 0
		for _, b := range got {
			for r := range b.Len {
				row := []string{fmt.Sprint(b.Cols[0].Value(r).Int64()), b.Cols[1].Value(r).S, b.Cols[2].Value(r).S}
				if i >= len(want) || !slices.Equal(row, want[i]) {
					t.Fatalf("seed %d: row %d is %q", seed, i, row)
				}
				i++
			}
		}
		if i != len(want) {
			t.Fatalf("seed %d: %d rows, want %d", seed, i, len(want))
		}
	}
}

func TestOneFieldLongerThanAllPieces(t *testing.T) {
	long := strings.Repeat("a,\"\"\n", 600_000)
	text := "id,text\n1,x\n2,\"" + long + "\"\n3,y\n"
	_, rows, err := read(text, spi.Options{"sample_bytes": 1 << 16, "columns": map[string]any{"id": "int", "text": "varchar"}})
	if err != nil || len(rows) != 3 || !strings.HasPrefix(rows[2], "3 ") {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
}

func TestWrongTypeDeepInASplitFileIsFoundByLine(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("id,text\n")
	for i := range 400_000 {
		if i == 350_000 {
			b.WriteString("seven,x\n")
		} else {
			fmt.Fprintf(&b, "%d,some text here\n", i)
		}
	}
	_, _, err := read(b.String(), nil)
	var e *fault.Error
	if !errors.As(err, &e) || e.Pos.Line != 350_002 || e.Pos.Column != "id" || e.Pos.Value != `"seven"` {
		t.Fatal(err)
	}
}

func TestSeveralFiles(t *testing.T) {
	m := &spitest.MemFS{}
	m.Put("mem://1.csv", []byte("a,b\n1,x\n"))
	m.Put("mem://2.csv", []byte("a,b\n2,y\n"))
	m.Put("mem://3.csv", []byte("b,c\nz,2.5\n"))
	if _, b, err := readFS(m, nil, "mem://1.csv", "mem://2.csv"); err != nil || strings.Join(spitest.Texts(b), " / ") != `1 | "x" / 2 | "y"` {
		t.Errorf("by place: %v, %v", spitest.Texts(b), err)
	}
	if _, _, err := readFS(m, nil, "mem://1.csv", "mem://3.csv"); err == nil || !strings.Contains(err.Error(), "union_by_name") || !strings.Contains(err.Error(), "3.csv") {
		t.Errorf("other header: %v", err)
	}
	s, b, err := readFS(m, spi.Options{"union_by_name": true}, "mem://1.csv", "mem://3.csv")
	if got := strings.Join(spitest.Texts(b), " / "); err != nil || got != `1 | "x" | NULL / NULL | "z" | 2.5` {
		t.Errorf("by name: %s: %s, %v", s, got, err)
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

func TestCSVSpectrum(t *testing.T) {
	dir := conformance(t, "csv-spectrum")
	files, _ := filepath.Glob(filepath.Join(dir, "csvs", "*.csv"))
	if len(files) < 10 {
		t.Fatalf("only %d files", len(files))
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(f), ".csv")
		want, err := os.ReadFile(filepath.Join(dir, "json", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var rows []map[string]string
		if want[0] == '{' {
			want = []byte("[" + string(want) + "]")
		}
		if err := json.Unmarshal(want, &rows); err != nil {
			t.Fatal(err)
		}
		m := &spitest.MemFS{}
		m.Put("mem://f.csv", text)
		s, got, err := readFS(m, spi.Options{"all_varchar": true, "nullstr": "NULL"}, "mem://f.csv")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		i := 0
		for _, b := range got {
			for r := range b.Len {
				for c, col := range s.Fields {
					if name == "location_coordinates" && col.Name != "Location Coordinates" {
						continue // the corpus's two files differ in the other columns
					}
					// The corpus's copy has lost the \r of its files' line ends.
					if i >= len(rows) || b.Cols[c].Value(r).S != strings.ReplaceAll(rows[i][col.Name], "\r\n", "\n") {
						t.Errorf("%s: row %d, %s: %q", name, i, col.Name, b.Cols[c].Value(r).S)
					}
				}
				i++
			}
		}
		if i != len(rows) {
			t.Errorf("%s: %d rows, want %d", name, i, len(rows))
		}
	}
}

// FuzzReaderAgainstEncodingCSV reads text both ways. Where encoding/csv is content with rows of three fields, the reader must give the same.
func FuzzReaderAgainstEncodingCSV(f *testing.F) {
	for _, s := range []string{"1,2,3\n", "\"a\nb\",\"c\"\"d\",e\n", "x,,\r\n,,\r\ny,\"\",z", "\"\",\"\",\"\"\n\"a\",b,c\n", "é,\"ü,\n\",ß\n", "a,b\n", "a,b\",c\n",
		strings.Repeat("\"quoted\",plain,\"1,2\"\n", 10)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") || strings.HasPrefix(text, "\xEF\xBB\xBF") || len(text) > 5000 {
			return
		}
		r := stdcsv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = 3
		want, wantErr := r.ReadAll()
		cols := []any{map[string]any{"a": "varchar"}, map[string]any{"b": "varchar"}, map[string]any{"c": "varchar"}}
		m := &spitest.MemFS{}
		m.Put("mem://f.csv", []byte(text))
		_, got, err := readFS(m, spi.Options{"columns": cols, "header": false, "delim": ",", "nullstr": "NULL"}, "mem://f.csv")
		if wantErr != nil || !strings.EqualFold(strings.ToValidUTF8(text, "?"), text) {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		i := 0
		for _, b := range got {
			for row := range b.Len {
				for c, col := range b.Cols {
					// encoding/csv turns \r\n inside quotes into \n.
					v := strings.ReplaceAll(col.Value(row).S, "\r\n", "\n")
					if i >= len(want) || v != want[i][c] && want[i][c] != "NULL" {
						t.Fatalf("%q: row %d, field %d: %q", text, i, c, v)
					}
				}
				i++
			}
		}
		if i != len(want) {
			t.Fatalf("%q: %d rows, want %d", text, i, len(want))
		}
		// One column alone is indexed in another way.
		table, err := csv.Format{}.OpenTable(context.Background(), m, []spi.FileInfo{{Path: "mem://f.csv", Size: int64(len(text))}},
			spi.Options{"columns": cols, "header": false, "delim": ",", "nullstr": "NULL"})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		first, err := readColumns(table, []int{0})
		if err != nil {
			t.Fatalf("%q: the first column: %v", text, err)
		}
		if len(first[0]) != len(want) {
			t.Fatalf("%q: %d rows of the first column, want %d", text, len(first[0]), len(want))
		}
		for i, v := range first[0] {
			if v = strings.ReplaceAll(v, "\r\n", "\n"); v != want[i][0] && want[i][0] != "NULL" {
				t.Fatalf("%q: row %d of the first column alone is %q", text, i, v)
			}
		}
	})
}

// TestARowMayEndWithTheWindow reads a file as a stream whose rows have lengths that divide what is held of it.
func TestARowMayEndWithTheWindow(t *testing.T) {
	text := "# x" + strings.Repeat("abc,123\n", 1<<18)
	_, rows, err := read(text[:3]+"yyyy\n"+text[3:], spi.Options{"comment": "#", "header": false, "delim": ","})
	if err != nil || len(rows) != 1<<18 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}
