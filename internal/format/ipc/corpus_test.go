package ipc_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/format/ipc"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

// corpus returns the folder of Arrow's integration files.
func corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SIKSIK_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "conformance")
	}
	dir = filepath.Join(dir, "arrow-testing", "data", "arrow-ipc-stream", "integration")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("skipped: no conformance corpora")
	}
	return dir
}

// refused says which files of the corpus have something that there is no equal for, and what the error must say.
var refused = []struct{ file, says string }{
	{"bigendian", "big-endian"},
	{"generated_union", "unions"},
	{"generated_run_end_encoded", "run-end"},
	{"generated_decimal256", "decimal("},
}

func openPath(path string) (spi.Table, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return ipc.Format{}.OpenTable(context.Background(), fs.NewLocal(), []spi.FileInfo{{Path: path, Size: info.Size()}}, nil)
}

func readCols(table spi.Table, cols ...int) ([]*data.Batch, error) {
	out, _, err := spitest.Read(context.Background(), table, spi.ScanSpec{Cols: cols, Limit: -1, Threads: 1})
	return out, err
}

func TestGoldFilesReadAsTheirJSON(t *testing.T) {
	dir := corpus(t)
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.json.gz"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, p := range paths {
		base := strings.TrimSuffix(p, ".json.gz")
		name, _ := filepath.Rel(dir, base)
		for _, ext := range []string{".arrow_file", ".stream"} {
			t.Run(name+ext, func(t *testing.T) {
				table, err := openPath(base + ext)
				for _, r := range refused {
					if strings.Contains(name, r.file) {
						if fault.CodeOf(err) != fault.Unsupported || !strings.Contains(err.Error(), r.says) {
							t.Fatalf("%v, want one that says %s", err, r.says)
						}
						return
					}
				}
				if err != nil {
					t.Fatal(err)
				}
				g := readGold(t, p)
				for i, f := range g.Schema.Fields {
					got, err := readCols(table, i)
					if err != nil && inexact(f, err) {
						continue
					}
					if err != nil {
						t.Fatal(err)
					}
					g.compare(t, i, got)
				}
			})
		}
	}
}

// inexact reports whether the error is due: the values are random, and some have a fraction that our type of the column has no room for.
func inexact(f goldField, err error) bool {
	text := err.Error()
	return f.Type.Name == "date" && f.Type.Unit == "MILLISECOND" && strings.Contains(text, "not a whole number of days") ||
		f.Type.Unit == "NANOSECOND" && f.Type.Name == "time" && strings.Contains(text, "finer than the microseconds") ||
		f.Type.Unit == "MONTH_DAY_NANO" && strings.Contains(text, "finer than the microseconds")
}

// The JSON of a gold file, as far as it is used.
type (
	gold struct {
		Schema       struct{ Fields []goldField }
		Batches      []goldBatch
		Dictionaries []struct {
			ID   int64
			Data goldBatch
		}
	}
	goldField struct {
		Name string
		Type struct {
			Name, Unit string
			ListSize   int
			Precision  json.RawMessage
		}
		Dictionary *struct{ ID int64 }
		Children   []goldField
		Metadata   []struct{ Key, Value string }
	}
	goldBatch struct {
		Count   int
		Columns []goldColumn
	}
	goldColumn struct {
		Count    int
		Validity []int             `json:"VALIDITY"`
		Data     []json.RawMessage `json:"DATA"`
		Offset   []json.RawMessage `json:"OFFSET"`
		Size     []json.RawMessage `json:"SIZE"`
		Views    []struct {
			Size        int             `json:"SIZE"`
			Inlined     json.RawMessage `json:"INLINED"`
			BufferIndex int             `json:"BUFFER_INDEX"`
			Offset      int             `json:"OFFSET"`
		} `json:"VIEWS"`
		Buffers  []string `json:"VARIADIC_DATA_BUFFERS"`
		Children []goldColumn
	}
)

func readGold(t *testing.T, path string) *gold {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	g := &gold{}
	if err := json.Unmarshal(raw, g); err != nil {
		t.Fatal(err)
	}
	return g
}

// compare checks the values of one column.
func (g *gold) compare(t *testing.T, col int, got []*data.Batch) {
	t.Helper()
	var want []string
	for _, b := range g.Batches {
		want = append(want, g.render(t, g.Schema.Fields[col], b.Columns[col])...)
	}
	have := spitest.Texts(got)
	for i := range min(len(have), len(want)) {
		if have[i] != want[i] {
			t.Fatalf("column %d row %d is\n  %s\nwant\n  %s", col, i, have[i], want[i])
		}
	}
	if len(have) != len(want) {
		t.Fatalf("column %d has %d rows, want %d", col, len(have), len(want))
	}
}

func number(raw json.RawMessage) int64 {
	n, _ := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	return n
}

// render writes the values of a column as spitest.Text does.
func (g *gold) render(t *testing.T, f goldField, c goldColumn) []string {
	out := make([]string, c.Count)
	var dict []string
	if f.Dictionary != nil {
		plain := f
		plain.Dictionary = nil
		for _, d := range g.Dictionaries {
			if d.ID == f.Dictionary.ID {
				dict = g.render(t, plain, d.Data.Columns[0])
			}
		}
	}
	var kids [][]string
	if f.Dictionary == nil {
		for i, k := range f.Children {
			kids = append(kids, g.render(t, k, c.Children[i]))
		}
	}
	for i := range out {
		switch {
		case f.Type.Name == "null" || len(c.Validity) > 0 && c.Validity[i] == 0:
			out[i] = "NULL"
		case f.Dictionary != nil:
			out[i] = dict[number(c.Data[i])]
		case strings.HasSuffix(f.Type.Name, "view") && len(kids) == 0:
			out[i] = c.view(t, i, f.Type.Name == "utf8view")
		case len(kids) > 0 || f.Type.Name == "struct":
			out[i] = c.nested(f, kids, i)
		default:
			out[i] = plain(t, f, c.Data[i])
		}
	}
	return out
}

func (c *goldColumn) view(t *testing.T, i int, text bool) string {
	v := c.Views[i]
	var s string
	if v.Inlined != nil {
		if err := json.Unmarshal(v.Inlined, &s); err != nil {
			t.Fatal(err)
		}
		if text {
			return strconv.Quote(s)
		}
	} else {
		s = c.Buffers[v.BufferIndex][2*v.Offset : 2*(v.Offset+v.Size)]
	}
	return strconv.Quote(unhex(t, s))
}

func unhex(t *testing.T, s string) string {
	var out []byte
	for i := 0; i < len(s); i += 2 {
		b, err := strconv.ParseUint(s[i:i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, byte(b))
	}
	return string(out)
}

func (c *goldColumn) nested(f goldField, kids [][]string, i int) string {
	var parts []string
	lo, hi := int64(i*f.Type.ListSize), int64((i+1)*f.Type.ListSize)
	switch f.Type.Name {
	case "struct":
		for _, k := range kids {
			parts = append(parts, k[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case "listview", "largelistview":
		lo = number(c.Offset[i])
		hi = lo + number(c.Size[i])
	case "fixedsizelist":
	default:
		lo, hi = number(c.Offset[i]), number(c.Offset[i+1])
	}
	return "[" + strings.Join(kids[0][lo:hi], ", ") + "]"
}

// plain writes a value without parts.
func plain(t *testing.T, f goldField, raw json.RawMessage) string {
	text := strings.Trim(string(raw), `"`)
	switch f.Type.Name {
	case "utf8", "largeutf8":
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		return strconv.Quote(s)
	case "binary", "largebinary", "fixedsizebinary":
		for _, m := range f.Metadata {
			if m.Value == "arrow.uuid" {
				id, ok := data.ParseUUID([]byte(text))
				return id.String() + strings.Repeat("?", map[bool]int{false: 1}[ok])
			}
		}
		return strconv.Quote(unhex(t, text))
	case "bool":
		return map[string]string{"true": "1", "false": "0"}[text] + strings.TrimLeft(text, "truefals")
	case "floatingpoint":
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if string(f.Type.Precision) == `"SINGLE"` {
			v = float64(float32(v))
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case "date":
		if f.Type.Unit == "MILLISECOND" {
			return strconv.FormatInt(number(raw)/86_400_000, 10)
		}
	case "time":
		n := number(raw)
		return strconv.FormatInt(map[string]int64{"SECOND": n * 1_000_000, "MILLISECOND": n * 1000, "MICROSECOND": n, "NANOSECOND": n / 1000}[f.Type.Unit], 10)
	case "interval":
		var v struct{ Months, Days, Milliseconds, Nanoseconds int64 }
		if bytes.HasPrefix(raw, []byte("{")) {
			if err := json.Unmarshal(raw, &v); err != nil {
				t.Fatal(err)
			}
		} else {
			v.Months = number(raw)
		}
		return fmt.Sprint(data.Interval{Months: int32(v.Months), Days: int32(v.Days), Micros: v.Milliseconds*1000 + v.Nanoseconds/1000})
	}
	return text
}
