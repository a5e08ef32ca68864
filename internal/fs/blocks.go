package fs

import (
	"bytes"
	"context"
	"io"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// BlockSlack is how many bytes may be read past a block, so that scanners can load whole words.
const BlockSlack = 64

// Blocks cuts a range of a file into blocks of whole lines. It is used by one goroutine.
type Blocks struct {
	// Max is the longest line that is accepted, in bytes.
	Max int
	// Reserve asks for memory beyond the first buffer, or is nil.
	Reserve func(int64) error
	files   *Files
	r       Range
	src     io.ReadCloser
	buf     []byte // with BlockSlack bytes after its length
	have    int    // bytes of buf in use
	next    int    // where the next block starts in buf
	pos     int64  // position of buf[0] in the (decompressed) file
	skip    bool   // the start of the range lies inside a line
	eof     bool
	done    bool
	asked   int64
	meter   *spi.Meter
}

// OpenBlocks starts reading the range in blocks of about size bytes. It keeps buf, if it is large enough, as its buffer; Buffer gives it
// back. The stored bytes consumed are added to meter, which may be nil.
func OpenBlocks(ctx context.Context, files *Files, r Range, buf []byte, size int, meter *spi.Meter) (*Blocks, error) {
	if cap(buf) < size+BlockSlack {
		buf = make([]byte, size+BlockSlack)
	}
	b := &Blocks{files: files, r: r, buf: buf[:cap(buf)-BlockSlack], Max: 256 << 20, meter: meter}
	if r.Whole() {
		src, err := files.Reader(ctx, r.File, meter)
		b.src = src
		return b, err
	}
	f, err := files.Acquire(ctx, r.File)
	if err != nil {
		return nil, err
	}
	// The byte before the range tells whether a line starts with it.
	b.skip = r.Lo > 0
	start := max(r.Lo-1, 0)
	b.next = int(start % cacheLine)
	b.have, b.pos = b.next, start-int64(b.next)
	src, err := f.Stream(ctx, start)
	if err != nil {
		files.Release(r.File)
		return nil, err
	}
	b.src = &fileReader{ReadCloser: src, files: files, i: r.File}
	return b, nil
}

// Buffer returns the buffer for the next OpenBlocks; the last block is gone then.
func (b *Blocks) Buffer() []byte { return b.buf[:cap(b.buf)] }

// Next returns the next block and the place of its first byte in the (decompressed) file, or io.EOF. The block ends with a line end, which
// is added where the file's last line lacks it. It is valid until the next call, and the BlockSlack bytes after it can be read.
func (b *Blocks) Next(ctx context.Context) (block []byte, off int64, err error) {
	for !b.done {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if block := b.cut(); block != nil {
			return block, b.pos + int64(b.next-len(block)), nil
		}
		if b.done {
			break
		}
		if err := b.fill(); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, io.EOF
}

// cut takes the whole lines out of the buffer, or returns nil if there are none yet.
func (b *Blocks) cut() []byte {
	rest := b.buf[b.next:b.have]
	if b.skip {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			b.next = b.have
			b.done = b.eof || b.pos+int64(b.have) >= b.r.Hi
			return nil
		}
		b.skip = false
		b.next += i + 1
		rest = rest[i+1:]
	}
	at := b.pos + int64(b.next)
	if !b.r.Whole() {
		if at >= b.r.Hi {
			b.done = true
			return nil
		}
		if last := b.r.Hi - 1 - at; int64(len(rest)) > last {
			// The line that holds the last byte of the range is the last one.
			if i := bytes.IndexByte(rest[last:], '\n'); i >= 0 {
				return b.take(int(last)+i+1, true)
			}
			return b.tail(rest)
		}
	}
	if i := bytes.LastIndexByte(rest, '\n'); i >= 0 {
		return b.take(i+1, false)
	}
	return b.tail(rest)
}

// tail takes what is left at the end of the file.
func (b *Blocks) tail(rest []byte) []byte {
	if !b.eof {
		return nil
	}
	if len(rest) == 0 {
		b.done = true
		return nil
	}
	if rest[len(rest)-1] == '\n' {
		return b.take(len(rest), true)
	}
	if b.have == len(b.buf) {
		// The slack has room for the line end that is missing.
		b.buf = b.buf[:len(b.buf)+1]
	}
	b.buf[b.have] = '\n'
	b.have++
	return b.take(len(rest)+1, true)
}

func (b *Blocks) take(n int, last bool) []byte {
	block := b.buf[b.next : b.next+n]
	b.next += n
	b.done = last
	return block
}

// cacheLine is what places in a buffer and in its file are alike by: a kernel copies four times as fast between such places.
const cacheLine = 64

// fill moves what is left to the front and reads more, growing the buffer for a line that is longer.
func (b *Blocks) fill() error {
	at := b.pos + int64(b.next)
	if front := int(at % cacheLine); b.next > front {
		copy(b.buf[front:], b.buf[b.next:b.have])
		b.pos = at - int64(front)
		b.have -= b.next - front
		b.next = front
	}
	if b.have == len(b.buf) {
		if err := b.grow(); err != nil {
			return err
		}
	}
	want := len(b.buf)
	if !b.r.Whole() {
		// Little is read beyond the range: only what ends its last line.
		if end := b.r.Hi + 64<<10 - b.pos; end < int64(want) {
			want = max(int(end), min(b.have+64<<10, want))
		}
	}
	from := b.have
	for b.have < want {
		n, err := b.src.Read(b.buf[b.have:want])
		b.have += n
		if err == io.EOF {
			b.eof = true
			break
		}
		if err != nil {
			return err
		}
	}
	if b.meter != nil && !b.r.Whole() {
		b.meter.Bytes.Add(int64(b.have - from))
	}
	return nil
}

func (b *Blocks) grow() error {
	if b.have-b.next >= b.Max {
		return fault.New(fault.Data, "a line of %s at byte %d is longer than %d bytes", b.files.List[b.r.File].Path, b.pos+int64(b.next), b.Max).
			WithHint("is it a file of lines? If it is, raise max_line_bytes")
	}
	size := min(2*len(b.buf), b.Max+cacheLine)
	if b.Reserve != nil {
		if err := b.Reserve(int64(size)); err != nil {
			return err
		}
		b.asked += int64(size)
	}
	next := make([]byte, size+BlockSlack)
	copy(next, b.buf[:b.have])
	b.buf = next[:size]
	return nil
}

// Close is idempotent.
func (b *Blocks) Close() error {
	if b.src == nil {
		return nil
	}
	err := b.src.Close()
	b.src = nil
	if b.asked > 0 {
		err2 := b.Reserve(-b.asked)
		b.asked = 0
		if err == nil {
			err = err2
		}
	}
	return err
}
