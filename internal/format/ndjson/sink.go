package ndjson

import (
	"context"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// OpenSink implements spi.Format. Options: compression (auto, none, gzip, zstd), array (one array instead of lines), nan (error or null: what
// becomes of NaN and infinities, which JSON lacks).
func (f Format) OpenSink(_ context.Context, store spi.FS, path string, opts spi.Options) (spi.Sink, error) {
	o := fs.NewOptions(f.Name(), opts)
	array := o.Bool(false, "array")
	nan := strings.ToLower(o.String("error", "nan"))
	codec, err := fs.SinkCodec(o.String("auto", "compression"), path)
	if err != nil {
		o.Fail(err)
	}
	if nan != "error" && nan != "null" {
		o.Fail(fault.New(fault.Usage, "option nan of %s must be error or null, not %q", f.Name(), nan))
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	return &fs.FileSink{FS: store, Path: path, Codec: codec, New: func(s dtype.Schema) (fs.Encoder, error) {
		for i, col := range s.Fields {
			if s.Index(col.Name) != i {
				return nil, fault.New(fault.Usage, "two columns are called %q, which a JSON object cannot have", col.Name).WithHint("rename one of them")
			}
		}
		return newEncoder(s, array, nan == "null"), nil
	}}, nil
}
