package op

import (
	"context"
	"io"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/kern"
)

// joinPiece is build and probe rows on disk that are joined with each other and with no others.
type joinPiece struct {
	build, probe []*spill.Run
	level        int
	hot          bool // dividing does not help: hardly more than one key
	source       batchReader
	left         int // build rows that source has not given yet
}

// batchReader gives borrowed batches and then io.EOF.
type batchReader interface {
	Read(ctx context.Context) (*data.Batch, error)
}

// joinPass is all probe rows of a piece against a block of its build rows, which is all of them if they fit in memory.
type joinPass struct {
	piece *joinPiece
	join  *join
	seq   int
	last  bool // of the passes over the piece
	next  int  // next probe run
	ended bool // the rows at the end are handed out
	held  int64

	hits, maybe []data.Bitmap // by probe run: what earlier passes have found, if there are several
}

// rows counts the rows of runs.
func rowsOfRuns(runs []*spill.Run) int {
	n := int64(0)
	for _, r := range runs {
		n += r.Rows()
	}
	return int(n)
}

// advance begins the next pass and reports whether there is one.
func (r *joinRest) advance(ctx context.Context) (bool, error) {
	if p := r.pass; p != nil && !p.last {
		return true, r.load(ctx, p.piece, p)
	}
	r.pass = nil
	for len(r.todo) > 0 {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		p := r.todo[len(r.todo)-1]
		r.todo = r.todo[:len(r.todo)-1]
		j, n := r.j, rowsOfRuns(p.build)
		needBuild, needProbe := !j.keepProbe && !j.anti && !j.mark, j.atEnd != unmatched
		if n == 0 && needBuild || rowsOfRuns(p.probe) == 0 && needProbe {
			if err := p.remove(); err != nil {
				return false, err
			}
			continue
		}
		if j.mem.Insist(r.memory(n)) == nil {
			j.mem.Shrink(r.memory(n))
		} else if !p.hot && j.spill.parts > 1 && p.level < joinLevels && n > data.BatchRows {
			if err := r.divide(ctx, p); err != nil {
				return false, err
			}
			continue
		}
		p.left = n
		p.source = r.buildRows(p)
		return true, r.load(ctx, p, nil)
	}
	return false, nil
}

// memory is about what n build rows take in a table.
func (r *joinRest) memory(n int) int64 {
	each := r.j.spill.perRow
	if t := r.j.table; t != nil {
		each += entryBytes + linkBytes + 3*slotBytes + 8*int64(t.lay.words)
	}
	return each * int64(n)
}

// buildRows reads the build rows of a piece, in build order if that matters.
func (r *joinRest) buildRows(p *joinPiece) batchReader {
	if r.j.spill.ordered && len(p.build) > 1 {
		return newPlaceMerge(p.build)
	}
	return &runsReader{runs: p.build}
}

// runsReader reads runs one after the other.
type runsReader struct {
	runs []*spill.Run
	cur  *spill.Reader
}

// Read implements batchReader.
func (x *runsReader) Read(ctx context.Context) (*data.Batch, error) {
	for {
		if x.cur == nil {
			if len(x.runs) == 0 {
				return nil, io.EOF
			}
			x.cur, x.runs = x.runs[0].Reader(), x.runs[1:]
		}
		b, err := x.cur.Read(ctx)
		if err != io.EOF {
			return b, err
		}
		x.cur = nil
	}
}

// load begins a pass over as many of the piece's build rows that are left as fit in memory; before is the pass over those before them, or nil.
func (r *joinRest) load(ctx context.Context, p *joinPiece, before *joinPass) error {
	j := r.j
	n := p.left
	for n > data.BatchRows && j.mem.Insist(r.memory(n)) != nil {
		n = n/2 + 1
	}
	pass := &joinPass{piece: p}
	if n > data.BatchRows || j.mem.Insist(r.memory(n)) == nil {
		pass.held = r.memory(n)
	}
	list := j.buildTypes
	if j.spill.ordered {
		list = append(list[:len(list):len(list)], placeType)
	}
	cols, n, err := p.take(ctx, list, n)
	if err != nil {
		return err
	}
	p.left -= n
	pass.last = p.left == 0
	if before != nil {
		pass.hits, pass.maybe = before.hits, before.maybe
	}
	r.count++
	pass.seq = r.count
	if !pass.last && pass.hits == nil {
		for _, run := range p.probe {
			pass.hits = append(pass.hits, data.NewBitmap(int(run.Rows())))
			if j.mark {
				pass.maybe = append(pass.maybe, data.NewBitmap(int(run.Rows())))
			}
		}
	}
	pass.join = j.onDisk(cols, n)
	if t := pass.join.table; t != nil && n > 0 {
		if err := t.build(ctx, r.crew, pass.join.keys, n, func(int64) error { return nil }); err != nil {
			return err
		}
	}
	r.pass = pass
	return nil
}

// take reads n rows, or the batches with them.
func (p *joinPiece) take(ctx context.Context, list []dtype.Type, n int) ([]*data.Column, int, error) {
	build := make([]*data.Builder, len(list))
	for i, t := range list {
		build[i] = data.NewBuilder(t, n)
	}
	got := 0
	for got < n {
		b, err := p.source.Read(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		for i, x := range build {
			x.AppendColumn(b.Cols[i], nil)
		}
		got += b.Len
	}
	cols := make([]*data.Column, len(build))
	for i, x := range build {
		cols[i] = x.Build()
	}
	return cols, got, nil
}

// onDisk returns the join of a pass, with n build rows in the columns of the keys, then the kept ones, then their places.
func (j *join) onDisk(cols []*data.Column, n int) *join {
	out := &join{mem: j.mem, probeKeys: j.probeKeys, pairs: j.pairs, keepProbe: j.keepProbe, semi: j.semi, anti: j.anti, mark: j.mark,
		single: j.single, leftBuild: j.leftBuild, atEnd: j.atEnd, out: j.out, kept: j.kept, residual: j.residual, unsure: j.unsure,
		pairIn: j.pairIn, n: n}
	k := j.buildKeys
	out.keys, out.cols = cols[:k], cols[k:]
	if j.table != nil {
		out.table = &joinTable{lay: j.table.lay, safe: j.table.safe}
	}
	if j.spill.ordered {
		out.out = append(slices.Clone(j.out), joinCol{typ: placeType, probe: len(j.spill.probe), build: -1, place: true})
	}
	return out
}

// divide divides the rows of a piece again.
func (r *joinRest) divide(ctx context.Context, p *joinPiece) error {
	j := r.j
	build, probe := make([][]*spill.Run, j.spill.parts), make([][]*spill.Run, j.spill.parts)
	for _, run := range p.build {
		d := j.spill.divider(j, j.buildTypes, p.level+1, true)
		if err := d.redo(ctx, run, build, func(b *data.Batch) ([]*data.Column, error) { return b.Cols[:j.buildKeys], nil }); err != nil {
			return err
		}
	}
	keys := j.probeKeys.worker()
	for _, run := range p.probe {
		d := j.spill.divider(j, j.spill.probe, p.level+1, false)
		if err := d.redo(ctx, run, probe, func(b *data.Batch) ([]*data.Column, error) { return keys.eval(ctx, b) }); err != nil {
			return err
		}
	}
	all := rowsOfRuns(p.build)
	for i := len(build) - 1; i >= 0; i-- {
		c := &joinPiece{build: build[i], probe: probe[i], level: p.level + 1}
		c.hot = rowsOfRuns(c.build) > all/10*9
		r.todo = append(r.todo, c)
	}
	return nil
}

// redo divides the rows of a run and removes it.
func (d *divider) redo(ctx context.Context, run *spill.Run, to [][]*spill.Run, keys func(*data.Batch) ([]*data.Column, error)) error {
	for in := run.Reader(); ; {
		b, err := in.Read(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		k, err := keys(b)
		if err != nil {
			return err
		}
		if err := d.add(ctx, b, k, 0); err != nil {
			return err
		}
	}
	if err := d.finish(ctx, to); err != nil {
		return err
	}
	return run.Remove()
}

// remove frees the disk.
func (p *joinPiece) remove() error {
	for _, r := range append(slices.Clone(p.build), p.probe...) {
		if err := r.Remove(); err != nil {
			return err
		}
	}
	return nil
}

// leave ends the pass.
func (r *joinRest) leave() error {
	p := r.pass
	r.j.mem.Shrink(p.held)
	p.held, p.join = 0, nil
	if p.last {
		return p.piece.remove()
	}
	return nil
}

// again joins probe rows of a task. What earlier passes over the same rows have found is carried on.
func (s *joinStep) again(ctx context.Context, t *restTask, b *data.Batch, emit exec.Emit) error {
	p := t.pass
	s.settle = p.last
	if p.hits == nil {
		return s.Push(ctx, b, emit)
	}
	n := b.Len
	s.was = sized(s.was, data.Words(n))
	clear(s.was)
	kern.CopyBits(s.was, 0, p.hits[t.run], t.row, n)
	if p.maybe != nil {
		s.wasMaybe = sized(s.wasMaybe, data.Words(n))
		clear(s.wasMaybe)
		kern.CopyBits(s.wasMaybe, 0, p.maybe[t.run], t.row, n)
	}
	err := s.Push(ctx, b, emit)
	kern.CopyBits(p.hits[t.run], t.row, s.hits, 0, n)
	if p.maybe != nil {
		kern.CopyBits(p.maybe[t.run], t.row, s.maybe, 0, n)
	}
	t.row += n
	return err
}
