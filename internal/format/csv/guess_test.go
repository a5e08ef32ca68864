package csv

import (
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// TestShortNumbersAreWhatTheParsersTakeThemFor makes texts of the characters of numbers and checks those that are classed without being parsed.
func TestShortNumbersAreWhatTheParsersTakeThemFor(t *testing.T) {
	classed := map[dtype.Kind]int{}
	r := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		b := make([]byte, r.IntN(21))
		for i := range b {
			b[i] = "0123456789012345678901234567890123456789.-+e"[r.IntN(44)]
		}
		kind := shortNumber(b)
		classed[kind]++
		number := dtype.Of(dtype.Int64)
		v, isInt := data.ParseInt128(b)
		_, isFloat := data.ParseFloat64(b)
		switch {
		case kind == dtype.Null:
		case changed(&number, b):
			t.Fatalf("%q would lose something", b)
		case kind == dtype.Int64 && !(isInt && v.IsInt64() && (v.Sign() < 0) == (b[0] == '-')):
			t.Fatalf("%q is no integer", b)
		case kind == dtype.Float64 && (isInt || !isFloat):
			t.Fatalf("%q is no decimal", b)
		}
	}
	if classed[dtype.Int64] < 1000 || classed[dtype.Float64] < 1000 || classed[dtype.Null] < 1000 {
		t.Errorf("only some kinds were met: %v", classed)
	}
}
