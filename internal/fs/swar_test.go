package fs

import (
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
