package csv_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/format/csv"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

// wideFile has rows of nine fields over several pieces. A third of the files have no quotes, a third have them in the last field only, and the
// rest have them, line ends and delimiters inside of them, anywhere. Some have a row that is wrong.
func wideFile(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 9))
	quoted := []string{`"plain"`, `""`, `"a,b"`, `"say ""hi"""`, `"comma, comma, comma"`, "\"two\nlines\"", "\"\r\n,\""}
	wrong := []string{"a,b\n", "a,b,c,d,e,f,g,h\n", "a,b,c,d,e,f,g,h,i,j\n", "a,b,c,d,\"e\"x,f,g,h,i\n", "a,b,c,d,e\"e,f,g,h,i\n", "\n", "\r\n", "a,b,c,d,e,f,g,\"h,i\n",
		"\"a,b\",c,d,e,f,g,h\n", "a,b,c,d,e,f,g,h,\"i\"\"\n", "a,b,c,d,e,f,g,\"h\",i,j\n", "a,b,c,d,e,f,\"g\",h\n"}
	end := []string{"\n", "\r\n"}[r.IntN(2)]
	kind := seed % 3
	size := 1<<20 + r.IntN(1<<20)
	bad := 2 * size
	if r.IntN(2) == 0 {
		bad = r.IntN(size)
	}
	var b bytes.Buffer
	b.WriteString("id,b,c,d,e,f,g,h,i\n")
	for row := 0; b.Len() < size; row++ {
		if b.Len() > bad {
			b.WriteString(wrong[r.IntN(len(wrong))])
			bad = 2 * size
		}
		fmt.Fprint(&b, row)
		for f := 1; f < 9; f++ {
			b.WriteByte(',')
			switch {
			case kind == 1 && f == 8:
				b.WriteString(quoted[r.IntN(5)])
			case kind == 2 && r.IntN(4) == 0:
				b.WriteString(quoted[r.IntN(len(quoted))])
			default:
				fmt.Fprint(&b, r.IntN(1<<(4*f%20)))
			}
		}
		b.WriteString(end)
	}
	text := b.Bytes()
	if r.IntN(4) == 0 {
		text = bytes.TrimSuffix(text, []byte(end))
	}
	return text
}

// TestFewColumnsReadAsAllColumnsDo reads files in full and by one or two columns, which are indexed in other ways: the values are the same, and so
// are the rows that are wrong, whichever column is read.
func TestFewColumnsReadAsAllColumnsDo(t *testing.T) {
	failed := 0
	for seed := range uint64(15) {
		m := &spitest.MemFS{}
		text := wideFile(seed)
		m.Put("mem://w.csv", text)
		columns := []any{map[string]any{"id": "bigint"}}
		for _, name := range []string{"b", "c", "d", "e", "f", "g", "h", "i"} {
			columns = append(columns, map[string]any{name: "varchar"})
		}
		table, err := csv.Format{}.OpenTable(context.Background(), m, []spi.FileInfo{{Path: "mem://w.csv", Size: int64(len(text))}},
			spi.Options{"columns": columns, "header": true})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		// The id is left out: it is a number, and a wrong row's is not, which would be another mistake.
		all := []int{1, 2, 3, 4, 5, 6, 7, 8}
		want, wantErr := readColumns(table, all)
		if wantErr != nil {
			failed++
		}
		r := rand.New(rand.NewPCG(seed, 10))
		for _, cols := range [][]int{{}, {1}, {1 + r.IntN(8)}, {8}} {
			got, err := readColumns(table, cols)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("seed %d, columns %v: %v, want %v", seed, cols, err, wantErr)
			}
			if err != nil {
				continue
			}
			for i, c := range cols {
				if !slices.Equal(got[i], want[c-1]) {
					t.Fatalf("seed %d: column %d differs", seed, c)
				}
			}
			if len(cols) == 0 && len(got[0]) != len(want[0]) {
				t.Fatalf("seed %d: %d rows, want %d", seed, len(got[0]), len(want[0]))
			}
		}
	}
	if failed < 3 || failed > 12 {
		t.Errorf("%d of 15 files failed", failed)
	}
}

// readColumns returns the values of each column as texts; no columns count as one of empty texts.
func readColumns(table spi.Table, cols []int) ([][]string, error) {
	batches, _, err := spitest.Read(context.Background(), table, spi.ScanSpec{Cols: cols, Limit: -1, Threads: 2})
	if err != nil {
		return nil, err
	}
	out := make([][]string, max(1, len(cols)))
	for _, b := range batches {
		for i := range out {
			var col *data.Column
			if len(cols) > 0 {
				col = b.Cols[i]
			}
			for row := range b.Len {
				text := ""
				if col != nil {
					text = col.Value(row).S
				}
				out[i] = append(out[i], text)
			}
		}
	}
	return out, nil
}
