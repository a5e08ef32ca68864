package spill

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// A batch is a header of two words, the rows and the morsel, and its columns one after the other. Each column is a header word and parts that
// are padded to 8 bytes, so that what is read back lies aligned in the block:
//
//	header      the form in the low byte, flags in the next, the width of packed numbers in the third, the rows in the high half
//	validity    words, if flagged
//	bits        words
//	fixed       the values; integers of up to 64 bits whose range is smaller: the smallest, then differences to it in 1, 2 or 4 bytes
//	text        lengths in 1, 2 or 4 bytes, then the bytes of all rows
//	list        n+1 int32 offsets from 0, then the child; array and struct: the children
//	Const       the column of one row; Dict: codes in 1, 2 or 4 bytes, then the column of values
const (
	flagValid  = 1 << 8
	flagPacked = 1 << 9
)

// appendBatch appends the encoding of b.
func appendBatch(dst []byte, b *data.Batch) []byte {
	dst = appendWord(dst, uint64(b.Len))
	dst = appendWord(dst, b.Morsel)
	for _, c := range b.Cols {
		dst = appendColumn(dst, c)
	}
	return dst
}

func appendWord(dst []byte, w uint64) []byte {
	dst, part := room(dst, 8)
	binary.LittleEndian.PutUint64(part, w)
	return dst
}

// room returns dst with n more bytes of unspecified content, padded, and these bytes.
func room(dst []byte, n int) (all, part []byte) {
	at, end := len(dst), len(dst)+(n+7)&^7
	if end > cap(dst) {
		grown := data.AlignedBytes(max(end, 2*cap(dst)))[:len(dst)]
		copy(grown, dst)
		dst = grown
	}
	dst = dst[:end]
	clear(dst[at+n:])
	return dst, dst[at : at+n]
}

// appendColumn appends the encoding of c. A dictionary that is not much smaller than the rows is resolved.
func appendColumn(dst []byte, c *data.Column) []byte {
	if c.Form == data.Dict && c.Values.Len > c.Len/2 {
		c = c.Flatten()
	}
	at := len(dst)
	head := uint64(c.Form) | uint64(uint32(c.Len))<<32
	dst = appendWord(dst, 0)
	if c.Valid != nil {
		head |= flagValid
		var part []byte
		dst, part = room(dst, 8*data.Words(c.Len))
		copy(part, wordBytes(c.Valid))
	}
	var flags uint64
	switch c.Form {
	case data.Const:
		dst = appendColumn(dst, c.Values)
	case data.Dict:
		var part []byte
		w := widthFor(uint64(c.Values.Len - 1))
		dst, part = room(dst, w*c.Len)
		packCodes(part, c.Codes[:c.Len], w)
		flags = uint64(w) << 16
		dst = appendColumn(dst, c.Values)
	default:
		dst, flags = appendFlat(dst, c)
	}
	binary.LittleEndian.PutUint64(dst[at:], head|flags)
	return dst
}

// appendFlat appends the values of a Flat column and returns what else the header says.
func appendFlat(dst []byte, c *data.Column) ([]byte, uint64) {
	var part []byte
	switch p := c.Type.Phys(); p {
	case dtype.PhysNull:
	case dtype.PhysBits:
		dst, part = room(dst, 8*data.Words(c.Len))
		copy(part, wordBytes(c.Bits))
	case dtype.PhysView:
		return appendText(dst, c)
	case dtype.PhysList:
		return appendList(dst, c), 0
	case dtype.PhysArray, dtype.PhysStruct:
		for _, k := range c.Kids {
			dst = appendColumn(dst, k)
		}
	case dtype.PhysI16:
		return appendInts(dst, data.Slice[int16](c))
	case dtype.PhysU16:
		return appendInts(dst, data.Slice[uint16](c))
	case dtype.PhysI32:
		return appendInts(dst, data.Slice[int32](c))
	case dtype.PhysU32:
		return appendInts(dst, data.Slice[uint32](c))
	case dtype.PhysI64:
		return appendInts(dst, data.Slice[int64](c))
	case dtype.PhysU64:
		return appendInts(dst, data.Slice[uint64](c))
	default:
		n := c.Len * p.Width()
		dst, part = room(dst, n)
		copy(part, c.Buf[:n])
	}
	return dst, 0
}

func appendList(dst []byte, c *data.Column) []byte {
	offsets := make([]int32, c.Len+1)
	lo := c.Offsets[0]
	for i, o := range c.Offsets[:c.Len+1] {
		offsets[i] = o - lo
	}
	dst, part := room(dst, 4*len(offsets))
	copy(part, data.FixedBytes(offsets))
	return appendColumn(dst, c.Kids[0].Slice(int(lo), int(c.Offsets[c.Len])))
}

// appendText appends the strings of views, the bytes of long and short ones alike.
func appendText(dst []byte, c *data.Column) ([]byte, uint64) {
	views := data.Slice[data.View](c)
	longest, total := 0, 0
	for i := range views {
		n := views[i].Len()
		longest, total = max(longest, n), total+n
	}
	w := widthFor(uint64(longest))
	dst, part := room(dst, w*len(views))
	switch w {
	case 1:
		for i := range views {
			part[i] = byte(views[i].A)
		}
	case 2:
		lens := data.FixedSlice[uint16](part)
		for i := range views {
			lens[i] = uint16(views[i].A)
		}
	default:
		lens := data.FixedSlice[uint32](part)
		for i := range views {
			lens[i] = uint32(views[i].A)
		}
	}
	dst = appendWord(dst, uint64(total))
	dst, part = room(dst, total)
	for i := range views {
		part = part[copy(part, views[i].Bytes(c.Heap)):]
	}
	return dst, uint64(w) << 16
}

// integer is what appendInts packs.
type integer interface {
	int16 | uint16 | int32 | uint32 | int64 | uint64
}

// appendInts appends integers, packed if their range is smaller than their type.
func appendInts[T integer](dst []byte, v []T) ([]byte, uint64) {
	size := int(unsafe.Sizeof(T(0)))
	var part []byte
	if len(v) == 0 {
		return dst, 0
	}
	lo, hi := v[0], v[0]
	for _, x := range v {
		lo, hi = min(lo, x), max(hi, x)
	}
	w := widthFor(uint64(hi) - uint64(lo))
	if w >= size {
		dst, part = room(dst, size*len(v))
		copy(part, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(part)))
		return dst, 0
	}
	dst = appendWord(dst, uint64(lo))
	dst, part = room(dst, w*len(v))
	switch w {
	case 1:
		for i, x := range v {
			part[i] = byte(x - lo)
		}
	case 2:
		p := data.FixedSlice[uint16](part)[:len(v)]
		for i, x := range v {
			p[i] = uint16(x - lo)
		}
	default:
		p := data.FixedSlice[uint32](part)[:len(v)]
		for i, x := range v {
			p[i] = uint32(x - lo)
		}
	}
	return dst, flagPacked | uint64(w)<<16
}

// packCodes writes codes in w bytes each.
func packCodes(dst []byte, codes []uint32, w int) {
	switch w {
	case 1:
		for i, c := range codes {
			dst[i] = byte(c)
		}
	case 2:
		p := data.FixedSlice[uint16](dst)
		for i, c := range codes {
			p[i] = uint16(c)
		}
	case 4:
		copy(dst, data.FixedBytes(codes))
	default:
		bug.Panicf("codes of %d bytes", w)
	}
}

// widthFor returns the bytes that numbers up to n take: 1, 2, 4 or 8.
func widthFor(n uint64) int {
	switch b := bits.Len64(n); {
	case b <= 8:
		return 1
	case b <= 16:
		return 2
	case b <= 32:
		return 4
	default:
		return 8
	}
}

// wordBytes is the memory of a bitmap.
func wordBytes(b data.Bitmap) []byte { return data.FixedBytes([]uint64(b)) }
