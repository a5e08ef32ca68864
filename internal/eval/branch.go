package eval

import (
	"errors"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// costly is the work above which evaluating only the rows that need it pays for picking them, where they are at most half.
const costly = 12

// on evaluates a node for some rows of the frame and returns a value for just these rows, and the rows, in which the error's Row is of f.
func (f *frame) on(id int, rows []uint32) (*data.Column, error) {
	sub := f.pick(rows)
	c, err := sub.eval(id)
	if err == nil || sub == f {
		return c, err
	}
	if re := rowError(err); re != nil {
		return nil, &compute.RowError{Row: int(rows[re.Row]), Err: re.Err}
	}
	return nil, err
}

// rowError returns the row's error in err, or nil.
func rowError(err error) *compute.RowError {
	var re *compute.RowError
	errors.As(err, &re)
	return re
}

// whole reports whether to evaluate a node for all rows of the frame although only need of them count: when it is done already, cannot fail and
// is cheap, or most rows need it. It then returns the value; nil means that the rows must be picked, also because some other row failed.
func (f *frame) whole(id, need int) *data.Column {
	n := &f.w.p.nodes[id]
	switch {
	case f.vals[id] != nil:
		return f.vals[id]
	case n.private:
		return nil
	case need*2 < f.n && (n.fallible || n.cost > costly):
		return nil
	}
	c, err := f.eval(id)
	if err != nil {
		return nil
	}
	return c
}

// rowsOf returns the rows whose bit is set.
func (f *frame) rowsOf(bits data.Bitmap) []uint32 {
	rows := compute.Make[uint32](&f.w.scratch, f.n)
	return rows[:kern.SelFromBits(rows, bits, f.n)]
}

// connect is AND and OR over their kids in order: a kid that may fail is evaluated only for rows that the kids before it leave open.
func (f *frame) connect(n *node) (*data.Column, error) {
	s := &f.w.scratch
	join := compute.And
	if n.kind == orNode {
		join = compute.Or
	}
	acc, err := f.eval(n.kids[0])
	if err != nil {
		return nil, err
	}
	for _, k := range n.kids[1:] {
		kid := &f.w.p.nodes[k]
		if !kid.fallible && !kid.private && (kid.cost <= costly || f.vals[k] != nil) {
			c, err := f.eval(k)
			if err != nil {
				return nil, err
			}
			acc = join(s, acc, c)
			continue
		}
		// An AND is open where it is not false, an OR where it is not true.
		closed := acc
		if n.kind == andNode {
			closed = compute.Not(s, acc)
		}
		open := s.Bits(f.n)
		kern.BitmapNot(open, compute.Truth(s, closed), f.n)
		rows := f.rowsOf(open)
		if len(rows) == 0 {
			return acc, nil
		}
		c := f.whole(k, len(rows))
		if c == nil {
			if c, err = f.on(k, rows); err != nil {
				return nil, err
			}
			c = f.expand(c, rows)
		}
		acc = join(s, acc, c)
	}
	return acc, nil
}

// expand returns a bool column of all rows of the frame with the values of some; the others are false.
func (f *frame) expand(c *data.Column, rows []uint32) *data.Column {
	if len(rows) == f.n {
		return c
	}
	s := &f.w.scratch
	flat := compute.Flatten(s, c)
	bits := s.Zeros(f.n)
	kern.ScatterBits(bits, flat.Bits, rows)
	var valid data.Bitmap
	if flat.Valid != nil {
		valid = s.Bits(f.n)
		kern.FillBits(valid, f.n, true)
		kern.ScatterBits(valid, flat.Valid, rows)
	}
	return s.Bool(bits, valid, f.n)
}

// choose is CASE: conditions are evaluated for the rows that no earlier one took, results for the rows that take them.
func (f *frame) choose(n *node) (*data.Column, error) {
	if c := f.blend(n); c != nil {
		return c, nil
	}
	s := &f.w.scratch
	branches := len(n.kids)/2 + 1
	parts, picked := s.Columns(branches), s.RowSets(branches)
	left := f.all()
	for b := range branches {
		rows, result := left, n.kids[len(n.kids)-1]
		if b < branches-1 {
			cond, err := f.onRows(n.kids[2*b], left)
			if err != nil {
				return nil, err
			}
			rows, left = f.split(cond, left)
			result = n.kids[2*b+1]
		}
		if picked[b] = rows; len(rows) == 0 {
			parts[b] = s.Null(n.typ, 0)
			continue
		}
		c, err := f.onRows(result, rows)
		if err != nil {
			return nil, err
		}
		parts[b] = c
		if len(rows) == f.n {
			return c, nil
		}
	}
	return compute.Merge(s, n.typ, parts, picked, f.n), nil
}

// all returns all rows of the frame.
func (f *frame) all() []uint32 {
	rows := compute.Make[uint32](&f.w.scratch, f.n)
	kern.SelIota(rows, 0)
	return rows
}

// onRows evaluates a node for some rows, by way of all rows where that is better.
func (f *frame) onRows(id int, rows []uint32) (*data.Column, error) {
	if len(rows) == f.n {
		return f.eval(id)
	}
	if c := f.whole(id, len(rows)); c != nil {
		return compute.Gather(&f.w.scratch, c, rows), nil
	}
	return f.on(id, rows)
}

// split divides rows by a condition with one value for each of them: where it is true, and the rest.
func (f *frame) split(cond *data.Column, rows []uint32) (yes, no []uint32) {
	s := &f.w.scratch
	truth := compute.Truth(s, cond)
	yes, no = compute.Make[uint32](s, len(rows)), compute.Make[uint32](s, len(rows))
	y, x := 0, 0
	for i, r := range rows {
		if truth.Get(i) {
			yes[y] = r
			y++
		} else {
			no[x] = r
			x++
		}
	}
	return yes[:y], no[:x]
}

// blend is CASE with everything evaluated for all rows: what is cheap and cannot fail, or is there already, or serves many rows. It returns
// nil if that is not so.
func (f *frame) blend(n *node) *data.Column {
	s := &f.w.scratch
	last := len(n.kids) - 1
	for i, k := range n.kids {
		kid := &f.w.p.nodes[k]
		late := i%2 == 0 && i > 0 && i < last // a condition that only some rows reach
		if kid.private || late && kid.fallible || kid.cost > 2*costly && f.vals[k] == nil {
			return nil
		}
	}
	acc := f.resultFor(n.kids[last])
	for i := last - 2; i >= 0 && acc != nil; i -= 2 {
		cond, err := f.eval(n.kids[i])
		if err != nil {
			return nil
		}
		then := f.resultFor(n.kids[i+1])
		if then == nil {
			return nil
		}
		acc = compute.IfThenElse(s, n.typ, cond, then, acc)
	}
	return acc
}

// resultFor evaluates a branch for all rows, or returns nil if that fails.
func (f *frame) resultFor(id int) *data.Column {
	c, err := f.eval(id)
	if err != nil {
		return nil
	}
	return c
}

// coalesce evaluates each argument for the rows where all earlier ones are null.
func (f *frame) coalesce(n *node) (*data.Column, error) {
	s := &f.w.scratch
	acc, err := f.eval(n.kids[0])
	if err != nil {
		return nil, err
	}
	for _, k := range n.kids[1:] {
		missing := compute.IsNull(s, acc, false)
		rows := f.rowsOf(compute.Truth(s, missing))
		if len(rows) == 0 {
			break
		}
		c := f.whole(k, len(rows))
		if c != nil {
			acc = compute.IfThenElse(s, n.typ, missing, c, acc)
			continue
		}
		if c, err = f.on(k, rows); err != nil {
			return nil, err
		}
		if len(rows) == f.n {
			acc = c
			continue
		}
		keep := s.Bits(f.n)
		kern.BitmapNot(keep, compute.Truth(s, missing), f.n)
		have := f.rowsOf(keep)
		parts := s.Columns(2)
		parts[0], parts[1] = compute.Gather(s, acc, have), c
		sets := s.RowSets(2)
		sets[0], sets[1] = have, rows
		acc = compute.Merge(s, n.typ, parts, sets, f.n)
	}
	return acc, nil
}

// attempt is TRY: null for the rows that fail.
func (f *frame) attempt(n *node) (*data.Column, error) {
	if c := f.resultFor(n.kids[0]); c != nil {
		return c, nil
	}
	var t trial
	if err := f.bisect(n.kids[0], f.all(), &t); err != nil {
		return nil, err
	}
	t.parts = append(t.parts, f.w.scratch.Null(n.typ, len(t.failed)))
	t.rows = append(t.rows, append([]uint32{}, t.failed...))
	return compute.Merge(&f.w.scratch, n.typ, t.parts, t.rows, f.n), nil
}

// trial collects the rows for which an expression succeeds, in parts, and those for which it fails.
type trial struct {
	parts  []*data.Column
	rows   [][]uint32
	failed []uint32
}

// bisect evaluates a node for the rows; where that fails, for each half of them, down to the rows that fail.
func (f *frame) bisect(id int, rows []uint32, t *trial) error {
	if len(rows) == 0 {
		return nil
	}
	c, err := f.on(id, rows)
	switch {
	case err == nil:
		t.parts, t.rows = append(t.parts, c), append(t.rows, rows)
		return nil
	case rowError(err) == nil:
		return err
	case len(rows) == 1:
		t.failed = append(t.failed, rows[0])
		return nil
	}
	half := len(rows) / 2
	if err := f.bisect(id, rows[:half:half], t); err != nil {
		return err
	}
	return f.bisect(id, rows[half:], t)
}
