package engine

import (
	"github.com/siksik-data/siksik/internal/format/csv"
	"github.com/siksik-data/siksik/internal/format/ipc"
	"github.com/siksik-data/siksik/internal/format/ndjson"
	"github.com/siksik-data/siksik/internal/format/parquet"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// The file systems and formats that every program has. Connectors add theirs when they are imported.
func init() {
	spi.Default.AddFS(fs.NewLocal())
	spi.Default.AddFormat(csv.Format{As: "tsv"}) // the later one takes the endings that both have
	spi.Default.AddFormat(csv.Format{})
	spi.Default.AddFormat(ipc.Format{})
	spi.Default.AddFormat(ndjson.Format{As: "json"})
	spi.Default.AddFormat(ndjson.Format{})
	spi.Default.AddFormat(parquet.Format{})
}
