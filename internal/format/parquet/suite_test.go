package parquet

import (
	"testing"

	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

func TestFormatSuite(t *testing.T) {
	for name, opts := range map[string]spi.Options{"default": nil, "small": {"row_group_size": int64(300), "page_size": int64(500), "compression": "zstd"},
		"v2": {"page_version": int64(2), "dictionary": false, "compression": "lz4_raw", "row_group_size": int64(1000)}} {
		t.Run(name, func(t *testing.T) {
			spitest.RunFormat(t, spitest.FormatCase{Format: Format{}, Ext: ".parquet", WriteOptions: opts})
		})
	}
}
