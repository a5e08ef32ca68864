package parquet

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// The codecs of the format.
const (
	codecNone    = 0
	codecSnappy  = 1
	codecGzip    = 2
	codecLZO     = 3
	codecBrotli  = 4
	codecLZ4     = 5 // Hadoop's framing, or what writers mistook for it
	codecZstd    = 6
	codecLZ4Raw  = 7
	pageBytesMax = 1 << 30
)

var codecNames = [...]string{"none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw"}

// growthMax bounds how much a codec can inflate; a page that claims more is corrupt. Zstandard has no useful bound.
var growthMax = [...]int{codecNone: 1, codecSnappy: 64, codecGzip: 1100, codecLZ4: 256, codecZstd: 1 << 30, codecLZ4Raw: 256}

// inflater decompresses pages; it keeps the decoders' state between pages.
type inflater struct {
	zstd *zstd.Decoder
	gzip *gzip.Reader
	src  bytes.Reader
}

// checkCodec refuses codecs that we do not have, before any page is read.
func checkCodec(codec int32) error {
	switch codec {
	case codecNone, codecSnappy, codecGzip, codecLZ4, codecZstd, codecLZ4Raw:
		return nil
	case codecLZO, codecBrotli:
		return unsupported("codec %s is not offered; write the file with snappy, zstd, gzip or lz4_raw", codecNames[codec])
	}
	return corrupt("unknown codec %d", codec)
}

// inflate decompresses src into dst, which has exactly the length that the page header gives. Both are followed by pad bytes of capacity.
func (z *inflater) inflate(codec int32, dst, src []byte) error {
	ok := false
	switch codec {
	case codecSnappy:
		ok = unsnap(dst, src)
	case codecGzip:
		ok = z.unzip(dst, src)
	case codecZstd:
		ok = z.unzstd(dst, src)
	case codecLZ4Raw:
		n, err := lz4.UncompressBlock(src, dst)
		ok = err == nil && n == len(dst)
	case codecLZ4:
		ok = unhadoop(dst, src)
		if !ok {
			n, err := lz4.UncompressBlock(src, dst)
			ok = err == nil && n == len(dst)
		}
	default:
		return checkCodec(codec)
	}
	if !ok {
		return corrupt("a page does not decompress to %d bytes with %s", len(dst), codecNames[codec])
	}
	return nil
}

func (z *inflater) unzip(dst, src []byte) bool {
	z.src.Reset(src)
	var err error
	if z.gzip == nil {
		z.gzip, err = gzip.NewReader(&z.src)
	} else {
		err = z.gzip.Reset(&z.src)
	}
	if err != nil {
		return false
	}
	if _, err = io.ReadFull(z.gzip, dst); err != nil {
		return false
	}
	var more [1]byte
	n, err := z.gzip.Read(more[:])
	return n == 0 && err == io.EOF
}

func (z *inflater) unzstd(dst, src []byte) bool {
	if z.zstd == nil {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(pageBytesMax+pad))
		if err != nil {
			return false
		}
		z.zstd = d
	}
	out, err := z.zstd.DecodeAll(src, dst[:0:len(dst)])
	if err != nil || len(out) != len(dst) {
		return false
	}
	if len(out) > 0 && &out[0] != &dst[0] {
		copy(dst, out)
	}
	return true
}

// unhadoop decodes the framing of Hadoop's LZ4: blocks of a decoded length, then compressed lengths and data until that is reached.
func unhadoop(dst, src []byte) bool {
	for len(dst) > 0 {
		if len(src) < 8 {
			return false
		}
		want := int(binary.BigEndian.Uint32(src))
		src = src[4:]
		if want > len(dst) {
			return false
		}
		for want > 0 {
			if len(src) < 4 {
				return false
			}
			size := int(binary.BigEndian.Uint32(src))
			src = src[4:]
			if size > len(src) {
				return false
			}
			n, err := lz4.UncompressBlock(src[:size], dst[:want])
			if err != nil || n == 0 {
				return false
			}
			src, dst, want = src[size:], dst[n:], want-n
		}
	}
	return len(src) == 0
}
