package ipc

import (
	"context"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// sinkOptions are the settings of a writer.
type sinkOptions struct {
	codec  codec
	rows   int
	stream bool
}

// OpenSink implements spi.Format. The file appears whole when the load is committed, or not at all; a name that ends with .gz or .zst
// compresses the whole of it. Options:
//
//	compression  of the buffers of record batches: none (default), lz4 or zstd
//	batch_rows   rows of a record batch, 65536 by default
//	format       file, stream or auto (default): a stream for names that end with .arrows, else a file
//
// Texts are written with 32-bit offsets and decimals with 128 bits, which all readers know. Enums are dictionaries of their values. Types
// that Arrow has no equal for (int128, enum) carry a note in the field's metadata, by which our reader restores them.
func (f Format) OpenSink(_ context.Context, store spi.FS, path string, opts spi.Options) (spi.Sink, error) {
	o := fs.NewOptions(f.Name(), opts)
	set := sinkOptions{rows: int(o.Int(64<<10, "batch_rows", "batch_size", "row_group_size"))}
	switch c := strings.ToLower(o.String("none", "compression")); c {
	case "none", "uncompressed", "auto":
	case "lz4", "lz4_frame":
		set.codec = codecLZ4
	case "zstd":
		set.codec = codecZstd
	default:
		o.Fail(&fault.Error{Code: fault.Name, Msg: "unknown compression " + fault.Quote(c), Hint: "known: none, lz4, zstd"})
	}
	codec := fs.CodecByName(path)
	switch kind := strings.ToLower(o.String("auto", "format")); kind {
	case "auto":
		low := strings.ToLower(path)
		if i := strings.LastIndexByte(low, '.'); codec != fs.Plain && i >= 0 {
			low = low[:i]
		}
		set.stream = strings.HasSuffix(low, ".arrows")
	case "file", "stream":
		set.stream = kind == "stream"
	default:
		o.Fail(&fault.Error{Code: fault.Name, Msg: "unknown format of Arrow IPC " + fault.Quote(kind), Hint: "known: auto, file, stream"})
	}
	if set.rows < 1 || set.rows > rowsMax {
		o.Fail(fault.New(fault.Usage, "option batch_rows of ipc must be from 1 to %d, not %d", rowsMax, set.rows))
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	return &fs.FileSink{FS: store, Path: path, Codec: codec, New: func(s dtype.Schema) (fs.Encoder, error) {
		return newEncoder(s, set)
	}}, nil
}
