package fs

import (
	"context"
	"io"
	"sync"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// stdinHeadMax is how much of standard input is kept for reading again: enough for any sample that infers a schema.
const stdinHeadMax = 32 << 20

func isStdin(path string) bool { return path == "-" || path == "/dev/stdin" }

// stdin lets standard input be opened several times as long as only its beginning has been read: what was read is kept, and each
// Stream starts with it. The first Stream to go past the kept part takes the rest, and ends what others may still get.
type stdin struct {
	mu   sync.Mutex
	in   io.Reader
	head []byte
	err  error // how the input ended, if it did within head
	gone bool  // some stream has read past head
}

// at copies kept or new bytes from off into p.
func (s *stdin) at(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if off < int64(len(s.head)) {
		return copy(p, s.head[off:]), nil
	}
	switch {
	case s.err != nil:
		return 0, s.err
	case s.gone:
		return 0, fault.New(fault.Usage, "standard input can be read only once").
			WithHint("save it to a file, or read it into a table first")
	}
	n, err := s.in.Read(p)
	s.head = append(s.head, p[:n]...)
	if err != nil && err != io.EOF {
		err = fault.Wrap(fault.IO, err, "reading standard input")
	}
	s.err = err
	if n > 0 {
		err = nil
	}
	return n, err
}

// beyond reports whether off is past what may be kept, and then claims the rest of the input for the caller.
func (s *stdin) beyond(off int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if off < stdinHeadMax || off < int64(len(s.head)) || s.err != nil || s.gone {
		return false
	}
	s.gone, s.head = true, nil
	return true
}

type stdinFile struct{ s *stdin }

// Info implements spi.File; the size is unknown.
func (f *stdinFile) Info() spi.FileInfo { return spi.FileInfo{Path: "-", Size: -1} }

// ReadRange implements spi.File for ranges near the start.
func (f *stdinFile) ReadRange(ctx context.Context, p []byte, off int64) error {
	if off+int64(len(p)) > stdinHeadMax {
		return fault.New(fault.Unsupported, "standard input can be read from its start only").WithHint("save it to a file first")
	}
	r := &stdinStream{s: f.s}
	if _, err := io.CopyN(io.Discard, r, off); err != nil {
		return io.ErrUnexpectedEOF
	}
	if _, err := io.ReadFull(r, p); err == io.EOF {
		return io.ErrUnexpectedEOF
	} else {
		return err
	}
}

// Stream implements spi.File.
func (f *stdinFile) Stream(_ context.Context, off int64) (io.ReadCloser, error) {
	r := &stdinStream{s: f.s}
	if _, err := io.CopyN(io.Discard, r, off); err != nil && err != io.EOF {
		return nil, err
	}
	return r, nil
}

// Close implements spi.File.
func (f *stdinFile) Close() error { return nil }

type stdinStream struct {
	s     *stdin
	off   int64
	owner bool // this stream has the rest of the input to itself
}

// Read implements io.Reader.
func (r *stdinStream) Read(p []byte) (int, error) {
	if !r.owner && r.s.beyond(r.off) {
		r.owner = true
	}
	if r.owner {
		n, err := r.s.in.Read(p)
		r.off += int64(n)
		if err != nil && err != io.EOF {
			err = fault.Wrap(fault.IO, err, "reading standard input")
		}
		return n, err
	}
	n, err := r.s.at(p, r.off)
	r.off += int64(n)
	return n, err
}

// Close implements io.Closer.
func (r *stdinStream) Close() error { return nil }
