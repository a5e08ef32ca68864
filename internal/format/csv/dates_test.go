package csv_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

// TestDatesOfAnyMonthAreReadOrRefused reads columns of dates, of all months of some centuries and with days that months do not have.
func TestDatesOfAnyMonthAreReadOrRefused(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	opts := spi.Options{"types": map[string]any{"d": "date"}, "on_error": "null", "header": true, "delim": ","}
	var text strings.Builder
	var want []string
	text.WriteString("n,d\n")
	nulls := 0
	for i := range 20_000 {
		s := fmt.Sprintf("%04d-%02d-%02d", 1890+r.IntN(250), r.IntN(14), r.IntN(34))
		if r.IntN(10) == 0 {
			b := []byte(s)
			b[r.IntN(len(b))] = "0123456789-/ :x"[r.IntN(15)]
			s = string(b)
		}
		fmt.Fprintf(&text, "%d,%s\n", i, s)
		v, ok := data.ParseDate([]byte(s))
		if !ok {
			nulls++
			want = append(want, fmt.Sprintf("%d | NULL", i))
			continue
		}
		want = append(want, fmt.Sprintf("%d | %d", i, v))
	}
	m := &spitest.MemFS{}
	m.Put("mem://d.csv", []byte(text.String()))
	_, batches, err := readFS(m, opts, "mem://d.csv")
	if err != nil {
		t.Fatal(err)
	}
	got := spitest.Texts(batches)
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("row %d: %q, want %q", i, got[i], want[i])
		}
	}
	if nulls < 2000 || nulls > 10_000 {
		t.Errorf("%d of 20000 are no dates", nulls)
	}
}
