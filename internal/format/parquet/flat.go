package parquet

import (
	"math/bits"

	"github.com/siksik-data/siksik/data"
)

// reader reads a column of a row group batch by batch. The column that read returns is valid until the next call.
type reader interface {
	// open starts the row group.
	open(g *group) error
	// skip passes over n rows, as late as it can.
	skip(n int)
	// read returns the next n rows or, of those, the ascending positions sel when that is not nil.
	read(n int, sel []uint32) (*data.Column, error)
	// done checks that the chunk ends with the row group.
	done() error
	// chunks appends the chunks that the column reads.
	chunks(dst []*chunk) []*chunk
}

// flatColumn reads a leaf that stands at the top of the schema: one entry a row, with one bit of definition level if it may be null.
type flatColumn struct {
	c    chunk
	leaf *leafInfo
	v    vector
	rows int // of the row group
	owed int // rows passed over but still ahead of the cursors
	bits [data.BatchRows / 64]uint64
	rank []uint32 // positions among the values of the rows wanted
}

func (f *flatColumn) chunks(dst []*chunk) []*chunk { return append(dst, &f.c) }

func (f *flatColumn) open(g *group) error {
	f.rows, f.owed = int(g.meta.rows), 0
	f.v.init(f.leaf.typ)
	meta := &g.meta.chunks[f.leaf.index]
	if err := f.c.open(f.leaf, meta, g, g.locs(f.leaf.index)); err != nil {
		return err
	}
	if meta.values != g.meta.rows {
		return corrupt("the chunk has %d values in a row group of %d rows", meta.values, g.meta.rows)
	}
	return nil
}

func (f *flatColumn) skip(n int) { f.owed += n }

func (f *flatColumn) read(n int, sel []uint32) (*data.Column, error) {
	f.c.recycle(false)
	f.v.reset()
	all := sel == nil
	if !all && len(sel) == 0 {
		f.owed += n
		return f.v.column(&f.c.dict, nil), nil
	}
	if err := f.settle(); err != nil {
		return nil, err
	}
	for base := 0; base < n; {
		if err := f.page(); err != nil {
			return nil, err
		}
		k, m := min(n-base, f.c.left), 0
		for m < len(sel) && int(sel[m]) < base+k {
			m++
		}
		if all || m > 0 || k < f.c.left || f.c.loaded {
			if err := f.c.load(); err != nil {
				return nil, err
			}
			if err := f.segment(sel[:m], all, base, k, k == n); err != nil {
				return nil, err
			}
		}
		f.c.left -= k
		base += k
		sel = sel[m:]
	}
	return f.v.column(&f.c.dict, f.c.bufs), nil
}

// page makes a page with rows left the current one.
func (f *flatColumn) page() error {
	ok, err := f.c.next()
	if err == nil && !ok {
		err = corrupt("the chunk ends before the row group's %d rows", f.rows)
	}
	return err
}

// settle moves the cursors over the rows that are owed. A page that is owed as a whole is never decompressed.
func (f *flatColumn) settle() error {
	for f.owed > 0 {
		f.owed -= f.c.jump(f.owed)
		if f.owed == 0 {
			return nil
		}
		if err := f.page(); err != nil {
			return err
		}
		k := min(f.owed, f.c.left)
		if k < f.c.left || f.c.loaded {
			if err := f.c.load(); err != nil {
				return err
			}
			m := k
			if f.leaf.maxDef > 0 {
				if m = f.c.defBits.skip(k); f.c.defBits.bad {
					return errLevels
				}
			}
			if err := f.c.vals.skip(m); err != nil {
				return err
			}
		}
		f.c.left -= k
		f.owed -= k
	}
	return nil
}

var errLevels = corrupt("a page has fewer or other levels than it promises")

// segment appends the next k rows of the current page, which are rows base on of the batch, or those of them in sel. whole says that the
// batch has no other rows.
func (f *flatColumn) segment(sel []uint32, all bool, base, k int, whole bool) error {
	m := k
	if !all {
		m = len(sel)
	}
	if f.leaf.maxDef == 0 {
		f.v.slots += m
		if all {
			return f.c.vals.read(&f.c, &f.v, k, whole)
		}
		return f.c.vals.pick(&f.c, &f.v, sel, base, k)
	}
	at := f.v.slots
	f.v.slots += m
	f.v.valid = roomy(f.v.valid, f.v.slots)
	if all {
		n := f.c.defBits.read(f.v.valid, at, k)
		if f.c.defBits.bad {
			return errLevels
		}
		return f.c.vals.read(&f.c, &f.v, n, whole && n == k)
	}
	n := f.c.defBits.read(f.bits[:], 0, k)
	if f.c.defBits.bad {
		return errLevels
	}
	return f.c.vals.pick(&f.c, &f.v, f.ranks(sel, base, at), 0, n)
}

// ranks translates wanted rows to positions among the values, and notes in v.valid, from bit at on, which of the rows have one.
func (f *flatColumn) ranks(sel []uint32, base, at int) []uint32 {
	f.rank = f.rank[:0]
	before, word := 0, 0
	for i, s := range sel {
		k := int(s) - base
		for ; word < k>>6; word++ {
			before += bits.OnesCount64(f.bits[word])
		}
		ok := f.bits[word]>>(k&63)&1 != 0
		f.v.valid.SetTo(at+i, ok)
		if ok {
			f.rank = append(f.rank, uint32(before+bits.OnesCount64(f.bits[word]&(1<<(k&63)-1))))
		}
	}
	return f.rank
}

func (f *flatColumn) done() error {
	if f.owed == 0 && f.c.raw != nil && f.c.left > 0 {
		return corrupt("the chunk goes on after the row group's %d rows", f.rows)
	}
	return nil
}
