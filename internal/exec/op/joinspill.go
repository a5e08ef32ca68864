package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/kern"
)

// joinSpill is the part of a join that lies on disk, once its build side did not fit in memory: the rows of both sides, divided into partitions by
// the hash of their keys. Partitions are joined one after the other (see joinRest). Where somebody observes the order of the rows, each has its
// place as a last column, by which the results are put in order (see joinMerge).
type joinSpill struct {
	space   *spill.Space
	parts   int
	ordered bool
	on      bool  // the build side is on disk
	perRow  int64 // memory of a build row in a table
	sets    int64 // memory of the key sets that scans have
	probe   []dtype.Type

	dividers []*divider // of the probe side, by worker
	build    [][]*spill.Run
}

const (
	joinPartsMax = 64
	joinPartsMin = 4
	joinLevels   = 6 // how often rows are divided again
)

// refused reports whether the join may go to disk after err.
func (s *joinSpill) refused(err error) bool { return s != nil && s.space.Refused(err) }

// newJoinSpill settles how a join divides its rows; whole says that all rows stay together, as rows of any key may concern each other.
func (b *builder) newJoinSpill(space *spill.Space, probe []dtype.Type, whole, ordered bool) *joinSpill {
	s := &joinSpill{space: space, parts: 1, ordered: ordered, probe: probe, dividers: make([]*divider, b.threads)}
	if whole {
		return s
	}
	each := int64(b.threads) * int64(spill.PartitionBytes(rowWidth(probe)))
	s.parts = joinPartsMin
	for s.parts < joinPartsMax && 2*int64(s.parts)*each <= b.budget.Limit()/6 {
		s.parts *= 2
	}
	return s
}

// rowWidth is about how many bytes a row of the types takes.
func rowWidth(types []dtype.Type) int {
	n := 0
	for _, t := range types {
		n += max(t.Phys().Width(), 1)
	}
	return n
}

// divider divides rows of one side over partitions on disk, for one worker.
type divider struct {
	s     *joinSpill
	mem   *exec.Account
	parts *spill.Partitions
	held  int64
	level int
	keys  *keyBatch // nil: there is one partition
	safe  []bool
	drop  bool // rows with a null where null matches nothing are of no use
	place bool // places are added
	rows  int64
	bytes int64

	part   []uint32
	pick   []uint32
	places []uint64
	col    data.Column
	out    data.Batch
}

// divider returns a divider of the build or probe side for rows of the types; level counts how often they have been divided.
func (s *joinSpill) divider(j *join, types []dtype.Type, level int, build bool) *divider {
	d := &divider{s: s, mem: j.mem, level: level, place: s.ordered && level == 0}
	if s.ordered {
		types = append(types[:len(types):len(types)], placeType)
	}
	if s.parts > 1 {
		d.keys, d.safe = newKeyBatch(j.table.lay), j.table.safe
		d.drop = build && j.atEnd != unmatched || !build && !j.keepProbe && !j.anti
	}
	d.parts = s.space.Partitions(types, s.parts)
	// The rows in memory give way only as they are written, so this may pass the limit for a moment.
	if n := int64(s.parts * spill.PartitionBytes(rowWidth(types))); j.mem.Insist(n) == nil {
		d.held = n
	}
	return d
}

// addBuild divides build rows whose first columns are the keys. first is the place of the first row.
func (d *divider) addBuild(ctx context.Context, b *data.Batch, keys int, first uint64) error {
	d.bytes += storedBytes(b)
	return d.add(ctx, b, b.Cols[:keys], first)
}

// storedBytes is about what the rows of b take in memory of their own.
func storedBytes(b *data.Batch) int64 {
	n := 0
	for _, c := range b.Cols {
		switch p := c.Type.Phys(); {
		case p == dtype.PhysView:
			n += viewBytes(c)
		case p.Width() > 0 || p == dtype.PhysBits || p == dtype.PhysNull:
			n += max(p.Width(), 1) * c.Len
		default:
			n += c.Size()
		}
	}
	return int64(n)
}

// viewBytes is the views of the rows and the bytes of long ones.
func viewBytes(c *data.Column) int {
	n, flat := c.Type.Phys().Width()*c.Len, c
	if c.Form != data.Flat {
		flat = c.Values
	}
	views := data.Slice[data.View](flat)
	long := func(v data.View) int {
		if v.Len() > data.InlineMax {
			return v.Len()
		}
		return 0
	}
	switch c.Form {
	case data.Const:
		return n + long(views[0])*c.Len
	case data.Dict:
		for _, x := range c.Codes {
			n += long(views[x])
		}
	default:
		for _, v := range views {
			n += long(v)
		}
	}
	return n
}

// add divides the rows of b by their keys. If places are wanted and not there yet, those of the rows follow first.
func (d *divider) add(ctx context.Context, b *data.Batch, keys []*data.Column, first uint64) error {
	d.rows += int64(b.Len)
	if d.place {
		b = d.placed(b, first)
	}
	d.part = sized(d.part, max(b.Len, data.BatchRows))[:b.Len]
	if d.keys == nil {
		clear(d.part)
		return d.parts.Add(ctx, b, d.part)
	}
	d.keys.set(keys, b.Len)
	mask := uint64(d.s.parts - 1)
	for i, h := range d.keys.hash {
		d.part[i] = uint32(kern.HashMix(h, uint64(d.level)<<40) >> 32 & mask)
	}
	if !d.drop || !d.nulls(keys) {
		return d.parts.Add(ctx, b, d.part)
	}
	return d.addMatchable(ctx, b, keys)
}

// placed returns b with the column of places.
func (d *divider) placed(b *data.Batch, first uint64) *data.Batch {
	d.places = sized(d.places, b.Len)
	for i := range d.places {
		d.places[i] = first + uint64(i)
	}
	d.col = data.Column{Type: placeType, Len: b.Len, Buf: data.FixedBytes(d.places)}
	d.out.Cols = append(append(d.out.Cols[:0], b.Cols...), &d.col)
	d.out.Len = b.Len
	return &d.out
}

// nulls reports whether a key has a null that matches nothing.
func (d *divider) nulls(keys []*data.Column) bool {
	for j, c := range keys {
		if !d.safe[j] && c.HasNulls() {
			return true
		}
	}
	return false
}

// addMatchable adds the rows without such a null.
func (d *divider) addMatchable(ctx context.Context, b *data.Batch, keys []*data.Column) error {
	for p := range d.s.parts {
		d.pick = d.pick[:0]
		for i, x := range d.part {
			if int(x) == p && !d.unmatchable(keys, i) {
				d.pick = append(d.pick, uint32(i))
			}
		}
		if err := d.parts.AddRows(ctx, p, b, d.pick); err != nil {
			return err
		}
	}
	return nil
}

func (d *divider) unmatchable(keys []*data.Column, i int) bool {
	for j, c := range keys {
		if !d.safe[j] && c.IsNull(i) {
			return true
		}
	}
	return false
}

// finish adds the runs to those of the partitions.
func (d *divider) finish(ctx context.Context, to [][]*spill.Run) error {
	runs, err := d.parts.Finish(ctx)
	if err != nil {
		return err
	}
	d.mem.Shrink(d.held)
	d.held = 0
	for p, r := range runs {
		if r != nil {
			to[p] = append(to[p], r)
		}
	}
	return nil
}

// built takes over the build side and returns the number of its rows.
func (s *joinSpill) built(ctx context.Context, list []*divider) (int, error) {
	s.on, s.build = true, make([][]*spill.Run, s.parts)
	rows, bytes := int64(0), int64(0)
	for _, d := range list {
		if err := d.finish(ctx, s.build); err != nil {
			return 0, err
		}
		rows, bytes = rows+d.rows, bytes+d.bytes
	}
	s.perRow = bytes/max(rows, 1) + 1
	if s.ordered {
		s.perRow += 8
	}
	return int(rows), nil
}

// divert sends probe rows to disk.
func (s *joinStep) divert(ctx context.Context, b *data.Batch) error {
	j := s.j
	d := j.spill.dividers[s.worker]
	if d == nil {
		d = j.spill.divider(j, j.spill.probe, 0, false)
		j.spill.dividers[s.worker] = d
	}
	var keys []*data.Column
	if d.keys != nil {
		var err error
		if keys, err = s.keys.eval(ctx, b); err != nil {
			return err
		}
	}
	err := d.add(ctx, b, keys, place(b.Morsel, s.row))
	s.row += int64(b.Len)
	return err
}
