package csv

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// randomText has well-formed rows, with some noise if strange is set.
func randomText(r *rand.Rand, fields int, strange bool) string {
	values := []string{"", "a", "12", "1992-01-02", "word and word", `""`, `"q"`, `"a,b"`, `"two` + "\n" + `lines"`, `"say ""hi"""`, "é\x80\xac", "\x8a", "\xa2", `"` + strings.Repeat("long, ", 30) + `"`}
	noise := []string{`"`, ",", "\n", "\r", `a"b`, `"a"b`, "\r\n", `"""`}
	end := []string{"\n", "\r\n"}[r.IntN(2)]
	var b strings.Builder
	for range 1 + r.IntN(60) {
		for f := range fields {
			if f > 0 {
				b.WriteByte(',')
			}
			b.WriteString(values[r.IntN(len(values))])
			if strange && r.IntN(40) == 0 {
				b.WriteString(noise[r.IntN(len(noise))])
			}
		}
		b.WriteString(end)
	}
	return b.String()
}

// textAmongOthers is a random text at [lo, hi) of a buffer, its number of fields and a dialect.
func textAmongOthers(r *rand.Rand, strange bool) (buf []byte, lo, hi, fields int, d dialect) {
	fields = 1 + r.IntN(12)
	text := randomText(r, fields, strange)
	lo = r.IntN(130)
	buf = []byte(strings.Repeat(`,"`+"\n", lo)[:lo] + text + strings.Repeat(`,"`+"\n", 64))
	d = dialect{delim: ',', quote: '"', escape: '"', newline: '\n'}
	if r.IntN(8) == 0 {
		d.quote = 0
	}
	return buf, lo, lo + len(text), fields, d
}

// TestMarksFindWhatAnExactLookFinds compares the two ways to index, from any place in a buffer and in batches of any size.
func TestMarksFindWhatAnExactLookFinds(t *testing.T) {
	sound := 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 7))
		buf, lo, hi, fields, d := textAmongOthers(r, seed%2 == 1)
		var m marks
		m.find(buf, lo, hi, &d)
		if d.quote != 0 {
			for _, inside := range []bool{true, false} { // false last: rows start at lo
				m.find(buf, lo, hi, &d)
				if got := m.resolve(buf, inside, &d); m.sound && got != d.after(buf[lo:hi], inside) {
					t.Fatalf("seed %d: from inside=%v the text ends inside=%v", seed, inside, got)
				}
			}
		} else {
			m.resolve(buf, false, &d)
		}
		if m.sound {
			sound++
		} else if seed%2 == 0 {
			t.Fatalf("seed %d: well-formed text is not sound", seed)
		}
		fast, exact := index{d: d, fields: fields}, index{d: d, fields: fields}
		most := 1 + r.IntN(40)
		for p := lo; m.sound && p < hi; {
			q := fast.fromMarks(&m, buf, p, hi, most)
			exact.build(buf[p:hi], 0, most)
			n := fast.rows
			if n > exact.rows || m.sound && n != exact.rows {
				t.Fatalf("seed %d: %d rows at %d, want %d", seed, n, p, exact.rows)
			}
			if !slices.Equal(fast.ends[:n*fields], exact.ends[:n*fields]) || !slices.Equal(fast.starts[:n], exact.starts[:n]) {
				t.Fatalf("seed %d: the rows at %d differ", seed, p)
			}
			if m.sound && (exact.quoted && !fast.quoted || exact.escaped && !fast.escaped || exact.wide && exact.fail == noProblem && !fast.wide) {
				t.Fatalf("seed %d: the kinds of text at %d differ", seed, p)
			}
			p += q
		}
	}
	if sound < 2200 {
		t.Errorf("only %d of 4000 texts were sound", sound)
	}
}
