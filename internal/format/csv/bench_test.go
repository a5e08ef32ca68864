package csv_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/internal/format/csv"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// orderLines writes rows in the shape of an order line: 16 columns of keys, amounts, flags, dates and comments, about 128 bytes each.
func orderLines(tb testing.TB, size int, quote bool) string {
	path := filepath.Join(tb.TempDir(), "lines.csv")
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	words := strings.Fields("the quick final deposits sleep above carefully regular packages haggle furiously along pending ideas")
	b := []byte("orderkey,partkey,suppkey,linenumber,quantity,extendedprice,discount,tax,returnflag,linestatus,shipdate,commitdate,receiptdate,shipinstruct,shipmode,comment\n")
	for i := 0; len(b) < size; i++ {
		b = fmt.Appendf(b, "%d,%d,%d,%d,%d,%d.%02d,0.%02d,0.%02d,%s,%s", i/4*8+i%4, r.IntN(200_000), r.IntN(10_000), i%7+1, r.IntN(50)+1, r.IntN(100_000), r.IntN(100),
			r.IntN(11), r.IntN(9), pick("N", "R", "A"), pick("O", "F"))
		for range 3 {
			b = fmt.Appendf(b, ",199%d-%02d-%02d", 2+r.IntN(7), r.IntN(12)+1, r.IntN(28)+1)
		}
		comment := ""
		for range 2 + r.IntN(4) {
			comment += words[r.IntN(len(words))] + " "
		}
		comment = strings.TrimSpace(comment)
		if quote {
			comment = `"` + comment + `, ok"`
		}
		b = fmt.Appendf(b, ",%s,%s,%s\n", pick("DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"), pick("AIR", "TRUCK", "MAIL", "SHIP", "RAIL"), comment)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// BenchmarkScan reads order lines with one worker.
func BenchmarkScan(b *testing.B) {
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	for _, c := range []struct {
		name  string
		quote bool
		cols  []int
	}{{"all16", false, all}, {"one/int", false, []int{1}}, {"one/text", false, []int{15}}, {"none", false, nil}, {"quoted/all16", true, all}, {"quoted/one", true, []int{5}}, {"quoted/none", true, nil}} {
		b.Run(c.name, func(b *testing.B) {
			ctx := context.Background()
			local := fs.NewLocal()
			files, err := local.Glob(ctx, orderLines(b, 50<<20, c.quote))
			if err != nil {
				b.Fatal(err)
			}
			t, err := csv.Format{}.OpenTable(ctx, local, files, nil)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(files[0].Size)
			b.ReportAllocs()
			for b.Loop() {
				s, err := t.Scan(ctx, spi.ScanSpec{Cols: c.cols, Limit: -1, Threads: 1})
				if err != nil {
					b.Fatal(err)
				}
				for split, err := range s.Splits(ctx) {
					if err != nil {
						b.Fatal(err)
					}
					r, err := s.Open(ctx, split)
					if err != nil {
						b.Fatal(err)
					}
					for {
						if _, err := r.Read(ctx); err == io.EOF {
							break
						} else if err != nil {
							b.Fatal(err)
						}
					}
					r.Close()
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
