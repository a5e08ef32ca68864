package op

import (
	"context"
	"io"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/spi"
)

// tellScans tells the scans of the probe side what the build keys are like.
func (j *join) tellScans(ctx context.Context, crew *exec.Crew) error {
	bounds := make([][]data.Scalar, len(j.keys))
	for _, f := range j.filters {
		var preds []spi.Pred
		for k, at := range f.Keys {
			if bounds[at] == nil {
				var err error
				if bounds[at], err = j.keyBounds(at); err != nil {
					return err
				}
			}
			if b := bounds[at]; len(b) > 0 {
				preds = append(preds, spi.Pred{Op: spi.PredGe, Col: f.Cols[k], Values: b[:1]}, spi.Pred{Op: spi.PredLe, Col: f.Cols[k], Values: b[1:]})
			}
		}
		var sets []spi.KeySet
		m, err := j.members(ctx, crew, f, bounds)
		if err != nil {
			return err
		}
		if m != nil {
			sets = []spi.KeySet{{Cols: f.Cols, Members: m, Share: f.Share}}
		}
		f.Slot.Tighten(preds, sets...)
	}
	return nil
}

// A set is made unless there are so many keys that they cost more than the rows of the scan, or nearly every row is thought to find a partner: few
// keys are worth the trial anyhow.
const (
	setShareMax  = 0.9
	setKeysFew   = 1 << 12
	setRowsEach  = 64      // rows of the scan for a key, from which on keys are few
	keyBitsSmall = 1 << 22 // span of values up to which an exact set is made however few the keys
	keyBitsEach  = 32      // otherwise by key
	keyBitsRow   = 8       // and by row of the scan, but then
	keyBitsMost  = 1 << 27 // at most: looking up is cheap while the set stays in cache
)

// exactSpan is up to which span of values n integer keys are made an exact set of a bit a value. It spares hashing the scan's rows, and where these
// have their keys nearly in order, as the many side of a join often has, its next bit lies beside the last one.
func exactSpan(f phys.RuntimeFilter, n int) uint64 {
	byRow := min(keyBitsRow*max(f.Rows, 0), keyBitsMost)
	return max(keyBitsSmall, keyBitsEach*uint64(n), uint64(byRow))
}

// pays reports whether a set of n keys is worth making.
func pays(f phys.RuntimeFilter, n int) bool {
	rows := float64(n)
	if rows <= setKeysFew || f.Rows >= rows*setRowsEach {
		return true
	}
	return f.Share <= setShareMax && (f.Rows < 0 || rows <= f.Rows)
}

// members returns the set of the keys that the scan of f has, or nil if it would not pay or there is no memory.
func (j *join) members(ctx context.Context, crew *exec.Crew, f phys.RuntimeFilter, bounds [][]data.Scalar) (spi.Members, error) {
	if !pays(f, j.n) {
		return nil, nil
	}
	keys := make([]*data.Column, len(f.Keys))
	list := make([]dtype.Type, len(f.Keys))
	for i, at := range f.Keys {
		keys[i], list[i] = j.keys[at], j.keys[at].Type
	}
	if b := bounds[f.Keys[0]]; len(keys) == 1 && len(b) == 2 && intWord(list[0]) {
		least, span := b[0].Int64(), uint64(b[1].Int64())-uint64(b[0].Int64())
		if span <= exactSpan(f, j.n) && j.mem.Grow(int64(span/8)+8) == nil {
			s := &keyBits{least: least, span: span, bits: make(data.Bitmap, span/64+1)}
			return s, s.fill(ctx, crew, keys[0])
		}
	}
	if j.mem.Grow(bloomBytes(j.n)) != nil {
		return nil, nil //nolint:nilerr // the scans do without
	}
	s := newKeyBloom(newKeyLayout(list), j.n)
	s.fill(keys, j.n)
	return s, nil
}

// keyBounds is boundsOf for a build key. A direct array knows them.
func (j *join) keyBounds(at int) ([]data.Scalar, error) {
	c, t := j.keys[at], j.table
	if t == nil || t.head == nil {
		return boundsOf(c)
	}
	return []data.Scalar{data.IntScalar(c.Type, t.least), data.IntScalar(c.Type, t.least+int64(len(t.head))-1)}, nil
}

// boundsOf returns the least and the greatest value of a column, or no values if there are none or its type has no order.
func boundsOf(c *data.Column) ([]data.Scalar, error) {
	if c.Form == data.Flat && intWord(c.Type) {
		return intBounds(c), nil
	}
	out := []data.Scalar{}
	g := make([]uint32, c.Len)
	for _, name := range []string{"min", "max"} {
		spec := &aggSpec{name: name, typ: c.Type, args: []dtype.Type{c.Type}}
		s, err := spec.plain()
		if err != nil {
			return out[:0], nil //nolint:nilerr // such keys have no bounds
		}
		s.grow(1)
		if err := s.update(&aggRows{args: []*data.Column{c}, n: c.Len, filtered: true, scratch: &compute.Scratch{}}, g); err != nil {
			return nil, err
		}
		r, err := s.result()
		if err != nil {
			return nil, err
		}
		if r.IsNull(0) {
			return out[:0], nil
		}
		out = append(out, r.Value(0))
	}
	return out, nil
}

// intBounds is boundsOf for the types of smallInt.
func intBounds(c *data.Column) []data.Scalar {
	switch c.Type.Phys() {
	case dtype.PhysI8:
		return extremes(c, data.Slice[int8](c))
	case dtype.PhysI16:
		return extremes(c, data.Slice[int16](c))
	case dtype.PhysI32:
		return extremes(c, data.Slice[int32](c))
	case dtype.PhysI64:
		return extremes(c, data.Slice[int64](c))
	case dtype.PhysU8:
		return extremes(c, data.Slice[uint8](c))
	case dtype.PhysU16:
		return extremes(c, data.Slice[uint16](c))
	default:
		return extremes(c, data.Slice[uint32](c))
	}
}

// extremes returns the least and the greatest of the values v of c, or nothing if all are null.
func extremes[T smallInt](c *data.Column, v []T) []data.Scalar {
	lo, some := kern.Min(v, c.Valid)
	if !some {
		return []data.Scalar{}
	}
	hi, _ := kern.Max(v, c.Valid)
	return bothOf(data.FlatColumn(c.Type, []T{lo, hi}, nil))
}

// bothOf returns the two values of c.
func bothOf(c *data.Column) []data.Scalar { return []data.Scalar{c.Value(0), c.Value(1)} }

// A build side on disk is read once more for its keys where that spares writing and reading a good part of the probe rows.
const diskShareMax = 0.7

// tellScansFromDisk is tellScans for a build side on disk. The sets are given back by forgetSets, before the rows are read again.
func (j *join) tellScansFromDisk(ctx context.Context) error {
	type target struct {
		f     phys.RuntimeFilter
		set   *keyBloom
		k     *keyBatch
		parts []*data.Column
	}
	var targets []*target
	for _, f := range j.filters {
		if f.Share > diskShareMax || !pays(f, j.n) {
			continue
		}
		list := make([]dtype.Type, len(f.Keys))
		for i, at := range f.Keys {
			list[i] = j.buildTypes[at]
		}
		lay := newKeyLayout(list)
		bytes := bloomBytes(j.n)
		if j.mem.Grow(bytes) != nil {
			continue
		}
		j.spill.sets += bytes
		targets = append(targets, &target{f: f, set: newKeyBloom(lay, j.n), k: newKeyBatch(lay), parts: make([]*data.Column, len(list))})
	}
	if len(targets) == 0 {
		return nil
	}
	for _, runs := range j.spill.build {
		for in := (&runsReader{runs: runs}); ; {
			b, err := in.Read(ctx)
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			for _, t := range targets {
				for i, at := range t.f.Keys {
					t.parts[i] = b.Cols[at]
				}
				t.k.set(t.parts, b.Len)
				for _, h := range t.k.hash {
					t.set.add(h)
				}
			}
		}
	}
	for _, t := range targets {
		t.f.Slot.Tighten(nil, spi.KeySet{Cols: t.f.Cols, Members: t.set, Share: t.f.Share})
	}
	return nil
}

// forgetSets lets go of the sets of tellScansFromDisk.
func (j *join) forgetSets() {
	if j.spill.sets > 0 {
		for _, f := range j.filters {
			f.Slot.Tighten(nil)
		}
		j.mem.Shrink(j.spill.sets)
		j.spill.sets = 0
	}
}
