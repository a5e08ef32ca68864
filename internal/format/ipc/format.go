package ipc

import (
	"context"
	"encoding/binary"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// Format is Arrow IPC: files (Feather version 2) and streams.
type Format struct{}

// Name implements spi.Format.
func (Format) Name() string { return "ipc" }

// Extensions implements spi.Format. The content tells whether a file is in the file or the stream format, not the ending.
func (Format) Extensions() []string { return []string{".arrow", ".ipc", ".feather", ".arrows"} }

// OpenTable implements spi.Format. The files must have the same columns, by name; their order is the first file's. Options:
//
//	compression  of the whole file: auto (default), none, gzip or zstd; the compression of buffers inside is found by itself
func (f Format) OpenTable(ctx context.Context, store spi.FS, list []spi.FileInfo, opts spi.Options) (spi.Table, error) {
	o := fs.NewOptions(f.Name(), opts)
	compression := o.String("auto", "compression")
	if err := o.Err(); err != nil {
		return nil, err
	}
	files, err := fs.NewFiles(store, list, compression)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	t := &table{files: files}
	for i, info := range list {
		in, err := openFile(ctx, files, i)
		if err != nil {
			return nil, place(info.Path, err)
		}
		if i == 0 {
			t.schema = in.schema.typed
		}
		if err := in.match(t.schema, list[0].Path); err != nil {
			return nil, place(info.Path, err)
		}
		t.list = append(t.list, in)
	}
	return t, nil
}

// file is one file of a table.
type file struct {
	schema  *schema
	cols    []int // by column of the table: the column of the file
	seek    bool  // in the file format, and can be read anywhere
	dicts   []block
	batches []block
	rows    []int64 // of the batches, or nil if they were not asked for
}

// match finds the columns of the table.
func (f *file) match(s dtype.Schema, first string) error {
	own := f.schema.typed
	for i, want := range s.Fields {
		at := i
		if i >= own.Len() || own.Fields[i].Name != want.Name {
			at = own.Index(want.Name)
		}
		if at < 0 {
			return fault.New(fault.Data, "there is no column %q, which %s has", want.Name, first).WithHint("read files of one table only")
		}
		if got := own.Fields[at].Type; !got.Equal(want.Type) {
			return fault.New(fault.Data, "column %q is of type %s, and of type %s in %s", want.Name, got, want.Type, first)
		}
		f.cols = append(f.cols, at)
	}
	if own.Len() > s.Len() {
		for _, c := range own.Fields {
			if s.Index(c.Name) < 0 {
				return fault.New(fault.Data, "column %q is not in %s", c.Name, first).WithHint("read files of one table only")
			}
		}
		return fault.New(fault.Data, "there are %d columns, and %d in %s", own.Len(), s.Len(), first)
	}
	return nil
}

// openFile reads the schema of file i: from its footer where it has one and can be read anywhere, else from its start.
func openFile(ctx context.Context, files *fs.Files, i int) (out *file, err error) {
	defer recovered(&err)
	c, err := files.Codec(ctx, i)
	if err != nil {
		return nil, err
	}
	if c == fs.Plain {
		in, err := files.Acquire(ctx, i)
		if err != nil {
			return nil, err
		}
		defer files.Release(i)
		if out, err = openFooter(ctx, in); out != nil || err != nil {
			return out, err
		}
	}
	r, err := files.Reader(ctx, i, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s, err := newStream(r)
	if err != nil {
		return nil, err
	}
	sch, err := s.schemaOf(ctx)
	return &file{schema: sch}, err
}

// openFooter reads the footer of a file in the file format; it returns nil for one that is not, or of unknown size.
func openFooter(ctx context.Context, in spi.File) (*file, error) {
	size := in.Info().Size
	if size < headLen {
		return nil, nil
	}
	var head [headLen]byte
	if err := readRange(ctx, in, head[:], 0, nil); err != nil {
		return nil, err
	}
	if string(head[:len(magic)]) != magic {
		return nil, nil
	}
	tail := make([]byte, min(size-headLen, 64<<10))
	if err := readRange(ctx, in, tail, size-int64(len(tail)), nil); err != nil {
		return nil, err
	}
	end := len(tail) - len(magic) - 4
	if end < 0 || string(tail[end+4:]) != magic {
		return nil, cut()
	}
	n := int64(int32(binary.LittleEndian.Uint32(tail[end:])))
	if n <= 0 || n > size-headLen-int64(len(magic))-4 {
		return nil, corrupt("the footer has %d bytes in a file of %d", n, size)
	}
	buf := tail[:end]
	if int64(end) < n {
		buf = make([]byte, n)
		if err := readRange(ctx, in, buf, size-int64(len(magic))-4-n, nil); err != nil {
			return nil, err
		}
	} else {
		buf = buf[int64(end)-n:]
	}
	f, err := parseFooter(buf, size)
	if err != nil {
		return nil, err
	}
	return &file{schema: f.schema, seek: true, dicts: f.dicts, batches: f.batches}, nil
}

// recovered turns a panic on malformed input that no check has caught into an error; it is the last resort, and a defect if it is needed.
func recovered(err *error) {
	if x := recover(); x != nil {
		if e, ok := x.(error); ok {
			*err = fault.Wrap(fault.Data, e, "the file is malformed")
			return
		}
		*err = bug.Errorf("reading Arrow IPC: %v", x)
	}
}

// readMeta reads the metadata of the message in a block.
func readMeta(ctx context.Context, in spi.File, b block, meter *spi.Meter) (message, error) {
	raw := make([]byte, b.meta)
	if err := readRange(ctx, in, raw, b.off, meter); err != nil {
		return message{}, err
	}
	meta, err := stripPrefix(raw)
	if err != nil {
		return message{}, err
	}
	m, err := parseMessage(meta)
	if err != nil {
		return message{}, err
	}
	if m.body > b.body {
		return message{}, corrupt("a message has a body of %d bytes where the footer says %d", m.body, b.body)
	}
	return m, nil
}

// readBatchMeta reads the metadata of a record batch.
func readBatchMeta(ctx context.Context, in spi.File, b block, meter *spi.Meter) (*batchMeta, error) {
	m, err := readMeta(ctx, in, b, meter)
	if err != nil {
		return nil, err
	}
	if m.kind != headBatch {
		return nil, corrupt("the footer calls the message at byte %d a record batch, and it is none", b.off)
	}
	return parseBatch(m.header, m.body)
}
