package ipc

import "encoding/binary"

// flatWriter writes a flatbuffer front to back: a table first, with holes for its references, then what it refers to, which always lies
// behind it, as unsigned offsets demand.
type flatWriter struct{ buf []byte }

// cell is a field of a table to write: size bytes of v, or nothing for size 0 (the field has its default).
type cell struct {
	size int
	v    uint64
}

// ref is a field that refers to something that is written later.
var ref = cell{size: 4}

func boolCell(v bool) cell {
	if !v {
		return cell{}
	}
	return cell{1, 1}
}

// newFlatWriter returns a writer whose root is written next; setRoot names it.
func newFlatWriter() *flatWriter { return &flatWriter{buf: make([]byte, 8, 512)} }

func (w *flatWriter) pad(align, rest int) {
	for len(w.buf)%align != rest {
		w.buf = append(w.buf, 0)
	}
}

// table writes a table of the cells, each at the index of its field, and returns where it starts and where each cell is.
func (w *flatWriter) table(cells ...cell) (at int, places []int) {
	w.pad(2, 0)
	vtable := len(w.buf)
	w.buf = append(w.buf, make([]byte, 4+2*len(cells))...)
	// The table starts four bytes before a multiple of 8, behind its own four bytes of offset to the vtable, so that cells in order of
	// falling size are all aligned.
	w.pad(8, 4)
	at = len(w.buf)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(at-vtable))
	places = make([]int, len(cells))
	for _, size := range []int{8, 4, 2, 1} {
		for i, c := range cells {
			if c.size != size {
				continue
			}
			places[i] = len(w.buf)
			binary.LittleEndian.PutUint16(w.buf[vtable+4+2*i:], uint16(len(w.buf)-at))
			for k := range size {
				w.buf = append(w.buf, byte(c.v>>(8*k)))
			}
		}
	}
	binary.LittleEndian.PutUint16(w.buf[vtable:], uint16(4+2*len(cells)))
	binary.LittleEndian.PutUint16(w.buf[vtable+2:], uint16(len(w.buf)-at))
	return at, places
}

// point lets the reference at the place refer to the position.
func (w *flatWriter) point(place, to int) {
	binary.LittleEndian.PutUint32(w.buf[place:], uint32(to-place))
}

// str writes a text and lets the reference at the place refer to it.
func (w *flatWriter) str(place int, s string) {
	w.pad(4, 0)
	w.point(place, len(w.buf))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(len(s)))
	w.buf = append(w.buf, s...)
	w.buf = append(w.buf, 0)
}

// longs writes a vector of n structs that consist of the 64-bit words, and lets the reference at the place refer to it.
func (w *flatWriter) longs(place, n int, words []int64) {
	w.pad(8, 4)
	w.point(place, len(w.buf))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(n))
	for _, v := range words {
		w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(v))
	}
}

// refs writes a vector of n references, lets the one at the place refer to it, and returns the place of the first.
func (w *flatWriter) refs(place, n int) int {
	w.pad(4, 0)
	w.point(place, len(w.buf))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(n))
	at := len(w.buf)
	w.buf = append(w.buf, make([]byte, 4*n)...)
	return at
}

// finish makes the table at the position the root and returns the buffer, padded to a multiple of 8.
func (w *flatWriter) finish(root int) []byte {
	w.point(0, root)
	w.pad(8, 0)
	return w.buf
}
