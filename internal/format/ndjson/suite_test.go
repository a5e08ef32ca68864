package ndjson_test

import (
	"testing"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/format/ndjson"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

func TestSuite(t *testing.T) {
	for _, c := range []struct {
		name string
		ext  string
		opts spi.Options
	}{{"lines", ".ndjson", nil}, {"gzip", ".ndjson.gz", nil}, {"zstd", ".jsonl.zst", nil}, {"array", ".json", spi.Options{"array": true}}} {
		t.Run(c.name, func(t *testing.T) {
			spitest.RunFormat(t, spitest.FormatCase{
				Format: ndjson.Format{}, Ext: c.ext, WriteOptions: c.opts,
				ReadOptions: func(s dtype.Schema) spi.Options { return spi.Options{"columns": s} },
			})
		})
	}
}
