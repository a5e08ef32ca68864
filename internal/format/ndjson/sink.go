package ndjson

import (
	"context"

	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/spi"
)

// OpenSink implements spi.Format.
func (f Format) OpenSink(ctx context.Context, store spi.FS, path string, opts spi.Options) (spi.Sink, error) {
	return nil, bug.Errorf("none")
}
