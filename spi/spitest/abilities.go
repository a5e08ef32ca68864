package spitest

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// places checks readers that are spi.Locators: a row has the same place whether it is read with all others or through a filter, and places ascend.
func (c TableCase) places(t *testing.T) {
	table := c.Open(t)
	if count(c.Rows) == 0 {
		return
	}
	of := map[string][]fault.Pos{}
	var last fault.Pos
	known := locate(t, table, nil, 1, func(text string, p fault.Pos) {
		if p.Source == "" || p.Line <= 0 && p.Row <= 0 || p.Line < 0 || p.Row < 0 {
			t.Fatalf("row %s is at %+v", text, p)
		}
		if p.Source == last.Source && (p.Line < last.Line || p.Line == last.Line && p.Row <= last.Row) {
			t.Fatalf("row %s is at %+v, the one before at %+v", text, p, last)
		}
		last = p
		of[text] = append(of[text], p)
	})
	if !known {
		t.Skip("skipped: the table does not tell places")
	}
	r := rand.New(rand.NewPCG(c.Seed, 7))
	for range 10 {
		where := []spi.Pred{RandomPred(r, table.Schema(), c.Rows, 1)}
		locate(t, table, where, 1+r.IntN(100), func(text string, p fault.Pos) {
			if !slices.Contains(of[text], p) {
				t.Fatalf("seed %d: where %s: row %s is at %+v, before at %+v", c.Seed, where[0].Format(table.Schema().Names()), text, p, of[text])
			}
		})
	}
}

// locate calls f with every so manieth row of each batch of a scan and its place. It returns false if the readers do not tell.
func locate(t *testing.T, table spi.Table, where []spi.Pred, step int, f func(text string, p fault.Pos)) bool {
	t.Helper()
	ctx := context.Background()
	cols := TableCase{Schema: table.Schema()}.all()
	scan, err := table.Scan(ctx, spi.ScanSpec{Cols: cols, Where: where, Limit: -1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer scan.Close()
	for split, err := range scan.Splits(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		reader, err := scan.Open(ctx, split)
		if err != nil {
			t.Fatal(err)
		}
		l, ok := reader.(spi.Locator)
		if !ok {
			if err := reader.Close(); err != nil {
				t.Fatal(err)
			}
			return false
		}
		for {
			b, err := reader.Read(ctx)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < b.Len; i += step {
				p, err := l.Locate(ctx, i)
				if err != nil {
					t.Fatal(err)
				}
				f(Text(b, i), p)
			}
		}
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return true
}

// textSet is a key set by the text of its keys.
type textSet map[string]bool

// keyText returns the text of a key, or "" if a part of it is null.
func keyText(b *data.Batch, cols []int, row int) string {
	var s strings.Builder
	for _, c := range cols {
		v := b.Cols[c].Value(row)
		if v.Null {
			return ""
		}
		fmt.Fprintf(&s, "%s|", scalarText(v))
	}
	return s.String()
}

// Tester implements spi.Members.
func (s textSet) Tester() spi.Tester { return s }

// Reset implements spi.Tester.
func (s textSet) Reset() {}

// Select implements spi.Tester.
func (s textSet) Select(dst, rows []uint32, cols []*data.Column) []uint32 {
	b := &data.Batch{Cols: cols, Len: cols[0].Len}
	for _, r := range rows {
		if s[keyText(b, TableCase{Rows: []*data.Batch{b}}.all(), int(r))] {
			dst = append(dst, r)
		}
	}
	return dst
}

// keySets checks scans that apply key sets themselves: no row whose key is in them may be lost, and none may change.
func (c TableCase) keySets(t *testing.T) {
	table := c.Open(t)
	if count(c.Rows) == 0 {
		return
	}
	r := rand.New(rand.NewPCG(c.Seed, 8))
	for range 10 {
		cols := []int{r.IntN(len(c.all()))}
		if r.IntN(2) == 0 {
			cols = append(cols, r.IntN(len(c.all())))
		}
		set := textSet{}
		for _, b := range c.Rows {
			for i := range b.Len {
				if key := keyText(b, cols, i); key != "" && r.IntN(3) == 0 {
					set[key] = true
				}
			}
		}
		spec := spi.ScanSpec{Cols: c.all(), Limit: -1, Threads: 1 + r.IntN(2), Dynamic: &spi.Dynamic{}}
		spec.Dynamic.Slot().Tighten(nil, spi.KeySet{Cols: cols, Members: set, Share: -1})
		got, _, err := Read(context.Background(), table, spec)
		if err != nil {
			t.Fatal(err)
		}
		all, in := Texts(c.Rows), keysIn(c.Rows, cols, set)
		if g := keysIn(got, cols, set); !slices.Equal(g, in) {
			t.Fatalf("seed %d: of %d rows whose key of columns %v is in the set %d came", c.Seed, len(in), cols, len(g))
		}
		slices.Sort(all)
		for _, row := range Texts(got) {
			if _, ok := slices.BinarySearch(all, row); !ok {
				t.Fatalf("seed %d: row %s is not in the table", c.Seed, row)
			}
		}
	}
}

// keysIn returns the rows whose key is in the set, sorted.
func keysIn(batches []*data.Batch, cols []int, set textSet) []string {
	out := []string{}
	for _, b := range batches {
		for i := range b.Len {
			if set[keyText(b, cols, i)] {
				out = append(out, Text(b, i))
			}
		}
	}
	slices.Sort(out)
	return out
}
