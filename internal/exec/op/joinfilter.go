package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/spi"
)

// tellScans tells the scans of the probe side what the build keys are like.
func (j *join) tellScans() error {
	bounds := make([][]data.Scalar, len(j.keys))
	for _, f := range j.filters {
		var preds []spi.Pred
		for k, at := range f.Keys {
			if bounds[at] == nil {
				var err error
				if bounds[at], err = boundsOf(j.keys[at]); err != nil {
					return err
				}
			}
			if b := bounds[at]; len(b) > 0 {
				preds = append(preds, spi.Pred{Op: spi.PredGe, Col: f.Cols[k], Values: b[:1]}, spi.Pred{Op: spi.PredLe, Col: f.Cols[k], Values: b[1:]})
			}
		}
		f.Slot.Tighten(preds)
	}
	return nil
}

// boundsOf returns the least and the greatest value of a column, or no values if there are none or its type has no order.
func boundsOf(c *data.Column) ([]data.Scalar, error) {
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
