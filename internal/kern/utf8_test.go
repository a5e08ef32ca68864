package kern

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestValidUTF8AgreesWithTheLibrary tries text of many scripts whole, cut off at either end, and with a byte changed.
func TestValidUTF8AgreesWithTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	edges := []string{"\x7f", "\u0080", "\u07ff", "\u0800", "\u0fff", "\u1000", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff", "\x00", "é", "ж", "語", "한", "😀",
		"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\x80"}
	valid, broken := 0, 0
	for range 300_000 {
		most := []int{7, 9, 11, 15, len(edges)}[r.IntN(5)]
		var b strings.Builder
		for range r.IntN(12) {
			if r.IntN(2) == 0 {
				b.WriteString("ascii and more"[:r.IntN(14)])
			} else {
				b.WriteString(edges[r.IntN(most)])
			}
		}
		p := []byte(b.String())
		switch r.IntN(4) {
		case 0:
			p = p[min(len(p), r.IntN(4)):]
		case 1:
			p = p[:max(0, len(p)-r.IntN(4))]
		case 2:
			if len(p) > 0 {
				p[r.IntN(len(p))] ^= byte(1 << r.IntN(8))
			}
		}
		want := utf8.Valid(p)
		if got := ValidUTF8(p); got != want {
			t.Fatalf("%q: %v, want %v", p, got, want)
		}
		if want {
			valid++
		} else {
			broken++
		}
	}
	if valid < 50_000 || broken < 50_000 {
		t.Errorf("%d texts were valid and %d not", valid, broken)
	}
	for a := range 256 {
		for b := range 256 {
			for _, c := range []int{0x20, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xff} {
				for _, tail := range []string{"", "\x80", "abcdefgh"} {
					p := append([]byte{byte(a), byte(b), byte(c)}, tail...)
					if got, want := ValidUTF8(p), utf8.Valid(p); got != want {
						t.Fatalf("%q: %v, want %v", p, got, want)
					}
				}
			}
		}
	}
}

func BenchmarkValidUTF8(b *testing.B) {
	for name, s := range map[string]string{"ascii": "http://site.example/page?id=1234", "cyrillic": "цена форум работа книги и ещё", "cjk": "日本語のテキストの例です"} {
		p := []byte(strings.Repeat(s, 2))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				if !ValidUTF8(p) {
					b.Fatal("not valid")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/row")
		})
		b.Run(name+"/library", func(b *testing.B) {
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				if !utf8.Valid(p) {
					b.Fatal("not valid")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/row")
		})
	}
}
