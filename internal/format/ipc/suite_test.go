package ipc_test

import (
	"testing"

	"github.com/siksik-data/siksik/internal/format/ipc"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

func TestSuite(t *testing.T) {
	for _, c := range []struct {
		name string
		ext  string
		opts spi.Options
		rows int
	}{
		{"file", ".arrow", nil, 2500},
		{"stream", ".arrows", nil, 900},
		{"file lz4", ".feather", spi.Options{"compression": "lz4", "batch_rows": int64(300)}, 900},
		{"stream zstd", ".arrows", spi.Options{"compression": "zstd", "batch_rows": int64(500)}, 900},
		{"gzip", ".arrow.gz", nil, 900},
	} {
		t.Run(c.name, func(t *testing.T) {
			spitest.RunFormat(t, spitest.FormatCase{Format: ipc.Format{}, Ext: c.ext, WriteOptions: c.opts, Rows: c.rows, Schema: smallTypes()})
		})
	}
}
