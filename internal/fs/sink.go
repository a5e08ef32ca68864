package fs

import (
	"context"
	"errors"
	"io"
	iofs "io/fs"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/spi"
)

// Encoder turns batches into the bytes of one file. The methods append to dst and are called in the order of the file.
type Encoder interface {
	Begin(dst []byte) []byte
	Batch(dst []byte, b *data.Batch) ([]byte, error)
	End(dst []byte) []byte
}

// FileSink is a sink of one file of text: it appears whole or not at all, and knows the modes Replace and Create.
type FileSink struct {
	FS    spi.FS
	Path  string
	Codec Codec
	// New returns an encoder of the schema, or an error if it cannot hold it.
	New func(s dtype.Schema) (Encoder, error)
}

// flushBytes is how much encoded text is collected before it is written.
const flushBytes = 256 << 10

// SinkCodec returns the compression of a new file from the option compression, or from its name.
func SinkCodec(option, path string) (Codec, error) {
	c, auto, err := CodecOption(option)
	if auto {
		c = CodecByName(path)
	}
	return c, err
}

// Begin implements spi.Sink.
func (s *FileSink) Begin(ctx context.Context, spec spi.LoadSpec) (spi.Load, error) {
	switch spec.Mode {
	case spi.Replace:
	case spi.Create:
		switch f, err := s.FS.Open(ctx, s.Path); {
		case err == nil:
			f.Close()
			return nil, fault.New(fault.Usage, "%s exists already", s.Path).WithHint("mode replace overwrites it")
		case !errors.Is(err, iofs.ErrNotExist):
			return nil, err
		}
	default:
		return nil, fault.New(fault.Unsupported, "a file cannot be loaded with mode %s", spec.Mode).
			WithHint("use replace or create; several files of one folder are read as one table")
	}
	enc, err := s.New(spec.Schema)
	if err != nil {
		return nil, err
	}
	up, err := s.FS.Create(ctx, s.Path)
	if err != nil {
		return nil, err
	}
	l := &fileLoad{up: up, enc: enc, meter: spec.Meter}
	l.count.w = up
	if l.out, err = Encode(s.Codec, &l.count); err != nil {
		l.Abort(ctx)
		return nil, err
	}
	return l, nil
}

type fileLoad struct {
	up    spi.Upload
	enc   Encoder
	out   io.WriteCloser
	count countingWriter
	meter *spi.Meter
	buf   []byte
	rows  int64
	taken bool
	begun bool
	shut  bool
	done  bool
}

type countingWriter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Parallel implements spi.Load: a file has one order.
func (l *fileLoad) Parallel() bool { return false }

// Writer implements spi.Load; there is one.
func (l *fileLoad) Writer(context.Context) (spi.Writer, error) {
	if l.taken {
		return nil, bug.Errorf("a file has one writer")
	}
	l.taken = true
	return (*fileWriter)(l), nil
}

// Commit implements spi.Load.
func (l *fileLoad) Commit(ctx context.Context, _ []spi.Receipt) error {
	if l.done {
		return nil
	}
	if err := (*fileWriter)(l).finish(); err != nil {
		l.Abort(context.WithoutCancel(ctx))
		return err
	}
	if err := l.up.Commit(ctx); err != nil {
		l.Abort(context.WithoutCancel(ctx))
		return err
	}
	l.done = true
	return nil
}

// Abort implements spi.Load.
func (l *fileLoad) Abort(ctx context.Context) error {
	if l.done {
		return nil
	}
	l.done = true
	if !l.shut && l.out != nil {
		// The compressor may hold goroutines; what it still writes is dropped with the rest.
		l.shut = true
		l.count.w = io.Discard
		l.out.Close()
	}
	return l.up.Abort(ctx)
}

// fileWriter is the load seen as its only writer.
type fileWriter fileLoad

func (w *fileWriter) begin() {
	if !w.begun {
		w.begun = true
		w.buf = w.enc.Begin(w.buf)
	}
}

// Write implements spi.Writer.
func (w *fileWriter) Write(_ context.Context, b *data.Batch) error {
	w.begin()
	var err error
	if w.buf, err = w.enc.Batch(w.buf, b); err != nil {
		return err
	}
	w.rows += int64(b.Len)
	if w.meter != nil {
		w.meter.Rows.Add(int64(b.Len))
	}
	if len(w.buf) < flushBytes {
		return nil
	}
	return w.flush()
}

func (w *fileWriter) flush() error {
	before := w.count.n
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	if w.meter != nil {
		w.meter.Bytes.Add(w.count.n - before)
	}
	return err
}

// finish writes what is left and ends the compression, once.
func (w *fileWriter) finish() error {
	if w.shut {
		return nil
	}
	w.begin()
	w.buf = w.enc.End(w.buf)
	if err := w.flush(); err != nil {
		return err
	}
	w.shut = true
	return w.out.Close()
}

// Close implements spi.Writer.
func (w *fileWriter) Close(context.Context) (spi.Receipt, error) {
	if err := w.finish(); err != nil {
		return spi.Receipt{}, err
	}
	return spi.Receipt{Rows: w.rows, Bytes: w.count.n}, nil
}
