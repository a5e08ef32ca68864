package compute

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/sig"
)

// TestEveryDeclaredCastIsImplemented runs all pairs of types that the signatures allow: trying never fails and keeps nulls, and being strict
// gives the same values or names a row that trying makes null.
func TestEveryDeclaredCastIsImplemented(t *testing.T) {
	var s Scratch
	types := append(allTypes[:len(allTypes):len(allTypes)], dtype.Of(dtype.JSON), dtype.TimestampOf(dtype.Nano, ""), dtype.TimestampOf(dtype.Second, "Europe/Berlin"),
		dtype.TimestampOf(dtype.Milli, "UTC"), dtype.DurationOf(dtype.Nano), dtype.EnumOf("green", "x"), dtype.ArrayOf(dtype.Of(dtype.Int64), 3), dtype.ListOf(dtype.Of(dtype.Int8)),
		dtype.StructOf(dtype.Field{Name: "b", Type: dtype.Of(dtype.String)}, dtype.Field{Name: "a", Type: dtype.Of(dtype.Int8)}))
	pairs := 0
	for fi, from := range types {
		for ti, to := range types {
			if _, ok := sig.CanCast(from, to); !ok {
				continue
			}
			pairs++
			for k, form := range forms {
				s.Reset()
				r := rand.New(rand.NewPCG(uint64(fi*100+ti), uint64(k)))
				c := randomColumn(r, from, form, 70, []float64{0, 0.3}[r.IntN(2)])
				if from.Kind == dtype.JSON {
					c = data.ConstColumn(data.Scalar{Type: from, S: []string{"1", `"a"`, "[1, 2, 3]", `{"a": 1, "b": "x"}`}[r.IntN(4)]}, 70)
				}
				tried, err := Cast(&s, c, to, true)
				if err != nil {
					t.Fatalf("try_cast of %s to %s: %v", from, to, err)
				}
				if msg := broken(tried); msg != "" || tried.Len != c.Len || !tried.Type.Equal(to) {
					t.Fatalf("%s to %s: %s %s", from, to, tried.Type, msg)
				}
				for i := range c.Len {
					if c.IsNull(i) && !tried.IsNull(i) {
						t.Fatalf("%s to %s: null became %s", from, to, tried.Value(i))
					}
				}
				strict, err := Cast(&s, c, to, false)
				var re *RowError
				switch {
				case errors.As(err, &re):
					if row := re.Row; c.IsNull(row) || !tried.IsNull(row) && !to.IsNested() {
						t.Fatalf("%s to %s: row %d fails, trying gives %s: %v", from, to, row, tried.Value(row), err)
					}
				case err != nil:
					t.Fatalf("%s to %s: %v", from, to, err)
				default:
					checkColumn(t, strict, to, c.Len, tried.Value)
					if t.Failed() {
						t.Fatalf("%s to %s", from, to)
					}
				}
			}
		}
	}
	if pairs < 400 {
		t.Errorf("only %d pairs", pairs)
	}
}
