package parquet

import "github.com/siksik-data/siksik/data"

// dictionary holds the decoded dictionary page of a chunk.
type dictionary struct {
	n     int
	fixed []byte       // the values as in memory; views for text
	own   []byte       // memory for fixed, where that is not the page
	col   *data.Column // stays the same for the whole chunk, so that operators can recognise it
}

func (d *dictionary) reset() { d.n, d.col = 0, nil }

// loadDict decodes the dictionary page.
func (c *chunk) loadDict(h *pageHeader, body []byte) error {
	if h.enc != encPlain && h.enc != encPlainDict {
		return corrupt("a dictionary has encoding %d", h.enc)
	}
	if c.leaf.phys == ptBool {
		return corrupt("booleans have a dictionary")
	}
	b, err := c.unzip(h, body)
	if err != nil {
		return err
	}
	c.bufs = c.bufs[:len(c.bufs)-1]
	if need := int(h.n) * max(c.leaf.storedWidth(), 4); c.leaf.storedWidth() == 0 && need > len(b) ||
		c.leaf.storedWidth() > 0 && int(h.n)*c.leaf.storedWidth() > len(b) {
		c.release(b)
		return corrupt("a dictionary of %d bytes cannot have %d values", len(b), h.n)
	}
	d, n := &c.dict, int(h.n)
	if cv := c.leaf.conv; (cv == convText || cv == convFixedText) && n > 0 {
		if err := checkPageText(b, cv == convText, c.leaf.storedWidth()); err != nil {
			c.release(b)
			return err
		}
	}
	width := c.leaf.typ.Phys().Width()
	if c.leaf.conv == convSame && n > 0 && aligned(b) {
		d.fixed, d.n, c.bufs[0] = b[:n*width], n, b
		d.col = &data.Column{Type: c.leaf.typ, Len: n, Buf: d.fixed, Serial: data.NextSerial()}
		return nil
	}
	if size := max(n, 1) * width; cap(d.own) < size {
		d.own = data.AlignedBytes(size + size/8)
	}
	d.fixed = d.own[:n*width]
	s := values{form: formFixed, data: b, width: c.leaf.storedWidth()}
	keep := false
	switch cv := c.leaf.conv; cv {
	case convText, convBytes:
		s.form, keep = formText, true
		err = s.takeViews(data.FixedSlice[data.View](d.fixed))
	case convFixedText, convFixedBytes:
		keep = true
		for i, w := 0, s.width; i < n; i++ {
			data.FixedSlice[data.View](d.fixed)[i] = data.BufferView(b[i*w:(i+1)*w], 0, i*w)
		}
	case convNull:
		if n > 0 {
			err = corrupt("a column of nulls has a dictionary")
		}
	default:
		if c.leaf.phys == ptBytes {
			err = s.dictIndirect(c, d, n)
		} else {
			err = convert(cv, d.fixed, b, n, s.width)
		}
	}
	if !keep || err != nil {
		c.release(b)
	}
	if err != nil {
		return err
	}
	d.n = n
	if d.col = (&data.Column{Type: c.leaf.typ, Len: n, Buf: d.fixed, Serial: data.NextSerial()}); keep && n > 0 {
		c.bufs[0] = b
		d.col.Heap = [][]byte{b}
	}
	return nil
}

// dictIndirect decodes a dictionary of decimals or enums in variable-length bytes.
func (s *values) dictIndirect(c *chunk, d *dictionary, n int) error {
	s.form = formText
	views := make([]data.View, n)
	if err := s.takeViews(views); err != nil {
		return err
	}
	return c.vals.convertText(c.leaf, d.fixed, views, [][]byte{s.data})
}
