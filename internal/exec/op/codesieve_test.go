package op

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

// chunksOf makes batches of a text and a bool the way that column chunks of files come: several batches share a dictionary, whose values may repeat, the
// next chunk has another one in the same column, and some batches have none. It returns the same rows without dictionaries as well.
func chunksOf(r *rand.Rand, in []expr.Col, chunks int) (coded, flat *phys.Memory) {
	coded, flat = &phys.Memory{}, &phys.Memory{}
	coded.Out, flat.Out = in, in
	for range chunks {
		entries := 1 + r.IntN(300)
		b := data.NewBuilder(tString, entries)
		for range entries {
			b.AppendScalar(data.StringScalar(fmt.Sprintf("%d is one of the words", r.IntN(2000))[r.IntN(2):]))
		}
		dict := b.Build()
		dict.Serial = data.NextSerial()
		for range 1 + r.IntN(4) {
			n := 1 + r.IntN(900)
			codes, bits := make([]uint32, n), data.NewBitmap(n)
			var valid data.Bitmap
			if r.IntN(2) == 0 {
				valid = data.NewBitmap(n)
			}
			for i := range codes {
				codes[i] = uint32(r.IntN(entries))
				bits.SetTo(i, r.IntN(3) > 0)
				if valid != nil {
					valid.SetTo(i, r.IntN(20) > 0)
				}
			}
			text := data.DictColumn(dict, codes, valid)
			if r.IntN(8) == 0 {
				text = text.Flatten()
			}
			truth := data.BoolColumn(bits, n, nil)
			coded.Batches = append(coded.Batches, &data.Batch{Len: n, Cols: []*data.Column{text, truth}})
			flat.Batches = append(flat.Batches, &data.Batch{Len: n, Cols: []*data.Column{text.Flatten(), truth}})
		}
	}
	return coded, flat
}

func TestValuesOfADictionaryAreFoundOnceAndNoneIsLost(t *testing.T) {
	in := cols(0, tString, tBool)
	key := []expr.Expr{ref(in[0])}
	count := distinctCall(call(t, "count", ref(in[0])))
	list := distinctCall(call(t, "list", ref(in[0])))
	some := distinctCall(call(t, "count", ref(in[0])))
	some.Filter = ref(in[1])
	for name, build := range map[string]func(src phys.Node) phys.Node{
		"keys alone":         func(src phys.Node) phys.Node { return aggOf(src, key) },
		"count":              func(src phys.Node) phys.Node { return aggOf(src, nil, count) },
		"list by places":     func(src phys.Node) phys.Node { return aggOf(src, nil, list, count) },
		"of some rows":       func(src phys.Node) phys.Node { return aggOf(src, nil, some, count) },
		"by the text itself": func(src phys.Node) phys.Node { return aggOf(src, key, count) },
		"DISTINCT": func(src phys.Node) phys.Node {
			d := &phys.Distinct{Input: src, On: []expr.ColID{in[0].ID}, Ordered: true}
			d.Out = in[:1]
			return d
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := seeded(t)
			for range 3 {
				coded, flat := chunksOf(r, in, 12)
				want := collect(t, build(flat), 1)
				for _, threads := range []int{1, 2, 7} {
					sameRows(t, fmt.Sprintf("%d workers", threads), collect(t, build(coded), threads), want)
				}
				l := &limited{t: t, dir: t.TempDir(), threads: 2, limit: 8 << 20}
				got, err := l.run(t.Context(), build(coded))
				if err != nil {
					t.Fatal(err)
				}
				sameRows(t, "with little memory", got, want)
			}
		})
	}
}

func TestOnlyTheFirstRowOfACodePassesWhileItsDictionaryLasts(t *testing.T) {
	dict := func(serial uint64) *data.Column {
		b := data.NewBuilder(tString, 3)
		for i := range 3 {
			b.AppendScalar(data.StringScalar(fmt.Sprint(i)))
		}
		c := b.Build()
		c.Serial = serial
		return c
	}
	one, two, none := dict(data.NextSerial()), dict(data.NextSerial()), dict(0)
	var s codeSieve
	for i, c := range []struct {
		dict  *data.Column
		codes []uint32
		want  string
		some  bool
	}{
		{one, []uint32{2, 0, 2, 2}, "[0 1]", true},
		{one, []uint32{0, 2}, "[]", true},
		{one, []uint32{0, 1, 1}, "[1]", true},
		{two, []uint32{1, 1, 0}, "[0 2]", true},
		{none, []uint32{1, 1, 0}, "[]", false},
		{two.Slice(0, 2), []uint32{1}, "[]", false},
		{two, []uint32{1, 2}, "[1]", true},
	} {
		rows, some := s.fresh(data.DictColumn(c.dict, c.codes, nil), len(c.codes))
		if got := fmt.Sprint(rows); got != c.want || some != c.some {
			t.Errorf("batch %d: rows %s (%v), want %s (%v)", i, got, some, c.want, c.some)
		}
	}
	valid := data.NewBitmap(4)
	valid.Set(1)
	if rows, _ := s.fresh(data.DictColumn(one, []uint32{0, 1, 1, 0}, valid), 4); fmt.Sprint(rows) != "[0 1]" {
		t.Errorf("with nulls: rows %v", rows)
	}
}
