package parquet

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// listed is a key set by the text of its keys, which lets through every so manieth key that is not in it.
type listed struct {
	keys  map[string]bool
	leaks uint32 // 0: none
	asked *int
}

// keyText returns the key of a row, or "" if a part of it is null.
func keyText(vals []data.Scalar) string {
	var b strings.Builder
	for _, v := range vals {
		if v.Null {
			return ""
		}
		canon(&b, v)
		b.WriteByte('|')
	}
	return b.String()
}

func (l *listed) has(key string) bool {
	if key == "" || l.keys[key] {
		return key != ""
	}
	h := fnv.New32()
	h.Write([]byte(key))
	return l.leaks > 0 && h.Sum32()%l.leaks == 0
}

func (l *listed) Tester() spi.Tester { return l }
func (l *listed) Reset()             {}
func (l *listed) Select(dst, rows []uint32, cols []*data.Column) []uint32 {
	*l.asked += len(rows)
	for _, r := range rows {
		var vals []data.Scalar
		for _, c := range cols {
			vals = append(vals, c.Value(int(r)))
		}
		if l.has(keyText(vals)) {
			dst = append(dst, r)
		}
	}
	return dst
}

// TestScansWithKeySetsKeepWhatMayHaveAPartner compares with the rows of the table: none may be lost that passes predicates and sets, none may come
// that fails a predicate, and of those that fail a set few may come.
func TestScansWithKeySetsKeepWhatMayHaveAPartner(t *testing.T) {
	seed := seedOf(t)
	dropped, asked := 0, 0
	for round := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, round))
		s := flatSchema(r, 2+r.IntN(3))
		total := 1 + r.IntN(4000)
		if round%10 == 0 {
			total *= 8 // sets that drop nothing get to rest
		}
		batches := sortedBatches(r, s, total)
		full := dtype.NewSchema(append(slices.Clone(s.Fields), dtype.Field{Name: "n", Type: dtype.Of(dtype.Int64)})...)
		rows := numberRows(batches)
		fs := newMemFS()
		if err := write(fs, "f", full, batches, randomSinkOptions(r)); err != nil {
			t.Fatal(err)
		}
		tab, err := openPaths(fs, nil, "f")
		if err != nil {
			t.Fatal(err)
		}
		spec := spi.ScanSpec{Cols: allCols(tab), Limit: -1, Dynamic: &spi.Dynamic{}}
		for range r.IntN(3) {
			spec.Where = append(spec.Where, randomPred(r, s, rows, 1))
		}
		var sets []spi.KeySet
		for range 1 + r.IntN(2) {
			sets = append(sets, randomSet(r, s, rows, &asked))
		}
		spec.Dynamic.Slot().Tighten(nil, sets...)
		came := map[int64]bool{}
		last := int64(-1)
		err = readAll(tab, spec, func(b *data.Batch) {
			for i := range b.Len {
				n := b.Cols[s.Len()].Value(i).Int64()
				if n <= last {
					t.Fatalf("seed %d round %d: row %d after row %d", seed, round, n, last)
				}
				last, came[n] = n, true
				for c := range s.Len() {
					if got, want := b.Cols[c].Value(i), rows[n][c]; canonOne(got) != canonOne(want) {
						t.Fatalf("seed %d round %d: row %d has %s in column %d (%s), want %s", seed, round, n, canonOne(got), c, s.Fields[c].Type, canonOne(want))
					}
				}
			}
		})
		if err != nil {
			t.Fatalf("seed %d round %d: %v", seed, round, err)
		}
		for n, row := range rows {
			pass, in := true, true
			for _, p := range spec.Where {
				pass = pass && passes(p, func(c int) data.Scalar { return row[c] }) == 1
			}
			for _, k := range sets {
				in = in && k.Members.(*listed).has(keyText(pick(row, k.Cols)))
			}
			switch got := came[int64(n)]; {
			case got && !pass:
				t.Fatalf("seed %d round %d: row %d came and fails the predicates", seed, round, n)
			case !got && pass && in:
				t.Fatalf("seed %d round %d: row %d did not come", seed, round, n)
			case !got && pass:
				dropped++
			}
		}
	}
	if dropped < 10_000 || asked == 0 {
		t.Errorf("the sets dropped %d rows", dropped)
	}
}

// numberRows appends a column of row numbers, and returns the rows.
func numberRows(batches []*data.Batch) (rows [][]data.Scalar) {
	for _, b := range batches {
		bl := data.NewBuilder(dtype.Of(dtype.Int64), b.Len)
		for i := range b.Len {
			var row []data.Scalar
			for _, c := range b.Cols {
				row = append(row, c.Value(i))
			}
			bl.AppendScalar(data.IntScalar(dtype.Of(dtype.Int64), int64(len(rows))))
			rows = append(rows, row)
		}
		b.Cols = append(b.Cols, bl.Build())
	}
	return rows
}

// randomSet makes a set of keys of some rows, or of all.
func randomSet(r *rand.Rand, s dtype.Schema, rows [][]data.Scalar, asked *int) spi.KeySet {
	k := spi.KeySet{Cols: []int{r.IntN(s.Len())}, Share: []float64{-1, 0.1, 0.8}[r.IntN(3)]}
	if r.IntN(3) == 0 {
		k.Cols = append(k.Cols, r.IntN(s.Len()))
	}
	l := &listed{keys: map[string]bool{}, leaks: []uint32{0, 2, 100}[r.IntN(3)], asked: asked}
	few := []int{1, 3, 50}[r.IntN(3)]
	for _, row := range rows {
		if r.IntN(few) == 0 {
			l.keys[keyText(pick(row, k.Cols))] = true
		}
	}
	k.Members = l
	return k
}

func pick(row []data.Scalar, cols []int) (out []data.Scalar) {
	for _, c := range cols {
		out = append(out, row[c])
	}
	return out
}

func canonOne(v data.Scalar) string {
	var b strings.Builder
	canon(&b, v)
	return b.String()
}

// TestAUselessKeySetRests counts how often a set is asked that contains every key.
func TestAUselessKeySetRests(t *testing.T) {
	fs := newMemFS()
	const total = 400_000
	numbered(t, fs, "f", total, spi.Options{"row_group_size": int64(total), "dictionary": false})
	tab, err := openPaths(fs, nil, "f")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	spec := everything(tab)
	spec.Dynamic = &spi.Dynamic{}
	spec.Dynamic.Slot().Tighten(nil, spi.KeySet{Cols: []int{0}, Share: -1, Members: &listed{leaks: 1, asked: &asked}})
	rows := 0
	if err := readAll(tab, spec, func(b *data.Batch) { rows += b.Len }); err != nil || rows != total {
		t.Fatalf("%d rows, error %v", rows, err)
	}
	if asked == 0 || asked > total/5 {
		t.Errorf("a set that drops nothing was asked for %d of %d rows", asked, total)
	}
}
