package kern

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"unicode/utf8"
)

// pieces are texts of which random ones are made: characters of each length, the first and last ones of their kind, and what is not UTF-8.
var (
	goodPieces = []string{"a", "z9 ", "plain text of some length", "é", "\u0080", "\u07ff", "я", "Привет", "\u0800", "\ud7ff", "\ue000", "\uffff", "漢字", "\U00010000", "\U0010ffff", "😀", "\x00"}
	badPieces  = []string{"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
		"\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\xf8\x88\x80\x80\x80", "\xe1\xbf\xbf\xbf"}
)

// randomPieces makes a text of about n bytes; one in rare of its pieces is bad, none if rare is 0.
func randomPieces(r *rand.Rand, n, rare int) []byte {
	var b []byte
	for len(b) < n {
		if rare > 0 && r.IntN(rare) == 0 {
			b = append(b, badPieces[r.IntN(len(badPieces))]...)
		} else {
			b = append(b, goodPieces[r.IntN(len(goodPieces))]...)
		}
	}
	return b
}

func TestValidUTF8AgreesWithTheStandardLibrary(t *testing.T) {
	check := func(b []byte) {
		t.Helper()
		want := utf8.Valid(b)
		if got := ValidUTF8(b); got != want {
			t.Fatalf("%q (%d bytes): %v, want %v", b, len(b), got, want)
		}
		if validWords(b) != want {
			t.Fatalf("%q (%d bytes): words say %v", b, len(b), !want)
		}
		if hasVectors && len(b) >= 35 && validVector(b) != want {
			t.Fatalf("%q (%d bytes): vectors say %v", b, len(b), !want)
		}
	}
	// Each piece at each place of a text of each length around the blocks, cut off behind it and followed by more.
	for _, piece := range slices.Concat(goodPieces, badPieces) {
		for before := range 70 {
			b := append(bytes.Repeat([]byte{'x'}, before), piece...)
			for cut := range len(piece) + 1 {
				check(b[:before+cut])
			}
			for after := range 36 {
				check(append(b, bytes.Repeat([]byte{'y'}, after)...))
			}
		}
	}
	r := seeded(t)
	valid := 0
	for range 20_000 {
		b := randomPieces(r, r.IntN(200), []int{0, 10, 100}[r.IntN(3)])
		check(b)
		check(b[min(len(b), r.IntN(4)):])
		if utf8.Valid(b) {
			valid++
		}
	}
	if valid < 5000 || valid > 19_000 {
		t.Errorf("%d of 20000 texts were valid", valid)
	}
	for range 20_000 { // pairs and triples of any bytes
		b := bytes.Repeat([]byte{'x'}, 64)
		for i := range 4 {
			b[30+i] = byte(r.Uint32()) | byte(r.IntN(2))<<7
		}
		check(b[:32+r.IntN(33)])
	}
}

func TestTextCheckIsAsStrictAsALookAtEachText(t *testing.T) {
	r := seeded(t)
	sound := 0
	for range 3000 {
		var c TextCheck
		want := true
		size := []int{10, 100, 2000, 6000}[r.IntN(4)]
		for range r.IntN(100) {
			// Parts of characters at the ends of texts must not meet.
			b := randomPieces(r, r.IntN(size), []int{0, 0, 0, 5000}[r.IntN(4)])
			if r.IntN(1000) == 0 {
				cut := r.IntN(len(b) + 1)
				c.Add(b[:cut])
				want = want && utf8.Valid(b[:cut]) && utf8.Valid(b[cut:])
				b = b[cut:]
			}
			want = want && utf8.Valid(b)
			if !c.Add(b) && want {
				t.Fatalf("%q is refused", b)
			}
		}
		if c.Sound() != want {
			t.Fatalf("want %v", want)
		}
		if want {
			sound++
		}
	}
	if sound < 300 || sound > 2900 {
		t.Errorf("%d of 3000 were sound", sound)
	}
}

func TestASCIIFindsOneHighByteAnywhere(t *testing.T) {
	for n := range 300 {
		b := bytes.Repeat([]byte{0x7f}, n)
		if !ASCII(b) || !asciiWords(b) || hasVectors && n >= 32 && !asciiVector(b) {
			t.Fatalf("%d plain bytes are not ASCII", n)
		}
		for i := range b {
			b[i] = 0x80
			if ASCII(b) || asciiWords(b) || hasVectors && n >= 32 && asciiVector(b) {
				t.Fatalf("a high byte at %d of %d was not seen", i, n)
			}
			b[i] = 0
		}
	}
}

func TestMarksAreAtTheBytesThatAreLookedFor(t *testing.T) {
	r := seeded(t)
	for range 2000 {
		m := Marks{",;\t\x01\xa7"[r.IntN(5)], "\n\r"[r.IntN(2)], "\"'\x00\xff"[r.IntN(4)]}
		n, limit := r.IntN(5), []int{128, 256}[r.IntN(2)]
		text := make([]byte, 64*n)
		for i := range text {
			if text[i] = byte(r.IntN(limit)); r.IntN(3) == 0 {
				text[i] = []byte{m.Delim, m.End, m.Quote, m.Quote ^ 0x80, m.Delim ^ 1}[r.IntN(5)]
			}
		}
		seps, ends, quotes := make([]uint64, n), make([]uint64, n), make([]uint64, n)
		ways := []func(seps, ends, quotes []uint64, text []byte) bool{m.Find, m.findWords}
		if hasVectors {
			ways = append(ways, m.findVector)
		}
		for way, find := range ways {
			if wide := find(seps, ends, quotes, text); wide == asciiWords(text) {
				t.Fatalf("way %d: wide is %v of %q", way, wide, text)
			}
			for i, c := range text {
				if Bit(seps, i) != (c == m.Delim || c == m.End) || Bit(ends, i) != (c == m.End) || Bit(quotes, i) != (c == m.Quote) {
					t.Fatalf("way %d, %+v: byte %d of %q", way, m, i, text)
				}
			}
		}
	}
}

func BenchmarkBytes(b *testing.B) {
	plain := bytes.Repeat([]byte("plain text, "), 1+32*benchRows/12)[:32*benchRows]
	seps, ends, quotes := make([]uint64, benchRows/2), make([]uint64, benchRows/2), make([]uint64, benchRows/2)
	perRow(b, "ascii, 32 bytes a row", func() { ASCII(plain) })
	perRow(b, "marks, 32 bytes a row", func() { Marks{',', '\n', '"'}.Find(seps, ends, quotes, plain) })
	for _, size := range []int{20, 60, 200} {
		text := bytes.Repeat([]byte("Привет, мир! "), 10)[:size]
		perRow(b, "utf-8 of "+strconv.Itoa(size)+" bytes", func() {
			var c TextCheck
			for range benchRows {
				c.Add(text)
			}
			c.Sound()
		})
		perRow(b, "each utf-8 of "+strconv.Itoa(size)+" bytes", func() {
			for range benchRows {
				ValidUTF8(text)
			}
		})
	}
}
