package op

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
)

// TestExtremesOfOneGroupOfTexts folds batches of texts, short and long, whose views repeat from batch to batch although the bytes behind them differ.
func TestExtremesOfOneGroupOfTexts(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 6))
		least := seed%2 == 0
		s := &textState{least: least}
		s.grow(1)
		var want []byte
		for n := range 6 {
			var heap []byte
			var views []data.View
			for range r.IntN(30) {
				b := []byte(strings.Repeat("same", r.IntN(2)) + strings.Repeat("x", r.IntN(14)))
				for i := range b {
					if r.IntN(6) == 0 {
						b[i] = byte(r.IntN(256))
					}
				}
				if want == nil || least == (bytes.Compare(b, want) < 0) && !bytes.Equal(b, want) {
					want = append([]byte{}, b...)
				}
				if len(b) <= data.InlineMax {
					views = append(views, data.InlineView(b))
				} else {
					views = append(views, data.BufferView(b, 0, len(heap)))
					heap = append(heap, b...)
				}
			}
			s.fold(views, [][]byte{heap}, nil, make([]uint32, len(views)))
			if want != nil && !bytes.Equal(s.v[0].Bytes(s.heap.bufs), want) {
				t.Fatalf("seed %d, batch %d: %q, want %q", seed, n, s.v[0].Bytes(s.heap.bufs), want)
			}
			if s.seen.Get(0) != (want != nil) {
				t.Fatalf("seed %d: seen is %v", seed, s.seen.Get(0))
			}
		}
	}
}
