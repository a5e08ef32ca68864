package ipc

import (
	"math"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/kern"
)

// zeros stands for a buffer without bytes, so that strings can always be loaded from somewhere.
var zeros [slack]byte

// viewAt returns the view of the n bytes at p, which stand at off in buffer 0. Slack bytes can be read from p on.
func viewAt(p unsafe.Pointer, n, off int) data.View {
	head := *(*uint64)(p)
	if n > data.InlineMax {
		return data.View{A: uint64(uint32(n)) | head<<32, B: uint64(off) << 32}
	}
	tail := uint64(*(*uint32)(unsafe.Add(p, 8)))
	if n < 8 {
		head &= 1<<(8*uint(n)) - 1
		tail = 0
	} else {
		tail &= 1<<(8*uint(n-8)) - 1
	}
	return data.View{A: uint64(n) | head<<32, B: head>>32 | tail<<32}
}

// readStrings reads strings that are given by offsets into bytes, and lets views point there.
func readStrings[O int32 | int64](v *vec, p *part, lo, hi int) error {
	c := &v.col
	n := hi - lo
	views := space[data.View](v, n, 16)
	c.Buf = data.FixedBytes(views)
	v.heap = append(v.heap[:0], nil)
	c.Heap = v.heap
	if n == 0 {
		return nil
	}
	bytes := p.bufs[2]
	offs := data.FixedSlice[O](p.bufs[1])[lo : hi+1]
	if err := ascending(p.n, offs, len(bytes)); err != nil {
		return err
	}
	start, end := int(offs[0]), int(offs[n])
	if end-start > math.MaxUint32 {
		return p.n.tooLong()
	}
	heap := bytes[start:end]
	v.heap[0] = heap
	base := unsafe.Pointer(unsafe.SliceData(heap))
	if len(heap) == 0 {
		base = unsafe.Pointer(&zeros)
	}
	split := byte(0) // set where a string starts inside a character
	for i := range n {
		at := int(offs[i]) - start
		q := unsafe.Add(base, at)
		views[i] = viewAt(q, int(offs[i+1])-int(offs[i]), at)
		if at < len(heap) && *(*byte)(q)&0xC0 == 0x80 {
			split = 1
		}
	}
	clearNulls(views, c.Valid)
	if p.n.text && (split != 0 || !kern.ValidUTF8(heap)) {
		return v.checkTexts(p.n, views)
	}
	return nil
}

// clearNulls makes the views of null rows zero.
func clearNulls(views []data.View, valid data.Bitmap) {
	if valid == nil {
		return
	}
	for i := range views {
		keep := -(valid[i>>6] >> (uint(i) & 63) & 1)
		views[i].A &= keep
		views[i].B &= keep
	}
}

// checkTexts checks texts one by one: what null rows point to does not matter.
func (v *vec) checkTexts(n *node, views []data.View) error {
	for i := range views {
		if b := views[i].Bytes(v.heap); !kern.ValidUTF8(b) {
			e := n.wrong("a text is not UTF-8")
			e.Pos.Value = fault.Quote(string(b))
			return e
		}
	}
	return nil
}

// fixedStrings reads strings of one length.
func (v *vec) fixedStrings(p *part, lo, hi int) error {
	c := &v.col
	n, w := hi-lo, p.n.width
	views := space[data.View](v, n, 16)
	c.Buf = data.FixedBytes(views)
	v.heap = append(v.heap[:0], nil)
	c.Heap = v.heap
	if n*w > math.MaxUint32 {
		return p.n.tooLong()
	}
	base := unsafe.Pointer(&zeros)
	if n*w > 0 {
		v.heap[0] = p.bufs[1][lo*w : hi*w]
		base = unsafe.Pointer(unsafe.SliceData(v.heap[0]))
	}
	for i := range n {
		views[i] = viewAt(unsafe.Add(base, i*w), w, i*w)
	}
	clearNulls(views, c.Valid)
	return nil
}

// views reads views, whose layout is ours. They are copied, because nothing obliges a writer to zero what lies behind short strings and
// under nulls.
func (v *vec) views(p *part, lo, hi int) error {
	c := &v.col
	n := hi - lo
	views := space[data.View](v, n, 16)
	c.Buf = data.FixedBytes(views)
	v.heap = append(v.heap[:0], p.bufs[2:]...)
	c.Heap = v.heap
	if n == 0 {
		return nil
	}
	copy(views, data.FixedSlice[data.View](p.bufs[1])[lo:hi])
	clearNulls(views, c.Valid)
	for i := range views {
		w := &views[i]
		size := w.Len()
		if size <= data.InlineMax {
			*w = viewAt(unsafe.Add(unsafe.Pointer(w), 4), size, 0)
			if p.n.text && (w.A>>32|w.B)&0x8080808080808080 != 0 && !kern.ValidUTF8(w.Bytes(nil)) {
				return v.checkTexts(p.n, views[i:i+1])
			}
			continue
		}
		buf, off := uint32(w.B), int(w.B>>32)
		if size > math.MaxInt32 || int64(buf) >= int64(len(v.heap)) || off > len(v.heap[buf]) || size > len(v.heap[buf])-off {
			return p.n.wrong("a view points outside of its buffers")
		}
		s := v.heap[buf][off : off+size]
		if data.BufferView(s, int(buf), off) != *w {
			return p.n.wrong("a view does not start like the text it points to")
		}
		if p.n.text && !kern.ValidUTF8(s) {
			return v.checkTexts(p.n, views[i:i+1])
		}
	}
	return nil
}
