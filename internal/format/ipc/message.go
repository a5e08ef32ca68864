package ipc

import (
	"encoding/binary"
	"math"
)

// The kinds of messages, as the union MessageHeader numbers them.
const (
	headSchema     = 1
	headDictionary = 2
	headBatch      = 3
)

// continuation starts a message since format version 0.15; before that, a message started with its length.
const continuation = 0xFFFFFFFF

// rowsMax is the most rows of an array: what 32-bit offsets can count.
const rowsMax = math.MaxInt32

// message is the envelope of one message.
type message struct {
	kind   byte
	header ftable
	body   int64 // bytes that follow
}

// parseMessage reads the metadata of a message, without its length prefix.
func parseMessage(buf []byte) (message, error) {
	f := newFlat(buf)
	t := f.root()
	m := message{kind: t.byte(1), header: t.sub(2), body: t.long(3)}
	version := t.short(0, 0)
	switch {
	case f.bad || m.body < 0:
		return message{}, corrupt("the metadata of a message is malformed")
	case version < 3 || version > 4:
		return message{}, refuse("", "format version V%d of the metadata is not read, only V4 and V5", version+1)
	}
	return m, nil
}

// stripPrefix cuts the length prefix and the padding off a message's metadata.
func stripPrefix(raw []byte) ([]byte, error) {
	at := 0
	if len(raw) >= 8 && binary.LittleEndian.Uint32(raw) == continuation {
		at = 4
	}
	if len(raw) < at+4 {
		return nil, corrupt("a message of %d bytes is too short", len(raw))
	}
	n := int64(binary.LittleEndian.Uint32(raw[at:]))
	if n > int64(len(raw)-at-4) {
		return nil, corrupt("a message says that its metadata has %d bytes, and there are %d", n, len(raw)-at-4)
	}
	return raw[at+4 : at+4+int(n)], nil
}

// span is a range of bytes of a body.
type span struct{ off, len int64 }

// batchMeta is the metadata of a record batch.
type batchMeta struct {
	rows     int
	nodes    []span // rows and nulls of each array, in order
	buffers  []span
	variadic []int64
	codec    codec
	body     int64
}

// parseBatch reads a RecordBatch table whose body has the size.
func parseBatch(t ftable, body int64) (*batchMeta, error) {
	if !t.has() {
		return nil, corrupt("a record batch has no header")
	}
	rows := t.long(0)
	m := &batchMeta{rows: int(rows), body: body}
	m.nodes = spans(t, 1)
	m.buffers = spans(t, 2)
	if at, n := t.vec(4, 8); n > 0 {
		for i := range n {
			m.variadic = append(m.variadic, t.f.i64(at+8*i))
		}
	}
	if c := t.sub(3); c.has() {
		switch {
		case c.byte(1) != 0:
			return nil, refuse("", "compression method %d of record batches is not known here", c.byte(1))
		case c.byte(0) == 0:
			m.codec = codecLZ4
		case c.byte(0) == 1:
			m.codec = codecZstd
		default:
			return nil, refuse("", "compression %d of record batches is not known here", c.byte(0))
		}
	}
	if t.f.bad {
		return nil, corrupt("the metadata of a record batch is malformed")
	}
	if rows < 0 || rows > rowsMax {
		return nil, corrupt("a record batch has %d rows", rows)
	}
	for _, b := range m.buffers {
		if b.off < 0 || b.len < 0 || b.off > body || b.len > body-b.off {
			return nil, corrupt("a buffer at %d of %d bytes lies outside of its message of %d bytes", b.off, b.len, body)
		}
	}
	return m, nil
}

func spans(t ftable, i int) []span {
	at, n := t.vec(i, 16)
	out := make([]span, 0, n)
	for k := range n {
		out = append(out, span{t.f.i64(at + 16*k), t.f.i64(at + 16*k + 8)})
	}
	return out
}

// dictMeta is the metadata of a dictionary batch.
type dictMeta struct {
	id    int64
	delta bool
	batch *batchMeta
}

func parseDictionary(m message) (*dictMeta, error) {
	if !m.header.has() {
		return nil, corrupt("a dictionary batch has no header")
	}
	b, err := parseBatch(m.header.sub(1), m.body)
	if err != nil {
		return nil, err
	}
	return &dictMeta{id: m.header.long(0), delta: m.header.byte(2) != 0, batch: b}, nil
}

// block is where a message lies in a file.
type block struct {
	off  int64
	meta int   // bytes of the prefix and the metadata
	body int64 // bytes after that
}

// footer is the end of a file in the file format.
type footer struct {
	schema  *schema
	dicts   []block
	batches []block
}

// parseFooter reads the footer of a file of the size.
func parseFooter(buf []byte, size int64) (*footer, error) {
	f := newFlat(buf)
	t := f.root()
	out := &footer{}
	version := t.short(0, 0)
	if f.bad {
		return nil, corrupt("the footer is malformed")
	}
	// Old writers left the version out of the footer; the messages have their own.
	if version > 4 {
		return nil, refuse("", "format version V%d of the metadata is not read, only V4 and V5", version+1)
	}
	var err error
	if out.schema, err = parseSchema(t.sub(1)); err != nil {
		return nil, err
	}
	if out.dicts, err = blocks(t, 2, size); err != nil {
		return nil, err
	}
	if out.batches, err = blocks(t, 3, size); err != nil {
		return nil, err
	}
	if f.bad {
		return nil, corrupt("the footer is malformed")
	}
	return out, nil
}

func blocks(t ftable, i int, size int64) ([]block, error) {
	at, n := t.vec(i, 24)
	out := make([]block, 0, n)
	for k := range n {
		p := at + 24*k
		b := block{t.f.i64(p), int(int32(t.f.u32(p + 8))), t.f.i64(p + 16)}
		if b.off < 0 || b.meta < 8 || b.body < 0 || b.off > size || b.body > size || b.off+int64(b.meta) > size-b.body {
			return nil, corrupt("the footer places a message outside of the file, at %d", b.off)
		}
		out = append(out, b)
	}
	return out, nil
}
