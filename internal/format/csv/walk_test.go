package csv

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAWalkFindsWhatAnExactLookFinds compares the walk over rows with the look at each field, for any fields that are wanted, from any
// place in a buffer and in batches of any size.
func TestAWalkFindsWhatAnExactLookFinds(t *testing.T) {
	whole := 0
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 11))
		buf, lo, hi, fields, d := textAmongOthers(r, seed%2 == 1)
		var cols []*column
		for j := range fields {
			if r.IntN(3) == 0 {
				cols = append(cols, &column{at: j})
			}
		}
		fast, exact := index{d: d, fields: fields}, index{d: d, fields: fields}
		fast.want(cols)
		var k walk
		for _, inside := range []bool{true, false} { // false last: rows start at lo
			if got := k.begin(buf, lo, hi, inside, &d); d.quote != 0 && got != d.after(buf[lo:hi], inside) {
				t.Fatalf("seed %d: from inside=%v the text ends inside=%v", seed, inside, got)
			}
		}
		most := 1 + r.IntN(40)
		p := lo
		for k.sound && p < hi {
			q := fast.fromWalk(&k, buf, p, hi, most)
			exact.build(buf[p:hi], 0, most)
			if n := fast.rows; n > exact.rows || k.sound && n != exact.rows {
				t.Fatalf("seed %d: %d rows at %d, want %d", seed, n, p, exact.rows)
			}
			sameFields(t, seed, &fast, &exact, cols, buf[p:hi])
			if k.sound && (exact.quoted && !fast.quoted || exact.escaped && !fast.escaped) {
				t.Fatalf("seed %d: the kinds of text at %d differ", seed, p)
			}
			p += q
		}
		if p == hi {
			whole++
		} else if seed%2 == 0 && fields == 1 && d.quote != 0 {
			t.Fatalf("seed %d: a walk stops in well-formed text, at %d of %d", seed, p, hi)
		}
	}
	if whole < 2900 {
		t.Errorf("only %d of 6000 texts were walked to their end", whole)
	}
}

// sameFields compares the rows that fast has, as far as the columns need them.
func sameFields(t *testing.T, seed uint64, fast, exact *index, cols []*column, text []byte) {
	n, fields := fast.rows, fast.fields
	if !slices.Equal(fast.starts[:n], exact.starts[:n]) {
		t.Fatalf("seed %d: the rows differ", seed)
	}
	for r := range n {
		if last := (r+1)*fields - 1; fast.ends[last] != exact.ends[last] {
			t.Fatalf("seed %d: row %d ends at %d, not %d", seed, r, fast.ends[last], exact.ends[last])
		}
		for _, c := range cols {
			lo, hi := fast.field(text, r, c.at)
			if a, b := exact.field(text, r, c.at); a != lo || b != hi {
				t.Fatalf("seed %d: field %d of row %d is at %d:%d, not %d:%d", seed, c.at, r, lo, hi, a, b)
			}
		}
	}
}
