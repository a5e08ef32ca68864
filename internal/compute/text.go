package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// Text collects the rows of a text or binary column. Rows not set are empty. Write the bytes of one row to Buf by appending and call Row, or
// call Set. The memory belongs to the Scratch that made it.
type Text struct {
	Buf   []byte // append the row's bytes here
	start int    // where the current row begins
	views []data.View
}

// Text returns a writer for n rows.
func (s *Scratch) Text(n int) *Text {
	if s == nil {
		return &Text{views: make([]data.View, n)}
	}
	if s.textAt == len(s.texts) {
		s.texts = append(s.texts, &Text{})
	}
	t := s.texts[s.textAt]
	s.textAt++
	if cap(t.Buf) > 8*chunkWordsMax {
		t.Buf = nil
	}
	t.Buf, t.start, t.views = t.Buf[:0], 0, Make[data.View](s, n)
	clear(t.views)
	return t
}

// Row makes what was appended to Buf since the last call the value of row i.
func (t *Text) Row(i int) {
	b := t.Buf[t.start:]
	if len(b) <= data.InlineMax {
		t.views[i] = data.InlineView(b)
		t.Buf = t.Buf[:t.start]
		return
	}
	t.views[i] = data.BufferView(b, 0, t.start)
	t.start = len(t.Buf)
}

// Drop forgets what was appended to Buf since the last Row.
func (t *Text) Drop() { t.Buf = t.Buf[:t.start] }

// Set makes a copy of b the value of row i.
func (t *Text) Set(i int, b []byte) {
	t.Buf = append(t.Buf, b...)
	t.Row(i)
}

// Column returns the rows as a Flat column of typ; rows that are null must not have been set.
func (t *Text) Column(s *Scratch, typ dtype.Type, valid data.Bitmap) *data.Column {
	c := Flat(s, typ, t.views, valid)
	if len(t.Buf) > 0 {
		c.Heap = s.Heaps(1)
		c.Heap[0] = t.Buf
	}
	return c
}
