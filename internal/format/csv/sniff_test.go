package csv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

func TestDatesInOtherOrdersAreFound(t *testing.T) {
	for _, c := range []struct{ name, values, schema, rows string }{
		{"day first", "31/12/1999 1/1/2000", "v date", "10956 | 10957"},
		{"month first", "12-31-1999 01-01-2000", "v date", "10956 | 10957"},
		{"year first", "1999.12.31 2000.1.1", "v date", "10956 | 10957"},
		{"year first, as usual and shorter", "1999-12-31 2000-1-1", "v date", "10956 | 10957"},
		{"day or month first", "01/02/2000 03/04/2000", "v date", "10988 | 11050"},
		{"two digits of the year, one order", "31.12.99 01.01.00", "v date", "10956 | 10957"},
		{"two digits of the year, several orders: perhaps versions", "10.11.12 01.02.03", "v varchar", `"10.11.12" | "01.02.03"`},
		{"no month", "31/31/1999 01/01/2000", "v varchar", `"31/31/1999" | "01/01/2000"`},
		{"no such day", "30.02.2000 01.01.2000", "v varchar", `"30.02.2000" | "01.01.2000"`},
		{"two orders in one column", "31/12/1999 12/31/1999", "v varchar", `"31/12/1999" | "12/31/1999"`},
		{"two separators", "31/12/1999 01.01.2000", "v varchar", `"31/12/1999" | "01.01.2000"`},
		{"two separators in one text", "31/12.1999 01/01.2000", "v varchar", `"31/12.1999" | "01/01.2000"`},
		{"something else behind", "31/12/1999x 01/01/2000x", "v varchar", `"31/12/1999x" | "01/01/2000x"`},
		{"with a time", "31/12/1999_23:00:01 01/01/2000_00:00:00", "v timestamp", "946681201000000 | 946684800000000"},
		{"with a time of half a day", "12/31/1999_11:00:01_PM 01/01/2000_12:00:00_AM", "v timestamp", "946681201000000 | 946684800000000"},
		{"no such half hour", "12/31/1999_13:00:01_PM 01/01/2000_12:00:00_AM", "v varchar", `"12/31/1999 13:00:01 PM" | "01/01/2000 12:00:00 AM"`},
		{"blanks around", "__1999-12-31_ 2000-01-01", "v date", "10956 | 10957"},
		{"blanks around numbers", "_1 2_", "v int64", "1 | 2"},
		{"blanks around times", "_10:00:00 11:00:00_", "v time", "36000000000 | 39600000000"},
	} {
		text := strings.ReplaceAll("k,v\n1,"+strings.ReplaceAll(c.values, " ", "\n2,")+"\n", "_", " ")
		s, rows, err := read(text, nil)
		for i, r := range rows {
			rows[i] = strings.TrimPrefix(r, fmt.Sprint(i+1)+" | ")
		}
		if got := strings.Join(rows, " | "); err != nil || s.String() != "k int64, "+c.schema || got != c.rows {
			t.Errorf("%s: %s: got %s: %s, %v", c.name, c.values, s, got, err)
		}
	}
}

func TestQuotesAndBlanksAroundThemAreFound(t *testing.T) {
	for _, c := range []struct{ name, text, schema, rows string }{
		{"other quotes", "a,b\n1,'x,y'\n2,'z'\n", "a int64, b varchar", `1 | "x,y" / 2 | "z"`},
		{"apostrophes are none", "a,b\n1,'tis\n2,it's\n", "a int64, b varchar", `1 | "'tis" / 2 | "it's"`},
		{"another escape", `a,b` + "\n" + `1,"x \"y\", z"` + "\n", "a int64, b varchar", `1 | "x \"y\", z"`},
		{"blanks before quotes", "a,b\n1, \"x, y\"\n2, \"z\"\n", "a int64, b varchar", `1 | "x, y" / 2 | "z"`},
		{"blanks behind quotes", "a,b\n\"1\" ,\"x,\ny\"  \r\n2,\"\"\"z\" \n", "a int64, b varchar", `1 | "x,\ny" / 2 | "\"z"`},
		{"blanks in a header", "\"a\", b\n1,2\n", "a int64, b int64", "1 | 2"},
		{"empty quotes are null where numbers are", "a,b\n\"1\",\"\"\n\"\",\"x\"\n", "a int64, b varchar", `1 | "" / NULL | "x"`},
		{"one column with delimiters in quotes", "a\n\"{'x': 1, 'y': 2}\"\n", "a varchar", `"{'x': 1, 'y': 2}"`},
		{"delimiters inside quotes of a single row", "\"[8, 7]\",\"[x, it's]\"\n", "column0 varchar, column1 varchar", `"[8, 7]" | "[x, it's]"`},
		{"one column of times", "t\n10:00:00\n11:00:00\n", "t time", "36000000000 / 39600000000"},
		{"a quote that closes behind the sample", "a;b\n1;\"x" + strings.Repeat("y;\n", 30_000) + "\"\n", "a int64, b varchar", ""},
	} {
		s, rows, err := read(c.text, nil)
		if got := strings.Join(rows, " / "); err != nil || s.String() != c.schema || c.rows != "" && got != c.rows {
			t.Errorf("%s: got %s: %.200s, %v", c.name, s, got, err)
		}
	}
}

// TestFilesOfATableAreMatchedByTheirHeaders reads files that differ in the order and number of their columns, in their types and in how they are cut.
func TestFilesOfATableAreMatchedByTheirHeaders(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		opts  spi.Options
		want  string // schema and rows, or a part of the error
	}{
		{"another order", []string{"a,b\n1,2\n", "b,a\n3,4\n"}, nil, "a int64, b int64: 1 | 2 / 4 | 3"},
		{"more columns", []string{"a,b\n1,2\n", "x,b,a\n5,3,4\n"}, nil, "a int64, b int64: 1 | 2 / 4 | 3"},
		{"fewer columns", []string{"a,b\n1,2\n", "a\n3\n"}, nil, `no column "b" in the header (mem://1.csv)`},
		{"other columns", []string{"a,b\n1,2\n", "a,c\n3,4\n"}, nil, `no column "b" in the header (mem://1.csv)`},
		{"no header", []string{"a,b\n1,2\n", "3,4\n5,6\n"}, nil, `no column "a" in the header (mem://1.csv)`},
		{"no headers at all, another width", []string{"1,2\n3,4\n", "5,6,7\n"}, nil, `the file has 3 columns, and the table has 2 (mem://1.csv)`},
		{"wider types", []string{"a,b\n1,2\n", "a,b\nx,2.5\n"}, nil, `a varchar, b float64: "1" | 2 / "x" | 2.5`},
		{"types known from a later file", []string{"a,b\n,\n", "a,b\n1,2020-01-01T00:00:00+01:00\n"}, nil, "a int64, b timestamp with time zone: NULL | NULL / 1 | 1577833200000000"},
		{"a zone in one file", []string{"a,b\n1,2020-01-01 00:00:00\n", "a,b\n1,2020-01-01 00:00:00+01\n"}, nil,
			"a int64, b timestamp with time zone: 1 | 1577836800000000 / 1 | 1577833200000000"},
		{"orders of dates that do not go together", []string{"a,b\n1,13/01/2020\n", "a,b\n1,01/13/2020\n"}, nil, `a int64, b varchar: 1 | "13/01/2020" / 1 | "01/13/2020"`},
		{"another delimiter", []string{"a,b\n1,2\n", "a;b\n3;4\n", "b|a\n6|5\n"}, nil, "a int64, b int64: 1 | 2 / 3 | 4 / 5 | 6"},
		{"other quotes in a file that would be cut into pieces", []string{"a,b\n1,x\n", "a;b\n" + strings.Repeat("3; \"y;\n\"\n", 200_000)}, nil, "200001 rows"},
		{"files without rows", []string{"", "a,b\n1,2\n", "", "a,b\n"}, nil, "a int64, b int64: 1 | 2"},
		{"types beyond the files that are looked at", []string{"a\n1\n", "a\nx\n"}, spi.Options{"files_to_sniff": 1}, `the value is not of type int64 (mem://1.csv, line 2`},
		{"all files looked at", []string{"a\n1\n", "a\nx\n"}, spi.Options{"files_to_sniff": -1}, `a varchar: "1" / "x"`},
	} {
		m := &spitest.MemFS{}
		var names []string
		for i, text := range c.files {
			names = append(names, fmt.Sprintf("mem://%d.csv", i))
			m.Put(names[i], []byte(text))
		}
		s, b, err := readFS(m, c.opts, names...)
		rows := spitest.Texts(b)
		got := s.String() + ": " + strings.Join(rows, " / ")
		if err != nil {
			got = err.Error()
		} else if len(rows) > 100 {
			got = fmt.Sprint(len(rows), " rows")
		}
		if !strings.Contains(strings.ReplaceAll(got, "double", "float64"), c.want) {
			t.Errorf("%s: got %.300s; want %s", c.name, got, c.want)
		}
	}
}
