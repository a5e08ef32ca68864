package siksik

import (
	"cmp"
	"context"

	"github.com/siksik-data/siksik/internal/engine"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/spi"
)

// Opened opens what f scans, so that queries built on the result neither list nor infer again, and plans and progress call it by name (or as before
// if name is empty). A frame that is more than a scan of files is returned as it is.
func (f LazyFrame) Opened(ctx context.Context, name string) (LazyFrame, error) {
	switch n := f.node.(type) {
	case *frame.File:
		t, err := f.engine().Catalog().Open(ctx, n.Path, n.Format, n.Options)
		if err != nil {
			return f, err
		}
		return f.with(&frame.Table{Table: t, Name: cmp.Or(name, n.Path)}), nil
	case *frame.Table:
		return f.with(&frame.Table{Table: n.Table, Name: cmp.Or(name, n.Name)}), nil
	default:
		return f, nil
	}
}

// LoadInto gives SinkTo an opened sink; the path is then only its name.
func LoadInto(sink spi.Sink) LoadOption { return func(w *frame.Write) { w.Sink = sink } }

// PeakMemory returns the most bytes that the query had reserved at once, after it has run.
func (r *Running) PeakMemory() int64 { return r.q.PeakMemory() }

// FileFormat names the format of a scanned file where its ending does not tell; "" means by ending.
func FileFormat(name string) FileOption {
	engine.LinkReaders()
	return func(o *fileOptions) { o.format = name }
}

// CreateNew makes a load fail if its target exists.
func CreateNew() LoadOption { return func(w *frame.Write) { w.Mode = spi.Create } }
