package ndjson_test

import (
	"testing"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/format/ndjson"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

func TestSuite(t *testing.T) {
	for i, c := range []struct {
		name string
		ext  string
		opts spi.Options
	}{{"lines", ".ndjson", nil}, {"gzip", ".ndjson.gz", nil}, {"zstd", ".jsonl.zst", nil}, {"array", ".json", spi.Options{"array": true}}} {
		t.Run(c.name, func(t *testing.T) {
			rows := 300
			if i == 0 {
				rows = 0 // the default, which makes several batches and pieces
			}
			spitest.RunFormat(t, spitest.FormatCase{
				Rows:   rows,
				Format: ndjson.Format{}, Ext: c.ext, WriteOptions: c.opts,
				ReadOptions: func(s dtype.Schema) spi.Options { return spi.Options{"columns": s} },
			})
		})
	}
}
