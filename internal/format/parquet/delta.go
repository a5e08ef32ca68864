package parquet

import (
	"encoding/binary"
	"unsafe"
)

// delta is a resumable cursor over a DELTA_BINARY_PACKED stream. src must be followed by pad readable bytes.
type delta struct {
	src    []byte
	pos    int
	widths int // offset of the current block's widths
	minis  int // miniblocks a block
	per    int // values a miniblock
	mini   int // next miniblock of the block
	left   int // values not yet decoded
	first  bool
	last   int64
	low    int64
	buf    []int64 // decoded values of a miniblock
	at     int     // next in buf
}

// perMax is the largest miniblock we decode; writers use 32, and up to 512 in the wild.
const perMax = 1 << 13

// start reads the header of src. The stream must have exactly the want values, unless want is negative.
func (d *delta) start(src []byte, want int) error {
	*d = delta{src: src, buf: d.buf[:0]}
	block, minis, total, first := d.uvarint(), d.uvarint(), d.uvarint(), d.uvarint()
	if d.pos < 0 {
		return corrupt("a delta stream has a broken header")
	}
	if minis == 0 || block == 0 || block > 1<<20 || minis > block || block%minis != 0 || block/minis%8 != 0 || block/minis > perMax {
		return corrupt("a delta stream has %d values in %d parts a block", block, minis)
	}
	if total > 1<<31 || want >= 0 && total != uint64(want) {
		return corrupt("a delta stream has %d values where %d belong", total, want)
	}
	d.minis, d.per, d.left = int(minis), int(block/minis), int(total)
	d.mini, d.first, d.last = d.minis, total > 0, unzigzag(first)
	return nil
}

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// uvarint sets pos to -1 when the stream is broken.
func (d *delta) uvarint() uint64 {
	if d.pos < 0 {
		return 0
	}
	v, n := binary.Uvarint(d.src[d.pos:])
	if n <= 0 {
		d.pos = -1
		return 0
	}
	d.pos += n
	return v
}

// read decodes the next len(dst) values.
func (d *delta) read(dst []int64) error {
	for len(dst) > 0 {
		if d.at < len(d.buf) {
			n := copy(dst, d.buf[d.at:])
			d.at += n
			dst = dst[n:]
			continue
		}
		if d.left == 0 {
			return corrupt("a delta stream has too few values")
		}
		if d.first {
			d.first = false
			d.left--
			dst[0] = d.last
			dst = dst[1:]
			continue
		}
		n := min(d.per, d.left)
		if n <= len(dst) {
			if err := d.miniblock(dst[:n]); err != nil {
				return err
			}
			dst = dst[n:]
			continue
		}
		if cap(d.buf) < n {
			d.buf = make([]int64, d.per)
		}
		d.buf, d.at = d.buf[:n], 0
		if err := d.miniblock(d.buf); err != nil {
			return err
		}
	}
	return nil
}

// miniblock decodes the first len(dst) values of the next miniblock, which are all of it but at the end of the stream.
func (d *delta) miniblock(dst []int64) error {
	if d.mini == d.minis {
		d.low = unzigzag(d.uvarint())
		if d.pos < 0 || d.pos+d.minis > len(d.src) {
			return corrupt("a delta stream ends early")
		}
		d.widths, d.mini = d.pos, 0
		d.pos += d.minis
	}
	w := int(d.src[d.widths+d.mini])
	if w > 64 || d.pos+(len(dst)*w+7)/8 > len(d.src) {
		return corrupt("a delta stream ends early or packs %d bits", w)
	}
	unpackDeltas(dst, d.src, d.pos, w, d.low, &d.last)
	d.pos = min(d.pos+d.per*w/8, len(d.src))
	d.mini++
	d.left -= len(dst)
	return nil
}

// unpackDeltas adds up len(dst) deltas of w bits each plus low, from *last on. Sums wrap, as the format says.
func unpackDeltas(dst []int64, src []byte, pos, w int, low int64, last *int64) {
	v := *last
	switch {
	case w == 0:
		for i := range dst {
			v += low
			dst[i] = v
		}
	case w <= 32:
		var buf [256]uint32
		for len(dst) > 0 {
			n := min(len(dst), len(buf))
			unpack(buf[:n], src, pos*8, w)
			for i, x := range buf[:n] {
				v += low + int64(x)
				dst[i] = v
			}
			pos += n * w / 8
			dst = dst[n:]
		}
	default:
		p := unsafe.Pointer(unsafe.SliceData(src))
		for i := range dst {
			bit := i * w
			s := bit & 7
			x := load64(p, pos+bit>>3) >> s
			if s+w > 64 {
				x |= load64(p, pos+bit>>3+8) << (64 - s)
			}
			v += low + int64(x<<(64-w)>>(64-w))
			dst[i] = v
		}
	}
	*last = v
}

// end returns the offset after the stream. All values must have been read. Parts of the last block that no value needs have a width, which
// may be anything, and no bytes.
func (d *delta) end() int { return min(d.pos, len(d.src)) }
