package op

import (
	"context"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

// winOrder is rows in window order: all of them, or a page of a winTape. Positions count along all of them; slices have an element for each position
// from base on.
type winOrder struct {
	base  int      // position of the first row
	dense int64    // groups of peers of the first row's partition that begin before base
	rows  []uint32 // by position
	parts []int    // first position of each partition, and the one after the last
	part  []uint32 // by position: number of the partition
	peer  []uint32 // by position: first position of its peers
	past  []uint32 // by position: position after its peers
}

// bounds returns the first position of the partition of row p of o, and the one after it.
func (o *winOrder) bounds(p int) (first, past int) {
	i := o.part[p]
	return o.parts[i], o.parts[i+1]
}

// newWinOrder sorts the rows by partition, in any order, and by the order keys.
func newWinOrder(ctx context.Context, crew *exec.Crew, c *winCall, cols []*data.Column, n int) (*winOrder, error) {
	var keys []*data.Column
	for _, at := range c.partition {
		keys = append(keys, cols[at])
	}
	open, width := partPieces(keys, n)
	keys = nil
	var orders []defs.Order
	for i, at := range c.order {
		keys, orders = append(keys, cols[at]), append(orders, c.win.Order[i].Order)
	}
	levels := levelsAfter(nil, open, keys, orders, n)
	rows, words, err := sortRows(ctx, crew, levels, n)
	if err != nil {
		return nil, err
	}
	if words == nil && len(levels) > 0 && levels[0].words != nil {
		words = make([]kern.KeyRow, n)
		for p, r := range rows {
			words[p].Key = levels[0].words[r]
		}
	}
	m := &winMarks{levels: levels, words: words, width: width, rows: rows, marks: make([]uint8, n)}
	o := &winOrder{rows: rows}
	return o, o.fill(ctx, crew, m)
}

// partPieces returns the pieces that tell the partitions of n rows apart, and their bits in all, which fit a word.
func partPieces(keys []*data.Column, n int) (out []piece, width int) {
	for _, c := range keys {
		if width > 64 || !oneWord(c.Type) {
			width = 65
			break
		}
		pieces, _ := keyPieces(nil, c, defs.Order{}, n)
		for i := range pieces {
			width += pieces[i].width()
		}
		out = append(out, pieces...)
	}
	if width <= 64 {
		return out, width
	}
	group := make([]uint64, n)
	p := piece{words: group, hi: uint64(groupRows(keys, n, group) - 1)}
	return []piece{p}, p.width()
}

// groupRows numbers equal rows of keys, and returns how many groups there are.
func groupRows(keys []*data.Column, n int, group []uint64) int {
	t := newTable(newKeyLayout(typesOf(keys)))
	k := newKeyBatch(t.lay)
	k.each(keys, 0, n, func(lo int) {
		for i, g := range t.find(k) {
			group[lo+i] = uint64(g)
		}
	})
	return t.n
}

// winMarks finds what begins with each of sorted rows.
type winMarks struct {
	levels []level
	words  []kern.KeyRow // of the first level, if it has any, by position
	width  int           // its highest bits tell the partitions apart
	rows   []uint32
	marks  []uint8 // by position
}

// mark finds what begins with positions [lo, hi).
func (m *winMarks) mark(lo, hi int) {
	if lo == 0 {
		m.marks[0] = beginsPart | beginsPeers
		lo = 1
	}
	if len(m.levels) == 0 || lo >= hi {
		return
	}
	l, rest, rows := &m.levels[0], m.levels[1:], m.rows
	if l.words == nil {
		for p := lo; p < hi; p++ {
			if differ(m.levels, rows[p-1], rows[p]) {
				m.marks[p] = beginsPeers
			}
		}
		return
	}
	shift, last := l.width-m.width, m.words[lo-1].Key
	for p := lo; p < hi; p++ {
		w := m.words[p].Key
		switch diff := w ^ last; {
		case diff == 0:
			if len(rest) > 0 && differ(rest, rows[p-1], rows[p]) {
				m.marks[p] = beginsPeers
			}
		case m.width > 0 && diff>>shift != 0:
			m.marks[p] = beginsPart | beginsPeers
		default:
			m.marks[p] = beginsPeers
		}
		last = w
	}
}

// differ reports whether two rows differ in a level.
func differ(levels []level, a, b uint32) bool {
	for i := range levels {
		if l := &levels[i]; l.words != nil && l.words[a] != l.words[b] || l.words == nil && l.cmp(a, b) != 0 {
			return true
		}
	}
	return false
}

// winStretch is what begins in one of the stretches of positions that workers take, and then what there is around it.
type winStretch struct {
	parts int // how many partitions begin in it; before it
	peer  int // where the last peers begin, or -1; those before it
	next  int // where the first peers begin, or -1; those after it
}

// fill numbers all positions of the order.
func (o *winOrder) fill(ctx context.Context, crew *exec.Crew, m *winMarks) error {
	n := len(m.marks)
	list := make([]winStretch, (n+morselRows-1)/morselRows)
	if err := crew.Each(ctx, len(list), func(_ context.Context, _, i int) error {
		lo, hi := i*morselRows, min(n, (i+1)*morselRows)
		m.mark(lo, hi)
		x := winStretch{peer: -1, next: -1}
		for p, b := range m.marks[lo:hi] {
			if b == 0 {
				continue
			}
			x.parts += int(b / beginsPart)
			if x.peer = lo + p; x.next < 0 {
				x.next = lo + p
			}
		}
		list[i] = x
		return nil
	}); err != nil {
		return err
	}
	parts, peer, next := 0, 0, n
	for i, x := range list {
		list[i].parts, list[i].peer = parts, peer
		parts += x.parts
		if x.peer >= 0 {
			peer = x.peer
		}
	}
	for i, x := range slices.Backward(list) {
		list[i].next = next
		if x.next >= 0 {
			next = x.next
		}
	}
	o.parts = make([]int, parts+1)
	o.parts[parts] = n
	o.part, o.peer, o.past = make([]uint32, n), make([]uint32, n), make([]uint32, n)
	return crew.Each(ctx, len(list), func(_ context.Context, _, i int) error {
		lo, hi := i*morselRows, min(n, (i+1)*morselRows)
		o.number(m.marks[lo:hi], lo, list[i].parts-1, list[i].peer, list[i].next)
		return nil
	})
}

// number fills in what is known of the rows from row p of the order on, by what begins with them. Before them is partition number part and the peers
// that begin at position peer; past is the first position after them at which peers begin.
func (o *winOrder) number(marks []uint8, p, part, peer, past int) {
	rowPart, rowPeer, rowPast := o.part[p:p+len(marks)], o.peer[p:p+len(marks)], o.past[p:p+len(marks)]
	at, open := o.base+p, 0
	for i, m := range marks {
		if m != 0 {
			if m&beginsPart != 0 {
				part++
				o.parts[part] = at + i
			}
			for k := range rowPast[open:i] {
				rowPast[open+k] = uint32(at + i)
			}
			peer, open = at+i, i
		}
		rowPart[i], rowPeer[i] = uint32(part), uint32(peer)
	}
	for k := range rowPast[open:] {
		rowPast[open+k] = uint32(past)
	}
}
