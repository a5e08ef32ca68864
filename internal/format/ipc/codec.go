package ipc

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/siksik-data/siksik/fault"
)

// codec is the compression of the buffers of a message.
type codec uint8

const (
	codecNone codec = iota
	codecLZ4
	codecZstd
)

// growthMax is how many times as long as its compressed form a buffer can be at the most: what one byte or block can stand for. A
// length beyond it is a lie that must not make us allocate.
func (c codec) growthMax() int64 {
	if c == codecLZ4 {
		return 256
	}
	return 1 << 16
}

// inflater decompresses buffers. It is safe for concurrent use.
type inflater struct {
	lz4  sync.Pool
	once sync.Once
	zstd *zstd.Decoder
	err  error
}

// into decompresses src into dst, which it must fill exactly.
func (z *inflater) into(c codec, dst, src []byte) error {
	if c == codecLZ4 {
		r, _ := z.lz4.Get().(*lz4.Reader)
		if r == nil {
			r = lz4.NewReader(nil)
		}
		defer z.lz4.Put(r)
		r.Reset(bytes.NewReader(src))
		if _, err := io.ReadFull(r, dst); err != nil {
			return fault.Wrap(fault.Data, err, "corrupt lz4 data")
		}
		if n, err := r.Read(make([]byte, 1)); n > 0 || err != io.EOF {
			return corrupt("lz4 data is longer than it says, or damaged")
		}
		return nil
	}
	z.once.Do(func() {
		z.zstd, z.err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true))
	})
	if z.err != nil {
		return z.err
	}
	out, err := z.zstd.DecodeAll(src, dst[:0:len(dst)])
	if err != nil {
		return fault.Wrap(fault.Data, err, "corrupt zstd data")
	}
	if len(out) != len(dst) {
		return corrupt("zstd data has %d bytes and says %d", len(out), len(dst))
	}
	return nil
}

func (z *inflater) close() {
	if z.zstd != nil {
		z.zstd.Close()
	}
}

// deflater compresses buffers. It is used by one goroutine.
type deflater struct {
	codec codec
	zstd  *zstd.Encoder
	lz4   *lz4.Writer
	out   bytes.Buffer
}

func newDeflater(c codec) (*deflater, error) {
	d := &deflater{codec: c}
	var err error
	switch c {
	case codecZstd:
		d.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	case codecLZ4:
		d.lz4 = lz4.NewWriter(nil)
		err = d.lz4.Apply(lz4.BlockSizeOption(lz4.Block256Kb), lz4.ChecksumOption(false))
	}
	return d, err
}

// compress appends the compressed form of src to dst. It reports false where compressing failed or did not pay.
func (d *deflater) compress(dst, src []byte) ([]byte, bool) {
	from := len(dst)
	if d.codec == codecZstd {
		out := d.zstd.EncodeAll(src, dst)
		return out, len(out)-from < len(src)
	}
	d.out.Reset()
	d.lz4.Reset(&d.out)
	if _, err := d.lz4.Write(src); err != nil {
		return dst, false
	}
	if err := d.lz4.Close(); err != nil {
		return dst, false
	}
	return append(dst, d.out.Bytes()...), d.out.Len() < len(src)
}
