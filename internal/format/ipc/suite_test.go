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
	}{
		{"file", ".arrow", nil},
		{"stream", ".arrows", nil},
		{"file lz4", ".feather", spi.Options{"compression": "lz4", "batch_rows": int64(700)}},
		{"stream zstd", ".arrows", spi.Options{"compression": "zstd", "batch_rows": int64(1000)}},
		{"gzip", ".arrow.gz", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			spitest.RunFormat(t, spitest.FormatCase{Format: ipc.Format{}, Ext: c.ext, WriteOptions: c.opts})
		})
	}
}
