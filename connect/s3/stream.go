package s3

import (
	"context"
	"io"

	"github.com/siksik-data/siksik/fault"
)

// Stream implements spi.File. The stream keeps a few pieces in flight, so that it is as fast as several connections; it holds at most
// piecesAtOnce pieces in memory.
func (f *file) Stream(ctx context.Context, off int64) (io.ReadCloser, error) {
	if off < 0 {
		return nil, fault.New(fault.Usage, "reading %s at negative offset %d", f.l.name(), off)
	}
	return &stream{f: f, ctx: ctx, g: newGroup(ctx, piecesAtOnce), next: off}, nil
}

// stream delivers pieces in order.
type stream struct {
	f     *file
	ctx   context.Context
	g     *group
	next  int64    // where the next piece to ask for begins
	queue []*piece // asked for, in order
	rest  []byte   // what is left of the first piece of the queue
	free  [][]byte // buffers of delivered pieces
	err   error
}

// piece is a part of the object that is being fetched.
type piece struct {
	buf  []byte
	err  error
	done chan struct{}
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(s.rest) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.err = s.advance()
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// advance drops the delivered piece, asks for more, and waits for the next one.
func (s *stream) advance() error {
	if len(s.queue) > 0 {
		s.free = append(s.free, s.queue[0].buf)
		s.queue = s.queue[1:]
	}
	for len(s.queue) < piecesAtOnce && s.next < s.f.info.Size {
		if err := s.ask(); err != nil {
			return s.f.c.explain(s.ctx, "reading", s.f.l, err)
		}
	}
	if len(s.queue) == 0 {
		return io.EOF
	}
	first := s.queue[0]
	<-first.done
	if first.err != nil {
		return s.f.c.explain(s.ctx, "reading", s.f.l, first.err)
	}
	s.rest = first.buf
	return nil
}

// ask starts to fetch the next piece. Its error belongs to it and not to the group: pieces before it must be delivered.
func (s *stream) ask() error {
	size := min(s.f.info.Size-s.next, pieceBytes)
	var buf []byte
	if n := len(s.free); n > 0 {
		buf, s.free = s.free[n-1], s.free[:n-1]
	}
	if int64(cap(buf)) < size {
		buf = make([]byte, size)
	}
	p := &piece{buf: buf[:size], done: make(chan struct{})}
	off := s.next
	err := s.g.start(func(ctx context.Context) error {
		defer close(p.done)
		p.err = s.f.fetch(ctx, p.buf, off)
		return nil
	})
	if err != nil {
		return err
	}
	s.queue = append(s.queue, p)
	s.next += size
	return nil
}

// Close implements io.Closer; it ends the requests in flight.
func (s *stream) Close() error {
	s.g.stop()
	if s.err == nil {
		s.err = fault.New(fault.Usage, "reading %s after it was closed", s.f.l.name())
	}
	s.rest, s.queue, s.free = nil, nil, nil
	return nil
}
