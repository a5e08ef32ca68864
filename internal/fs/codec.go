package fs

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
)

// Codec is a compression of whole files.
type Codec uint8

// The codecs.
const (
	Plain Codec = iota
	Gzip
	Zstd
)

// String returns the codec's name as options spell it.
func (c Codec) String() string { return [...]string{"none", "gzip", "zstd"}[c] }

// CodecByName returns the codec that a file name's ending says.
func CodecByName(path string) Codec {
	low := strings.ToLower(path)
	switch {
	case strings.HasSuffix(low, ".gz"), strings.HasSuffix(low, ".gzip"):
		return Gzip
	case strings.HasSuffix(low, ".zst"), strings.HasSuffix(low, ".zstd"):
		return Zstd
	default:
		return Plain
	}
}

// codecByMagic returns the codec of a file that starts with head. Text in any of our formats cannot start like this.
func codecByMagic(head []byte) Codec {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}):
		return Gzip
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return Zstd
	default:
		return Plain
	}
}

// CodecOption reads the option "compression": auto, none, gzip or zstd. auto is false when it was given.
func CodecOption(v string) (c Codec, auto bool, err error) {
	switch strings.ToLower(v) {
	case "", "auto", "auto_detect":
		return Plain, true, nil
	case "none", "uncompressed":
		return Plain, false, nil
	case "gzip", "gz":
		return Gzip, false, nil
	case "zstd", "zst":
		return Zstd, false, nil
	default:
		return Plain, false, &fault.Error{Code: fault.Name, Msg: "unknown compression " + fault.Quote(v), Hint: "known: auto, none, gzip, zstd"}
	}
}

// Decode returns the decompressed content of r, which is closed with it. Damage is reported with the name and the place in the compressed file.
func Decode(c Codec, r io.ReadCloser, name string) (io.ReadCloser, error) {
	if c == Plain {
		return r, nil
	}
	d := &decoder{src: r, name: name, codec: c}
	switch c {
	case Gzip:
		z, err := gzip.NewReader(d.counted())
		if err != nil {
			return nil, d.wrap(err)
		}
		d.z, d.free = z, func() { z.Close() }
	case Zstd:
		z, err := zstd.NewReader(d.counted(), zstd.WithDecoderConcurrency(2))
		if err != nil {
			return nil, d.wrap(err)
		}
		d.z, d.free = z, z.Close
	default:
		return nil, bug.Errorf("unknown codec %d", c)
	}
	return d, nil
}

type decoder struct {
	src   io.ReadCloser
	z     io.Reader
	free  func()
	name  string
	codec Codec
	in    countingReader
	err   error // from the source itself
}

// countingReader remembers how far the compressed file was read, and an error that is not the codec's.
type countingReader struct {
	r   io.Reader
	n   int64
	err error
}

// Read implements io.Reader.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

func (d *decoder) counted() io.Reader {
	d.in.r = d.src
	return &d.in
}

// Read implements io.Reader.
func (d *decoder) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.z.Read(p)
	if err == nil {
		return n, nil
	}
	d.err = err
	if err != io.EOF {
		d.err = d.wrap(err)
	}
	if n > 0 {
		return n, nil
	}
	return 0, d.err
}

func (d *decoder) wrap(err error) error {
	if d.in.err != nil {
		return d.in.err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.New(fault.Data, "%s data of %s ends early, after %d bytes", d.codec, d.name, d.in.n)
	}
	return fault.Wrap(fault.Data, err, "corrupt %s data in %s before byte %d", d.codec, d.name, d.in.n)
}

// Close implements io.Closer.
func (d *decoder) Close() error {
	if d.free != nil {
		d.free()
		d.free = nil
	}
	return d.src.Close()
}

// Encode returns a writer that compresses into w. Its Close ends the compressed stream and leaves w open.
func Encode(c Codec, w io.Writer) (io.WriteCloser, error) {
	switch c {
	case Plain:
		return nopCloser{w}, nil
	case Gzip:
		return gzip.NewWriterLevel(w, gzip.DefaultCompression)
	case Zstd:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(2))
	default:
		return nil, bug.Errorf("unknown codec %d", c)
	}
}

type nopCloser struct{ io.Writer }

// Close implements io.Closer.
func (nopCloser) Close() error { return nil }
