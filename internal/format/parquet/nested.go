package parquet

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// nestedColumn assembles structs, lists and maps from the levels of their leaves, a column at a time (the inverse of Dremel's record
// shredding): each node is one loop over the levels of its first leaf.
type nestedColumn struct {
	col    *column
	leaves []*levelReader
	root   *assembly
	rows   int
	owed   int
}

// assembly is the memory of one node.
type assembly struct {
	col     *column
	r       *levelReader // of the first leaf below
	kids    []*assembly
	valid   data.Bitmap
	offsets []int32
	out     data.Column
}

func newNested(c *column) *nestedColumn {
	n := &nestedColumn{col: c}
	for _, l := range c.leaves(nil) {
		n.leaves = append(n.leaves, &levelReader{leaf: l})
	}
	next := 0
	n.root = n.node(c, &next)
	return n
}

func (n *nestedColumn) node(c *column, next *int) *assembly {
	a := &assembly{col: c, r: n.leaves[*next]}
	if c.leaf != nil {
		*next++
	}
	for _, k := range c.kids {
		a.kids = append(a.kids, n.node(k, next))
	}
	return a
}

func (n *nestedColumn) chunks(dst []*chunk) []*chunk {
	for _, r := range n.leaves {
		dst = append(dst, &r.c)
	}
	return dst
}

func (n *nestedColumn) open(g *group) error {
	n.rows, n.owed = int(g.meta.rows), 0
	for _, r := range n.leaves {
		if err := r.open(g); err != nil {
			return &leafError{r.leaf.path, err}
		}
	}
	return nil
}

func (n *nestedColumn) skip(k int) { n.owed += k }

func (n *nestedColumn) read(rows int, sel []uint32) (*data.Column, error) {
	if sel != nil && len(sel) == 0 {
		n.owed += rows
		n.root.out = data.Column{Type: n.col.typ}
		return data.NewBuilder(n.col.typ, 0).Build(), nil
	}
	for _, r := range n.leaves {
		for owed := n.owed; owed > 0; owed -= min(owed, data.BatchRows) {
			if err := r.rows(min(owed, data.BatchRows), false); err != nil {
				return nil, &leafError{r.leaf.path, err}
			}
		}
		if err := r.rows(rows, true); err != nil {
			return nil, &leafError{r.leaf.path, err}
		}
	}
	n.owed = 0
	out, err := n.root.build()
	if err != nil {
		return nil, err
	}
	if out.Len != rows {
		return nil, corrupt("%d rows where %d belong", out.Len, rows)
	}
	if sel == nil {
		return out, nil
	}
	b := data.NewBuilder(out.Type, len(sel))
	b.AppendColumn(out, sel)
	return b.Build(), nil
}

func (n *nestedColumn) done() error {
	for _, r := range n.leaves {
		if n.owed == 0 && r.c.raw != nil && (r.at < r.to || r.c.left > 0) {
			return &leafError{r.leaf.path, corrupt("the chunk goes on after the row group's %d rows", n.rows)}
		}
	}
	return nil
}

// leafError says in which leaf of a nested column something is wrong.
type leafError struct {
	path string
	err  error
}

func (e *leafError) Error() string { return e.path + ": " + e.err.Error() }

func (e *leafError) Unwrap() error { return e.err }

// build makes the node's column for the levels of the current batch.
func (a *assembly) build() (*data.Column, error) {
	switch {
	case a.col.leaf != nil:
		return a.buildLeaf(), nil
	case a.col.typ.Kind == dtype.Struct:
		return a.buildStruct()
	default:
		return a.buildList()
	}
}

// slots counts the node's slots and sets valid for those with a value; it returns how many have one.
func (a *assembly) slots() (n, present int) {
	rep, def := a.r.rep, a.r.def
	a.valid = roomy(a.valid, len(def))
	valid := a.valid
	clear(valid[:data.Words(len(def))])
	slotRep, slotDef, want := a.col.slotRep, a.col.slotDef, a.col.def
	if len(rep) == 0 { // no lists above: every entry is a slot
		for i, d := range def {
			ok := 0
			if d >= want {
				ok = 1
			}
			valid[i>>6] |= uint64(ok) << (i & 63)
			present += ok
		}
		return len(def), present
	}
	rep = rep[:len(def)]
	for i, d := range def {
		if rep[i] > slotRep || d < slotDef {
			continue
		}
		if d >= want {
			valid[n>>6] |= 1 << (n & 63)
			present++
		}
		n++
	}
	return n, present
}

func (a *assembly) buildLeaf() *data.Column {
	n, _ := a.slots()
	v := &a.r.v
	v.slots = n
	v.valid = a.valid
	return v.column(&a.r.c.dict, a.r.c.bufs)
}

func (a *assembly) buildStruct() (*data.Column, error) {
	n, present := a.slots()
	kids := a.out.Kids[:0]
	for _, k := range a.kids {
		c, err := k.build()
		if err != nil {
			return nil, err
		}
		if c.Len != n {
			return nil, &leafError{k.r.leaf.path, corrupt("%d values where its neighbour has %d", c.Len, n)}
		}
		kids = append(kids, c)
	}
	a.out = data.Column{Type: a.col.typ, Len: n, Kids: kids}
	if present < n {
		a.out.Valid = a.valid[:data.Words(n)]
	}
	return &a.out, nil
}

// buildList finds where lists start and which entries are elements.
func (a *assembly) buildList() (*data.Column, error) {
	rep, def := a.r.rep, a.r.def
	n, present := a.slots()
	if cap(a.offsets) < n+1 {
		a.offsets = make([]int32, max(n+1, 2*cap(a.offsets)))
	}
	offsets := a.offsets[:n+1]
	slotRep, slotDef, elemDef := a.col.slotRep, a.col.slotDef, a.col.elemDef
	elems, at := int32(0), 0
	rep = rep[:len(def)]
	for i, d := range def {
		if rep[i] <= slotRep && d >= slotDef {
			offsets[at] = elems
			at++
		}
		if rep[i] <= slotRep+1 && d >= elemDef {
			elems++
		}
	}
	offsets[n] = elems
	kid, err := a.kids[0].build()
	if err != nil {
		return nil, err
	}
	if kid.Len != int(elems) {
		return nil, corrupt("%d elements where the levels give %d", kid.Len, elems)
	}
	a.out = data.Column{Type: a.col.typ, Len: n, Offsets: offsets, Kids: append(a.out.Kids[:0], kid)}
	if present < n {
		a.out.Valid = a.valid[:data.Words(n)]
	}
	if a.col.typ.Kind == dtype.Array {
		return a.buildArray()
	}
	return &a.out, nil
}

// buildArray gives null arrays the elements that their representation wants.
func (a *assembly) buildArray() (*data.Column, error) {
	size := int32(a.col.typ.Len)
	b := data.NewBuilder(a.col.typ, a.out.Len)
	kid := b.Kid(0)
	for i := range a.out.Len {
		lo, hi := a.out.Offsets[i], a.out.Offsets[i+1]
		switch {
		case !a.out.Valid.Get(i):
			b.AppendNull()
		case hi-lo != size:
			return nil, corrupt("an array of %d elements where all have %d", hi-lo, size)
		default:
			if size > 0 {
				kid.AppendColumn(a.out.Kids[0].Slice(int(lo), int(hi)), nil)
			}
			b.CloseRow()
		}
	}
	return b.Build(), nil
}
