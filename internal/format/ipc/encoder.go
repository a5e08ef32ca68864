package ipc

import (
	"encoding/binary"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

const (
	// batchBytes ends a record batch before it has all of its rows, so that memory stays small and 32-bit offsets suffice.
	batchBytes = 64 << 20
	// appendBytes is from what size on a batch is taken in halves.
	appendBytes = 256 << 20
	// alignment of buffers in a file: what vector units like best.
	alignment = 64
)

// encoder writes record batches; it implements fs.Encoder.
type encoder struct {
	set     sinkOptions
	schema  dtype.Schema
	cols    []*outCol
	enums   []*outCol // columns with a dictionary, by its number
	zip     *deflater
	rows    int
	total   int64 // bytes of the file in all calls before
	base    int64 // where dst starts in the file
	dicts   []block
	batches []block
	body    []byte
	nodes   []int64 // rows and nulls of the arrays of a message
	buffers []int64 // offsets and lengths of its buffers
}

func newEncoder(s dtype.Schema, set sinkOptions) (*encoder, error) {
	e := &encoder{set: set, schema: s}
	for _, f := range s.Fields {
		c, err := e.column(f.Type, f.Name)
		if err != nil {
			return nil, err
		}
		e.cols = append(e.cols, c)
	}
	if set.codec != codecNone {
		var err error
		if e.zip, err = newDeflater(set.codec); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// enter and leave keep count of where dst lies in the file.
func (e *encoder) enter(dst []byte) { e.base = e.total - int64(len(dst)) }

func (e *encoder) leave(dst []byte) []byte {
	e.total = e.base + int64(len(dst))
	return dst
}

// Begin implements fs.Encoder: magic, schema and dictionaries.
func (e *encoder) Begin(dst []byte) []byte {
	e.enter(dst)
	if !e.set.stream {
		dst = append(dst, magic...)
		dst = append(dst, make([]byte, headLen-len(magic))...)
	}
	w := newFlatWriter()
	root, places := messageTable(w, headSchema, 0)
	e.writeSchema(w, places[2])
	dst, _ = e.message(dst, w.finish(root), nil)
	for i, c := range e.enums {
		values := newTextCol(c.typ.Values)
		e.start(values)
		w := newFlatWriter()
		root, places := messageTable(w, headDictionary, int64(len(e.body)))
		at, inner := w.table(cell{8, uint64(i)}, ref)
		w.point(places[2], at)
		e.writeBatch(w, inner[1], len(c.typ.Values))
		var b block
		dst, b = e.message(dst, w.finish(root), e.body)
		e.dicts = append(e.dicts, b)
	}
	return e.leave(dst)
}

// messageTable writes a Message with a reference to its header.
func messageTable(w *flatWriter, kind byte, body int64) (root int, places []int) {
	return w.table(cell{2, 4}, cell{1, uint64(kind)}, ref, cell{8, uint64(body)})
}

// message appends a message so that its body starts at a multiple of the alignment.
func (e *encoder) message(dst, meta, body []byte) ([]byte, block) {
	at := e.base + int64(len(dst))
	size := len(meta) + int(-(at+8+int64(len(meta)))&(alignment-1))
	dst = binary.LittleEndian.AppendUint32(dst, continuation)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(size))
	dst = append(dst, meta...)
	dst = append(dst, make([]byte, size-len(meta))...)
	return append(dst, body...), block{at, size + 8, int64(len(body))}
}

// Batch implements fs.Encoder.
func (e *encoder) Batch(dst []byte, b *data.Batch) ([]byte, error) {
	e.enter(dst)
	dst, err := e.add(dst, b)
	return e.leave(dst), err
}

// add collects rows, and writes them when they make a record batch.
func (e *encoder) add(dst []byte, b *data.Batch) ([]byte, error) {
	if left := e.set.rows - e.rows; b.Len > left {
		dst, err := e.add(dst, b.Slice(0, left))
		if err != nil {
			return dst, err
		}
		return e.add(dst, b.Slice(left, b.Len))
	}
	if b.Len > 1 && b.Size() > appendBytes {
		half := b.Len / 2
		dst, err := e.add(dst, b.Slice(0, half))
		if err != nil {
			return dst, err
		}
		return e.add(dst, b.Slice(half, b.Len))
	}
	size := 0
	for i, c := range e.cols {
		if err := c.add(b.Cols[i]); err != nil {
			return dst, err
		}
		size += c.size()
	}
	e.rows += b.Len
	if e.rows >= e.set.rows || size >= batchBytes {
		dst = e.flush(dst)
	}
	return dst, nil
}

// flush writes the collected rows as a record batch.
func (e *encoder) flush(dst []byte) []byte {
	if e.rows == 0 {
		return dst
	}
	e.start(e.cols...)
	w := newFlatWriter()
	root, places := messageTable(w, headBatch, int64(len(e.body)))
	e.writeBatch(w, places[2], e.rows)
	dst, b := e.message(dst, w.finish(root), e.body)
	e.batches = append(e.batches, b)
	for _, c := range e.cols {
		c.reset()
	}
	e.rows = 0
	return dst
}

// start makes the body of a message of the columns, and the lists of its arrays and buffers.
func (e *encoder) start(cols ...*outCol) {
	e.body, e.nodes, e.buffers = e.body[:0], e.nodes[:0], e.buffers[:0]
	for _, c := range cols {
		c.emit(e)
	}
}

// writeBatch writes a RecordBatch table for what start has made.
func (e *encoder) writeBatch(w *flatWriter, place, rows int) {
	zip := cell{}
	if e.zip != nil {
		zip = ref
	}
	at, places := w.table(cell{8, uint64(rows)}, ref, ref, zip)
	w.point(place, at)
	w.longs(places[1], len(e.nodes)/2, e.nodes)
	w.longs(places[2], len(e.buffers)/2, e.buffers)
	if e.zip != nil {
		kind := cell{} // lz4 is the default
		if e.set.codec == codecZstd {
			kind = cell{1, 1}
		}
		at, _ := w.table(kind)
		w.point(places[3], at)
	}
}

// buffer appends a buffer to the body.
func (e *encoder) buffer(b []byte) {
	from := len(e.body)
	switch {
	case len(b) == 0:
	case e.zip == nil:
		e.body = append(e.body, b...)
	default:
		e.body = binary.LittleEndian.AppendUint64(e.body, uint64(len(b)))
		out, pays := e.zip.compress(e.body, b)
		if pays {
			e.body = out
		} else {
			binary.LittleEndian.PutUint64(e.body[from:], ^uint64(0))
			e.body = append(e.body[:from+8], b...)
		}
	}
	e.buffers = append(e.buffers, int64(from), int64(len(e.body)-from))
	for len(e.body)&(alignment-1) != 0 {
		e.body = append(e.body, 0)
	}
}

// End implements fs.Encoder: the last rows, the end of the stream, and the footer.
func (e *encoder) End(dst []byte) []byte {
	e.enter(dst)
	dst = e.flush(dst)
	dst = binary.LittleEndian.AppendUint32(dst, continuation)
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	if e.set.stream {
		return e.leave(dst)
	}
	w := newFlatWriter()
	root, places := w.table(cell{2, 4}, ref, ref, ref)
	e.writeSchema(w, places[1])
	writeBlocks(w, places[2], e.dicts)
	writeBlocks(w, places[3], e.batches)
	foot := w.finish(root)
	dst = append(dst, foot...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(foot)))
	return e.leave(append(dst, magic...))
}

func writeBlocks(w *flatWriter, place int, list []block) {
	words := make([]int64, 0, 3*len(list))
	for _, b := range list {
		words = append(words, b.off, int64(b.meta), b.body)
	}
	w.longs(place, len(list), words)
}

// tooLarge is the error for a value that 32-bit offsets cannot reach.
func tooLarge(path string) error {
	e := fault.New(fault.Unsupported, "a record batch has more than 2 GiB of one column")
	e.Pos.Column = path
	return e.WithHint("use a smaller batch_rows")
}
