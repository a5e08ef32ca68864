package parquet

import "encoding/binary"

// thrift writes Thrift's compact protocol. Fields of a struct must come in ascending order of their ids.
type thrift struct {
	b     []byte
	last  int
	outer []int // last field ids of the enclosing structs
}

func (w *thrift) field(id int, t byte) {
	if d := id - w.last; d > 0 && d < 16 {
		w.b = append(w.b, byte(d)<<4|t)
	} else {
		w.b = append(w.b, t)
		w.zigzag(int64(id))
	}
	w.last = id
}

func (w *thrift) zigzag(v int64) { w.b = binary.AppendUvarint(w.b, uint64(v<<1)^uint64(v>>63)) }

func (w *thrift) i32(id int, v int32) {
	w.field(id, tI32)
	w.zigzag(int64(v))
}

func (w *thrift) i64(id int, v int64) {
	w.field(id, tI64)
	w.zigzag(v)
}

func (w *thrift) i8(id int, v int8) {
	w.field(id, tByte)
	w.b = append(w.b, byte(v))
}

func (w *thrift) bool(id int, v bool) {
	if v {
		w.field(id, tTrue)
	} else {
		w.field(id, tFalse)
	}
}

func (w *thrift) bytes(id int, v []byte) {
	w.field(id, tBinary)
	w.rawBytes(v)
}

func (w *thrift) string(id int, v string) { w.bytes(id, []byte(v)) }

// rawBytes writes a binary as an element of a list.
func (w *thrift) rawBytes(v []byte) {
	w.b = binary.AppendUvarint(w.b, uint64(len(v)))
	w.b = append(w.b, v...)
}

// list starts a list of n elements of type t, which follow.
func (w *thrift) list(id, n int, t byte) {
	w.field(id, tList)
	if n < 15 {
		w.b = append(w.b, byte(n)<<4|t)
		return
	}
	w.b = append(w.b, 0xf0|t)
	w.b = binary.AppendUvarint(w.b, uint64(n))
}

// begin starts a struct in a field; end ends it.
func (w *thrift) begin(id int) {
	w.field(id, tStruct)
	w.element()
}

// element starts a struct in a list.
func (w *thrift) element() {
	w.outer = append(w.outer, w.last)
	w.last = 0
}

func (w *thrift) end() {
	w.b = append(w.b, 0)
	w.last = w.outer[len(w.outer)-1]
	w.outer = w.outer[:len(w.outer)-1]
}

// empty writes a field that is an empty struct: a case of a union without parameters.
func (w *thrift) empty(id int) {
	w.begin(id)
	w.end()
}
