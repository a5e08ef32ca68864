package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/eval"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

// Worker implements exec.Transform.
func (j *join) Worker(i int) exec.Step {
	s := &joinStep{j: j, worker: i, settle: true}
	if j.table != nil {
		s.keys, s.find = j.probeKeys.worker(), newJoinProbe(j.table)
	}
	if j.residual != nil {
		s.test = j.residual.Worker()
	}
	if j.unsure != nil {
		s.unsure = j.unsure.Worker()
	}
	return s
}

// joinStep probes for one worker. Pairs are gathered in blocks of data.BatchRows, tested, and put out; in the order of probe rows, and for one
// probe row in the order of build rows.
type joinStep struct {
	j    *join
	keys *exprWorker
	find *joinProbe
	test *eval.FilterWorker

	unsure *eval.FilterWorker
	maybe  data.Bitmap // probe rows of the batch with a pair of which the residual is unknown

	pos, ref []uint32    // the block: probe row, build row
	mpos     []uint32    // the block with the probe rows that have no match in their place
	mref     []uint32    // kern.NoRow for those
	settled  int         // probe rows whose matches are all known
	settle   bool        // matches of the whole build side are known after the batch
	was      data.Bitmap // hits of earlier blocks of the build side, if it comes in several; also in hits
	wasMaybe data.Bitmap // the same of maybe
	bits     data.Bitmap
	worker   int
	row      int64       // rows of the morsel that went to disk
	hits     data.Bitmap // probe rows of the batch that have matched
	own      data.Bitmap // build rows that have matched

	pairs   data.Batch
	out     data.Batch
	scratch compute.Scratch
}

// useless reports whether no probe row can put out anything: the build side is empty and only matches count.
func (j *join) useless() bool { return j.n == 0 && !j.keepProbe && !j.anti && !j.mark }

// Push implements exec.Step.
func (s *joinStep) Push(ctx context.Context, b *data.Batch, emit exec.Emit) error {
	j := s.j
	if j.useless() {
		return exec.Stop
	}
	if j.spill != nil && j.spill.on {
		return s.divert(ctx, b)
	}
	if j.atEnd != nothing && s.own == nil {
		s.own = data.NewBitmap(j.n)
	}
	s.hits = sized(s.hits, data.Words(b.Len))
	clear(s.hits)
	copy(s.hits, s.was)
	if j.mark {
		s.maybe = sized(s.maybe, data.Words(b.Len))
		clear(s.maybe)
		copy(s.maybe, s.wasMaybe)
	}
	s.settled = 0
	if j.n > 0 {
		var err error
		if j.table != nil {
			err = s.probe(ctx, b, emit)
		} else {
			err = s.loop(ctx, b, emit)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case j.keepProbe && j.n == 0:
		return s.emitProbe(b, nil, nil, emit)
	case j.semi, j.anti:
		return s.emitHits(b, emit)
	case j.mark:
		return s.emitMarks(ctx, b, emit)
	default:
		return nil
	}
}

// probe makes the pairs of a hash join.
func (s *joinStep) probe(ctx context.Context, b *data.Batch, emit exec.Emit) error {
	j := s.j
	keys, err := s.keys.eval(ctx, b)
	if err != nil {
		return err
	}
	heads := s.find.find(keys, b.Len)
	s.pos, s.ref = sized(s.pos, data.BatchRows)[:0], sized(s.ref, data.BatchRows)[:0]
	once := s.test == nil && !j.pairs && j.atEnd == nothing // only whether there is a match
	if j.table.unique || once {
		pos, ref := s.pos[:data.BatchRows], s.ref[:data.BatchRows]
		n := 0
		for i, h := range heads {
			pos[n&(data.BatchRows-1)], ref[n&(data.BatchRows-1)] = uint32(i), h-1
			if h != 0 {
				n++
			}
		}
		s.pos, s.ref = pos[:n], ref[:n]
		return s.block(ctx, b, b.Len, emit)
	}
	next := j.table.next
	for i, h := range heads {
		for h != 0 {
			if len(s.pos) == data.BatchRows {
				if err := s.block(ctx, b, i, emit); err != nil {
					return err
				}
			}
			s.pos, s.ref = append(s.pos, uint32(i)), append(s.ref, h-1)
			h = next[h-1]
		}
	}
	return s.block(ctx, b, b.Len, emit)
}

// loop makes all pairs.
func (s *joinStep) loop(ctx context.Context, b *data.Batch, emit exec.Emit) error {
	s.pos, s.ref = sized(s.pos, data.BatchRows)[:0], sized(s.ref, data.BatchRows)[:0]
	for i := range b.Len {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for r := 0; r < s.j.n; {
			room := min(data.BatchRows-len(s.pos), s.j.n-r)
			for range room {
				s.pos, s.ref = append(s.pos, uint32(i)), append(s.ref, uint32(r))
				r++
			}
			if len(s.pos) == data.BatchRows {
				if err := s.block(ctx, b, i, emit); err != nil {
					return err
				}
			}
		}
	}
	return s.block(ctx, b, b.Len, emit)
}

// block tests the pairs, notes the matches, puts the pairs out, and empties the block. The probe rows below upto have no further pairs.
func (s *joinStep) block(ctx context.Context, b *data.Batch, upto int, emit exec.Emit) error {
	j := s.j
	s.scratch.Reset()
	if s.test != nil && len(s.pos) > 0 {
		s.gather(&s.pairs, j.pairIn, b)
		if err := s.noteUnsure(ctx); err != nil {
			return err
		}
		rows, all, err := s.test.Select(ctx, &s.pairs)
		if err != nil {
			return exec.Untraced(exec.AtRow(err))
		}
		if !all {
			kern.Take(s.pos, s.pos, rows)
			kern.Take(s.ref, s.ref, rows)
			s.pos, s.ref = s.pos[:len(rows)], s.ref[:len(rows)]
		}
	}
	if err := s.note(); err != nil {
		return err
	}
	if j.keepProbe {
		if err := s.emitWithMissed(b, upto, emit); err != nil {
			return err
		}
	} else if j.pairs && len(s.pos) > 0 {
		s.gather(&s.out, j.out, b)
		if err := emit(&s.out); err != nil {
			return err
		}
	}
	s.pos, s.ref = s.pos[:0], s.ref[:0]
	return nil
}

// noteUnsure records the probe rows of the block's pairs for which the residual is unknown.
func (s *joinStep) noteUnsure(ctx context.Context) error {
	if s.unsure == nil {
		return nil
	}
	rows, all, err := s.unsure.Select(ctx, &s.pairs)
	if err != nil {
		return exec.Untraced(exec.AtRow(err))
	}
	if all {
		for _, i := range s.pos {
			s.maybe.Set(int(i))
		}
		return nil
	}
	for _, k := range rows {
		s.maybe.Set(int(s.pos[k]))
	}
	return nil
}

// emitWithMissed puts out the pairs of the block, with the rows below upto that have no match in their place among them.
func (s *joinStep) emitWithMissed(b *data.Batch, upto int, emit exec.Emit) error {
	pos, ref := s.mpos[:0], s.mref[:0]
	missed := func(to int) {
		for ; s.settled < to && s.settle; s.settled++ {
			if !s.hits.Get(s.settled) {
				pos, ref = append(pos, uint32(s.settled)), append(ref, kern.NoRow)
			}
		}
	}
	for i, p := range s.pos {
		missed(int(p))
		pos, ref = append(pos, p), append(ref, s.ref[i])
	}
	missed(upto)
	s.mpos, s.mref = pos, ref
	keepPos, keepRef := s.pos, s.ref
	defer func() { s.pos, s.ref = keepPos, keepRef }()
	for lo := 0; lo < len(pos); lo += data.BatchRows {
		hi := min(lo+data.BatchRows, len(pos))
		s.pos, s.ref = pos[lo:hi], ref[lo:hi]
		s.scratch.Reset()
		s.gather(&s.out, s.j.out, b)
		if err := emit(&s.out); err != nil {
			return err
		}
	}
	return nil
}

// note records which rows have matched.
func (s *joinStep) note() error {
	j := s.j
	twice := false
	if j.keepProbe || j.semi || j.anti || j.mark {
		for _, i := range s.pos {
			bit := uint64(1) << (i & 63)
			twice = twice || s.hits[i>>6]&bit != 0
			s.hits[i>>6] |= bit
		}
	}
	if j.atEnd != nothing {
		for _, r := range s.ref {
			bit := uint64(1) << (r & 63)
			twice = twice || j.leftBuild && s.own[r>>6]&bit != 0
			s.own[r>>6] |= bit
		}
	}
	if j.single && twice {
		return manyRows()
	}
	return nil
}

func manyRows() error {
	return fault.New(fault.Value, "a scalar subquery returned more than one row").WithHint("add LIMIT 1, or an aggregate such as max")
}

// gather makes the batch of the pairs with the given columns.
func (s *joinStep) gather(out *data.Batch, cols []joinCol, b *data.Batch) {
	out.Cols, out.Len, out.Morsel = out.Cols[:0], len(s.pos), b.Morsel
	whole := len(s.pos) == b.Len && s.pos[0] == 0 && s.pos[b.Len-1] == uint32(b.Len-1) && ascending(s.pos)
	for _, c := range cols {
		switch {
		case c.probe < 0 && s.j.keepProbe:
			out.Cols = append(out.Cols, compute.GatherNullable(&s.scratch, s.j.cols[c.build], signed(s.ref)))
		case c.probe < 0:
			out.Cols = append(out.Cols, compute.Gather(&s.scratch, s.j.cols[c.build], s.ref))
		case whole:
			out.Cols = append(out.Cols, b.Cols[c.probe])
		default:
			out.Cols = append(out.Cols, compute.Gather(&s.scratch, b.Cols[c.probe], s.pos))
		}
	}
}

// ascending reports whether each row is once in rows, in order.
func ascending(rows []uint32) bool {
	bad := uint32(0)
	for i, r := range rows {
		bad |= r ^ uint32(i)
	}
	return bad == 0
}

// emitHits puts out the probe rows of a semi or anti join: the former as soon as they match.
func (s *joinStep) emitHits(b *data.Batch, emit exec.Emit) error {
	if s.j.anti && !s.settle {
		return nil
	}
	s.bits = append(s.bits[:0], s.hits...)
	if s.j.anti {
		kern.BitmapNot(s.bits, s.bits, b.Len)
	}
	for i, w := range s.was {
		if s.j.semi {
			s.bits[i] &^= w
		}
	}
	s.pos = sized(s.pos, max(b.Len, data.BatchRows))
	rows := s.pos[:kern.SelFromBits(s.pos, s.bits, b.Len)]
	if len(rows) == 0 {
		return nil
	}
	return s.emitProbe(b, rows, nil, emit)
}

// emitProbe puts out probe rows (all if rows is nil) without a partner.
func (s *joinStep) emitProbe(b *data.Batch, rows []uint32, mark *data.Column, emit exec.Emit) error {
	s.scratch.Reset()
	n := b.Len
	if rows != nil {
		n = len(rows)
	}
	s.out.Cols, s.out.Len, s.out.Morsel = s.out.Cols[:0], n, b.Morsel
	for _, c := range s.j.out {
		switch {
		case c.probe >= 0 && n == b.Len:
			s.out.Cols = append(s.out.Cols, b.Cols[c.probe])
		case c.probe >= 0:
			s.out.Cols = append(s.out.Cols, compute.Gather(&s.scratch, b.Cols[c.probe], rows))
		case c.build >= 0:
			s.out.Cols = append(s.out.Cols, s.scratch.Null(c.typ, n))
		default:
			s.out.Cols = append(s.out.Cols, mark)
		}
	}
	return emit(&s.out)
}

// emitMarks puts out all probe rows with the mark: true, false, or null where it cannot be known because of nulls.
func (s *joinStep) emitMarks(ctx context.Context, b *data.Batch, emit exec.Emit) error {
	if j := s.j; j.table != nil && j.n > 0 && j.residual == nil {
		keys, err := s.keys.eval(ctx, b)
		if err != nil {
			return err
		}
		for i := range b.Len {
			if !s.hits.Get(i) && j.unknown(keys, i) {
				s.maybe.Set(i)
			}
		}
	}
	if !s.settle {
		return nil
	}
	mark := data.BoolColumn(append(data.Bitmap(nil), s.hits...), b.Len, nil)
	unknown := false
	valid := data.NewBitmap(b.Len)
	valid.FillOnes(b.Len)
	for i, m := range s.maybe {
		unknown = unknown || m&^s.hits[i] != 0
		valid[i] &^= m &^ s.hits[i]
	}
	if unknown {
		mark.Valid = valid
	}
	return s.emitProbe(b, nil, mark, emit)
}

// unknown reports whether a probe row without a match could match if a null were some value.
func (j *join) unknown(keys []*data.Column, i int) bool {
	null := false
	for k, c := range keys {
		null = null || !j.table.safe[k] && c.IsNull(i)
	}
	if !null && len(j.table.nulls) == 0 {
		return false
	}
	if len(keys) == 1 {
		return true
	}
	possible := func(r int) bool {
		for k, c := range keys {
			if !j.table.safe[k] && (c.IsNull(i) || j.keys[k].IsNull(r)) {
				continue
			}
			if compute.CompareRow(c, i, j.keys[k], r) != 0 {
				return false
			}
		}
		return true
	}
	if !null {
		for _, r := range j.table.nulls {
			if possible(int(r)) {
				return true
			}
		}
		return false
	}
	for r := range j.n {
		if possible(r) {
			return true
		}
	}
	return false
}

// Flush implements exec.Step. The worker's matches are handed over at the end of each morsel, since the rest of the build side is read after the
// last morsel has ended.
func (s *joinStep) Flush(context.Context, uint64, exec.Emit) error {
	j := s.j
	s.row = 0
	if s.own == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.hit == nil {
		j.hit = data.NewBitmap(j.n)
	}
	for i, w := range s.own {
		if j.single && j.leftBuild && j.hit[i]&w != 0 {
			return manyRows()
		}
		j.hit[i] |= w
	}
	if j.single {
		clear(s.own) // so that the next morsel's matches are told from these
	}
	return nil
}
