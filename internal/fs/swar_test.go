package fs

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"unsafe"

	"github.com/siksik-data/siksik/data"
)

// TestAViewOfAnyLengthIsThatOfItsBytes makes views of texts of all short lengths, whatever stands behind them.
func TestAViewOfAnyLengthIsThatOfItsBytes(t *testing.T) {
	buf := make([]byte, 200)
	for i := range buf {
		buf[i] = byte(0x80 + i)
	}
	for n := range 60 {
		for off := range 20 {
			s := buf[off : off+n]
			want := data.BufferView(s, 0, off)
			if n <= data.InlineMax {
				want = data.InlineView(s)
			}
			if got := ViewAt(unsafe.Pointer(unsafe.SliceData(buf)), off, n); got != want {
				t.Fatalf("the view of %d bytes at %d is %x, not %x", n, off, got, want)
			}
		}
	}
}

// TestFieldFloatsAreThoseOfAnExactParser makes fields of digits, points and some other characters; what is taken must be right, and what is plain
// must be taken.
func TestFieldFloatsAreThoseOfAnExactParser(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	taken := 0
	for range 300_000 {
		n := r.IntN(11)
		buf := make([]byte, n+BlockSlack)
		for i := range buf {
			buf[i] = "0123456789012345678901234567890123456789..-e+ \xb5,"[r.IntN(48)]
		}
		s := string(buf[:n])
		got, ok := FieldFloat(unsafe.Pointer(unsafe.SliceData(buf)), 0, n)
		points, plain := 0, n > 0 && n <= 8
		for i, c := range []byte(s) {
			switch {
			case c-'0' <= 9:
			case c == '.' && i > 0 && i < n-1:
				points++
			default:
				plain = false
			}
		}
		plain = plain && points <= 1 && !(n > 1 && s[0] == '0' && s[1] != '.')
		if ok != plain {
			t.Fatalf("%q is taken: %v", s, ok)
		}
		if want, err := strconv.ParseFloat(s, 64); ok && (err != nil || got != want) {
			t.Fatalf("%q is %v, want %v, %v", s, got, want, err)
		}
		if ok {
			taken++
		}
	}
	if taken < 10_000 {
		t.Errorf("only %d fields were taken", taken)
	}
}
