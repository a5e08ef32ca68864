package ipc

import (
	"github.com/siksik-data/siksik/fault"
)

// part is one array of a record batch: where its buffers lie, and, once they are loaded, the buffers.
type part struct {
	n     *node
	rows  int
	nulls bool // some rows are null, so that the validity buffer counts
	spans []span
	bufs  [][]byte
	kids  []*part
}

// walker assigns the arrays and buffers of a record batch, which follow the schema depth first, to nodes.
type walker struct {
	m                *batchMeta
	node, buf, views int
	bad              bool
}

// skip passes over the array of n and those below it.
func (w *walker) skip(n *node) {
	w.node++
	w.buf += n.lay.buffers()
	if n.lay == layView {
		w.buf += w.nextViews()
	}
	for _, k := range n.kids {
		w.skip(k)
	}
}

// nextViews returns how many buffers the next array of views has besides its two.
func (w *walker) nextViews() int {
	if w.views >= len(w.m.variadic) {
		w.bad = true
		return 0
	}
	v := w.m.variadic[w.views]
	w.views++
	if v < 0 || v > int64(len(w.m.buffers)) {
		w.bad = true
		return 0
	}
	return int(v)
}

// take returns the array of n with those below it.
func (w *walker) take(n *node) *part {
	p := &part{n: n}
	if w.node >= len(w.m.nodes) {
		w.bad = true
		return p
	}
	head := w.m.nodes[w.node]
	w.node++
	if head.off < 0 || head.off > rowsMax {
		w.bad = true
		return p
	}
	p.rows, p.nulls = int(head.off), head.len != 0 && n.lay != layNull
	count := n.lay.buffers()
	if n.lay == layView {
		count += w.nextViews()
	}
	if w.bad || w.buf+count > len(w.m.buffers) {
		w.bad = true
		return p
	}
	p.spans = w.m.buffers[w.buf : w.buf+count]
	w.buf += count
	for _, k := range n.kids {
		p.kids = append(p.kids, w.take(k))
	}
	return p
}

// wrong is the error for an array that contradicts itself.
func (n *node) wrong(format string, args ...any) *fault.Error {
	e := corrupt(format, args...)
	e.Pos.Column = n.path
	return e
}

// check makes sure that the buffers hold what the number of rows asks for, here and below, and that there are at least so many rows.
func (p *part) check(rows int64) error {
	if int64(p.rows) < rows {
		return p.n.wrong("an array has %d rows where %d are needed", p.rows, rows)
	}
	n := int64(p.rows)
	bits, w := (n+7)/8, int64(p.n.width)
	ends := n + 1
	if n == 0 {
		ends = 0 // an empty array may leave out its only offset
	}
	var need [3]int64
	switch p.n.lay {
	case layBits:
		need[1] = bits
	case layFixed, layFixedBinary, layDict:
		need[1] = n * w
	case layBinary, layList:
		need[1] = ends * w
	case layListView:
		need[1], need[2] = n*w, n*w
	case layView:
		need[1] = n * 16
	}
	if p.nulls {
		need[0] = bits
	}
	for i, b := range p.bufs[:min(len(p.bufs), 3)] {
		if int64(len(b)) < need[i] {
			return p.n.wrong("buffer %d of an array of %d rows has %d bytes, not %d", i, n, len(b), need[i])
		}
	}
	for _, k := range p.kids {
		below := int64(0) // the offsets say
		switch p.n.lay {
		case layStruct:
			below = n
		case layArray:
			below = n * int64(p.n.typ.Len)
		}
		if err := k.check(below); err != nil {
			return err
		}
	}
	return nil
}
