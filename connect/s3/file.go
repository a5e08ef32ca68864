package s3

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// Ranges are fetched in pieces of pieceBytes, piecesAtOnce of them at a time. Amazon serves 50–90 MB/s over one connection.
const (
	pieceBytes   = 4 << 20
	piecesAtOnce = 4
)

// file is an opened object, pinned to its ETag.
type file struct {
	c    *client
	l    location
	info spi.FileInfo
}

// Info implements spi.File.
func (f *file) Info() spi.FileInfo { return f.info }

// Close implements spi.File. There is nothing to release: connections belong to the client.
func (f *file) Close() error { return nil }

// ReadRange implements spi.File.
func (f *file) ReadRange(ctx context.Context, p []byte, off int64) error {
	if off < 0 {
		return fault.New(fault.Usage, "reading %s at negative offset %d", f.l.name(), off)
	}
	short := false
	if over := off + int64(len(p)) - f.info.Size; over > 0 {
		short = true
		p = p[:max(int64(len(p))-over, 0)]
	}
	if err := f.readAll(ctx, p, off); err != nil {
		return f.c.explain(ctx, "reading", f.l, err)
	}
	if short {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// readAll fills p, in several pieces at once if it is large.
func (f *file) readAll(ctx context.Context, p []byte, off int64) error {
	if len(p) <= pieceBytes+pieceBytes/2 {
		return f.fetch(ctx, p, off)
	}
	g := newGroup(ctx, piecesAtOnce)
	defer g.stop()
	for at := 0; at < len(p); at += pieceBytes {
		piece := p[at:min(at+pieceBytes, len(p))]
		if err := g.start(func(ctx context.Context) error { return f.fetch(ctx, piece, off+int64(at)) }); err != nil {
			break
		}
	}
	return g.wait()
}

// fetch fills p with one request, or with more when bodies break: each goes on where the last one stopped.
func (f *file) fetch(ctx context.Context, p []byte, off int64) error {
	t := f.c.retry.start()
	for len(p) > 0 {
		n, err := f.once(ctx, p, off)
		p, off = p[n:], off+int64(n)
		if len(p) == 0 {
			break
		}
		if n >= 64<<10 {
			t.reset()
		}
		if err := t.wait(ctx, err); err != nil {
			return err
		}
	}
	return nil
}

// once sends one request for the bytes of p and returns how many arrived.
func (f *file) once(ctx context.Context, p []byte, off int64) (int, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	body, header, err := f.c.store.get(ctx, f.l.bucket, f.l.key, off, off+int64(len(p))-1, f.info.ETag)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	if etag(header.Get("ETag")) != f.info.ETag {
		return 0, errChanged
	}
	if from, ok := rangeStart(header.Get("Content-Range")); !ok && off > 0 || ok && from != off {
		return 0, fault.New(fault.Unsupported, "the store does not serve ranges of objects")
	}
	// The body has no deadline as a whole, but it must keep coming.
	watch := time.AfterFunc(stall, func() { cancel(errStalled) })
	defer watch.Stop()
	n := 0
	for n < len(p) {
		k, err := body.Read(p[n:])
		n += k
		watch.Reset(stall)
		switch {
		case n == len(p):
			return n, nil
		case err == io.EOF:
			return n, io.ErrUnexpectedEOF
		case err != nil && context.Cause(ctx) == errStalled:
			return n, errStalled
		case err != nil:
			return n, &bodyError{err}
		}
	}
	return n, nil
}

// bodyError marks an error of a body that was being read: whatever it is, another request may get further.
type bodyError struct{ err error }

// Error implements error.
func (n *bodyError) Error() string { return n.err.Error() }

// Unwrap returns the body's error, as an early end.
func (n *bodyError) Unwrap() []error { return []error{n.err, io.ErrUnexpectedEOF} }

// rangeStart reads the first byte's position from "bytes 5-9/100".
func rangeStart(header string) (int64, bool) {
	rest, ok := strings.CutPrefix(header, "bytes ")
	if !ok {
		return 0, false
	}
	from, _, ok := strings.Cut(rest, "-")
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseInt(from, 10, 64)
	return v, err == nil
}
