package parquet

// levelReader reads a leaf with repetition or several definition levels, row by row as the levels say, for nestedColumn.
type levelReader struct {
	c      chunk
	leaf   *leafInfo
	v      vector
	rep    []uint8 // levels of the current batch
	def    []uint8
	block  [2][levelBlock]uint8 // decoded levels of the page that no batch has had yet
	at, to int                  // in block
	begun  bool                 // the first entry has been seen
}

const (
	levelBlock = 2048
	// entriesMax bounds the entries of one batch: a row with more cannot be held.
	entriesMax = 1 << 25
)

func (r *levelReader) open(g *group) error {
	r.v.init(r.leaf.typ)
	r.at, r.to, r.begun = 0, 0, false
	return r.c.open(r.leaf, &g.meta.chunks[r.leaf.index], g, nil)
}

// rows reads the entries of the next n rows; with keep, their levels and values replace those of the last batch.
func (r *levelReader) rows(n int, keep bool) error {
	r.c.recycle(false)
	r.v.reset()
	r.rep, r.def = r.rep[:0], r.def[:0]
	for started := 0; ; {
		if r.at == r.to {
			more, err := r.fill()
			if err != nil {
				return err
			}
			if !more {
				if started < n {
					return corrupt("the chunk ends after %d of %d rows", started, n)
				}
				return nil
			}
		}
		from := r.at
		started = r.advance(started, n)
		if err := r.consume(from, keep); err != nil {
			return err
		}
		if r.at < r.to {
			return nil
		}
		if r.leaf.maxRep == 0 && started == n {
			return nil
		}
	}
}

// advance moves at to the start of row n, counted like started, or to the end of the block.
func (r *levelReader) advance(started, n int) int {
	if r.leaf.maxRep == 0 {
		k := min(n-started, r.to-r.at)
		r.at += k
		return started + k
	}
	rep := r.block[0][:r.to]
	i := r.at
	for ; i < len(rep); i++ {
		if rep[i] == 0 {
			if started == n {
				break
			}
			started++
		}
	}
	r.at = i
	return started
}

// fill decodes the levels of the next entries, of the next page if the current one is used up.
func (r *levelReader) fill() (more bool, err error) {
	c := &r.c
	if more, err = c.next(); err != nil || !more {
		return false, err
	}
	if err := c.load(); err != nil {
		return false, err
	}
	n := min(c.left, levelBlock)
	ok := true
	if r.leaf.maxRep > 0 {
		ok = levelsInto(r.block[0][:n], &c.reps, &c.oldReps, r.leaf.maxRep)
	}
	if r.leaf.maxDef > 0 {
		ok = levelsInto(r.block[1][:n], &c.defs, &c.oldDefs, r.leaf.maxDef) && ok
	}
	if !ok {
		return false, errLevels
	}
	if !r.begun && r.leaf.maxRep > 0 && r.block[0][0] != 0 {
		return false, corrupt("the first row starts with repetition level %d", r.block[0][0])
	}
	r.begun = true
	c.left -= n
	r.at, r.to = 0, n
	return true, nil
}

func levelsInto(dst []uint8, h *hybrid, old *[]uint8, limit uint8) bool {
	if *old == nil {
		return h.bytes(dst, limit)
	}
	n := copy(dst, *old)
	*old = (*old)[n:]
	for _, x := range dst {
		if x > limit {
			return false
		}
	}
	return n == len(dst)
}

// consume takes entries from..at of the block: their levels and values join the batch, or are passed over.
func (r *levelReader) consume(from int, keep bool) error {
	def := r.block[1][from:r.at]
	n := len(def)
	if top := r.leaf.maxDef; top > 0 {
		n = 0
		for _, d := range def {
			if d == top {
				n++
			}
		}
	}
	if !keep {
		return r.c.vals.skip(n)
	}
	if len(r.def)+len(def) > entriesMax {
		return unsupported("rows with over %d elements in a batch", entriesMax)
	}
	r.def = append(r.def, def...)
	if r.leaf.maxRep > 0 {
		r.rep = append(r.rep, r.block[0][from:r.at]...)
	}
	return r.c.vals.read(&r.c, &r.v, n, false)
}
