package csv_test

import (
	"testing"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/format/csv"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

func TestSuite(t *testing.T) {
	flat := spitest.Pick(spitest.Types(), func(t dtype.Type) bool { return !t.IsNested() })
	for i, c := range []struct {
		name, ext string
		format    csv.Format
		opts      spi.Options
	}{{"plain", ".csv", csv.Format{}, nil}, {"gzip", ".csv.gz", csv.Format{}, nil}, {"tabs", ".tsv", csv.Format{As: "tsv"}, nil},
		{"no header", ".csv", csv.Format{}, spi.Options{"header": false, "nullstr": "NA"}}} {
		t.Run(c.name, func(t *testing.T) {
			rows := 300
			if i == 0 {
				rows = 0 // the default, which makes several batches and pieces
			}
			spitest.RunFormat(t, spitest.FormatCase{
				Rows:   rows,
				Format: c.format, Ext: c.ext, Schema: flat, WriteOptions: c.opts,
				ReadOptions: func(s dtype.Schema) spi.Options {
					o := spi.Options{"columns": s}
					for k, v := range c.opts {
						o[k] = v
					}
					return o
				},
			})
		})
	}
}
