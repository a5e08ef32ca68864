package ipc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// magic starts and ends a file in the file format.
const magic = "ARROW1"

// headLen is how long the start of such a file is, padding included.
const headLen = 8

// metaMax is the most metadata that a message may have.
const metaMax = 512 << 20

// ranged is a body in a file that can be read anywhere.
type ranged struct {
	f     spi.File
	base  int64
	meter *spi.Meter
}

// fetch implements source. The bytes lie inside the file, as the footer was checked for.
func (r *ranged) fetch(ctx context.Context, a *arena, off, n int64) ([]byte, error) {
	mem, err := a.get(int(n))
	if err != nil {
		return nil, err
	}
	if err := readRange(ctx, r.f, mem, r.base+off, r.meter); err != nil {
		a.put(mem)
		return nil, err
	}
	return mem, nil
}

func readRange(ctx context.Context, f spi.File, p []byte, off int64, meter *spi.Meter) error {
	if err := f.ReadRange(ctx, p, off); err != nil {
		if err == io.ErrUnexpectedEOF {
			return corrupt("the file ends before byte %d", off+int64(len(p)))
		}
		return err
	}
	if meter != nil {
		meter.Bytes.Add(int64(len(p)))
	}
	return nil
}

// stream reads messages one after another, from the stream format or from the front of the file format.
type stream struct {
	in   io.Reader
	file bool  // a file's magic came first
	pos  int64 // in in
	body int64 // where the body of the current message starts
	end  int64 // and ends
}

// newStream reads the start of in.
func newStream(in io.Reader) (*stream, error) {
	s := &stream{in: in}
	var head [4]byte
	switch n, err := io.ReadFull(in, head[:]); {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return nil, corrupt("%d bytes are too few for Arrow IPC", n)
	case err != nil:
		return nil, err
	}
	switch {
	case string(head[:]) == magic[:4]:
		var rest [headLen - 4]byte
		if err := s.fill(rest[:]); err != nil {
			return nil, err
		}
		if string(rest[:2]) != magic[4:] {
			return nil, notArrow()
		}
		s.file = true
	case string(head[:]) == "FEA1":
		return nil, fault.New(fault.Unsupported, "the file has the first version of the Feather format, which is not Arrow IPC").
			WithHint("write it again as Feather version 2")
	default:
		// The first four bytes of a stream belong to its first message.
		s.in = io.MultiReader(bytes.NewReader(head[:]), in)
	}
	return s, nil
}

func notArrow() error {
	return corrupt("this is not Arrow IPC: neither the file's magic nor a message comes first")
}

// fill reads p whole.
func (s *stream) fill(p []byte) error {
	n, err := io.ReadFull(s.in, p)
	s.pos += int64(n)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return corrupt("the stream ends inside a message, at byte %d", s.pos)
	}
	return err
}

// pour reads n bytes in memory that grows as they come, because n may be a lie.
func (s *stream) pour(n int64, get func(n int) ([]byte, error), put func([]byte)) ([]byte, error) {
	size := min(n, 16<<20)
	mem, err := get(int(size))
	if err != nil {
		return nil, err
	}
	for have := int64(0); ; {
		if err := s.fill(mem[have:size]); err != nil {
			put(mem)
			return nil, err
		}
		have = size
		if have == n {
			return mem, nil
		}
		size = min(n, 2*size)
		next, err := get(int(size))
		if err != nil {
			put(mem)
			return nil, err
		}
		copy(next, mem)
		put(mem)
		mem = next
	}
}

// next returns the next message, or io.EOF. The rest of the one before is passed over.
func (s *stream) next(ctx context.Context) (message, error) {
	if err := ctx.Err(); err != nil {
		return message{}, err
	}
	if err := s.discard(s.end); err != nil {
		return message{}, err
	}
	first := s.pos == 0
	var word [4]byte
	switch n, err := io.ReadFull(s.in, word[:]); {
	case err == io.EOF:
		return message{}, io.EOF // a stream may simply end between messages
	case err == io.ErrUnexpectedEOF:
		return message{}, corrupt("the stream ends inside a message, at byte %d", s.pos+int64(n))
	case err != nil:
		return message{}, err
	}
	s.pos += 4
	size := binary.LittleEndian.Uint32(word[:])
	marked := size == continuation
	if marked {
		if err := s.fill(word[:]); err != nil {
			return message{}, err
		}
		size = binary.LittleEndian.Uint32(word[:])
	}
	switch {
	case size == 0:
		return message{}, io.EOF
	case size > metaMax && first:
		return message{}, notArrow()
	case size > metaMax:
		return message{}, corrupt("a message at byte %d says that its metadata has %d bytes", s.pos, size)
	}
	meta, err := s.pour(int64(size), func(n int) ([]byte, error) { return make([]byte, n), nil }, func([]byte) {})
	var m message
	if err == nil {
		m, err = parseMessage(meta)
	}
	if first && !marked && fault.CodeOf(err) == fault.Data {
		err = notArrow()
	}
	if err != nil {
		return message{}, err
	}
	s.body, s.end = s.pos, s.pos+m.body
	return m, nil
}

// discard passes over what comes before the position.
func (s *stream) discard(to int64) error {
	if to <= s.pos {
		return nil
	}
	n, err := io.CopyN(io.Discard, s.in, to-s.pos)
	s.pos += n
	if err == io.EOF {
		return corrupt("the stream ends inside a message, at byte %d", s.pos)
	}
	return err
}

// fetch implements source for the body of the current message.
func (s *stream) fetch(_ context.Context, a *arena, off, n int64) ([]byte, error) {
	if err := s.discard(s.body + off); err != nil {
		return nil, err
	}
	return s.pour(n, a.get, a.put)
}

// finish checks that a file in the file format ends as such files do; a stream has nothing to check.
func (s *stream) finish() error {
	if !s.file {
		return nil
	}
	var tail [len(magic)]byte
	buf := make([]byte, 32<<10)
	for {
		n, err := s.in.Read(buf)
		if n >= len(tail) {
			copy(tail[:], buf[n-len(tail):n])
		} else {
			copy(tail[:], tail[n:])
			copy(tail[len(tail)-n:], buf[:n])
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if string(tail[:]) != magic {
		return cut()
	}
	return nil
}

func cut() error {
	return corrupt("the end of the file is missing: it does not end with %s", magic).WithHint("was it written or copied to its end?")
}

// schemaOf reads the schema, which is the first message.
func (s *stream) schemaOf(ctx context.Context) (*schema, error) {
	m, err := s.next(ctx)
	if err == io.EOF {
		return nil, corrupt("there is no schema")
	}
	if err != nil {
		return nil, err
	}
	if m.kind != headSchema {
		return nil, corrupt("the first message is not a schema")
	}
	return parseSchema(m.header)
}

// place names the file in an error.
func place(path string, err error) error {
	var e *fault.Error
	switch {
	case err == nil || err == io.EOF || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &e):
		if e.Pos.Source != "" || e.Code != fault.Data && e.Code != fault.Unsupported && e.Code != fault.Value {
			return err
		}
		c := *e
		c.Pos.Source = path
		return &c
	default:
		return fmt.Errorf("reading %s: %w", path, err)
	}
}
