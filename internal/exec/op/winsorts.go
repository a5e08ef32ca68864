package op

import (
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
)

// Rows that belong together and are too many for memory go through one external sort for each different PARTITION BY and ORDER BY. Their order is
// written to a winTape, and the functions are computed along it, a page at a time. The columns of the sorts are the collected ones, the place, and
// the results so far.

// newSort returns the sort of rows for the calls of one order, which already have results of the types.
func (w *window) newSort(call *winCall, results []dtype.Type) *sortSink {
	place := len(w.types)
	k := &sortKeys{exprs: &exprs{}, types: slices.Concat(w.types, []dtype.Type{placeType}, results)}
	k.out = len(k.types)
	for _, at := range call.partition {
		k.at, k.orders = append(k.at, at), append(k.orders, defs.Order{})
	}
	for i, at := range call.order {
		k.at, k.orders = append(k.at, at), append(k.orders, call.win.Order[i].Order)
	}
	k.at, k.orders = append(k.at, place), append(k.orders, defs.Order{})
	return w.keepSort(k)
}

// keepSort returns a sort by k that is released with w at the latest.
func (w *window) keepSort(k *sortKeys) *sortSink {
	for i := range k.types {
		k.exprs.refs = append(k.exprs.refs, i)
	}
	s := &sortSink{k: k, lay: newSortLayout(k.types), slabs: w.slabs, mem: w.mem, space: w.space, lent: true}
	w.sorts = append(w.sorts, s)
	return s
}

// external computes the functions for the rows of a sort for the first order, and hands rows as the output wants them, with their places, to out.
func (w *window) external(ctx context.Context, crew *exec.Crew, rows *sortSink, out exec.Writer) error {
	done := make([]int, len(w.calls)) // columns of the results
	var types []dtype.Type
	for left := w.calls; ; {
		var now, later []*winCall
		for _, c := range left {
			if sameOrder(left[0], c) {
				now = append(now, c)
			} else {
				later = append(later, c)
			}
		}
		for _, c := range now {
			done[slices.Index(w.calls, c)] = len(w.types) + 1 + len(types)
			types = append(types, c.win.Typ)
		}
		emit := func(b *data.Batch) error { return out.Write(ctx, w.output(b, done)) }
		var next *sortSink
		if len(later) > 0 {
			next = w.newSort(later[0], types)
			to := next.Worker(0)
			emit = func(b *data.Batch) error { return to.Write(ctx, b) }
		}
		if err := w.along(ctx, crew, rows, now, emit); err != nil {
			return err
		}
		if next == nil {
			return nil
		}
		rows, left = next, later
	}
}

// output returns the output columns of rows with all results, and their places.
func (w *window) output(b *data.Batch, done []int) *data.Batch {
	out := &data.Batch{Len: b.Len}
	for _, at := range w.out {
		if at < 0 {
			at = done[-2-at]
		}
		out.Cols = append(out.Cols, b.Cols[at])
	}
	out.Cols = append(out.Cols, b.Cols[len(w.types)])
	return out
}

// along writes the rows of a sort to a tape, and emits them with the results of the calls, which have the order of the sort.
func (w *window) along(ctx context.Context, crew *exec.Crew, rows *sortSink, calls []*winCall, emit func(*data.Batch) error) error {
	rows.alone = true
	src, err := rows.Finish(ctx, crew)
	if err != nil {
		return err
	}
	tw, err := newTapeWriter(ctx, w.space, rows.k.types, calls[0].partition, calls[0].order, max(rows.lay.width, 1)+int(rows.heap))
	if err != nil {
		return err
	}
	if err := drain(ctx, src, func(b *data.Batch) error { return tw.write(ctx, b) }); err != nil {
		return err
	}
	t, err := tw.finish(ctx)
	if err != nil {
		return err
	}
	p := &tapePass{w: w, t: t, calls: calls}
	err = p.run(ctx, crew, emit)
	w.mem.Shrink(p.held)
	if err != nil {
		return err
	}
	return t.run.Remove()
}

// drain hands all rows of a source to fn, in order, and closes it.
func drain(ctx context.Context, src exec.Source, fn func(*data.Batch) error) (err error) {
	defer func() { err = cmp.Or(err, src.Close()) }()
	if err := src.Open(ctx); err != nil {
		return err
	}
	rd := src.Worker(0)
	defer func() { err = cmp.Or(err, rd.Close()) }()
	for {
		t, err := src.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := rd.Start(ctx, t); err != nil {
			return err
		}
		for {
			b, err := rd.Read(ctx)
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			if err := fn(b); err != nil {
				return err
			}
		}
	}
}

// tapePass computes calls along a tape.
type tapePass struct {
	w     *window
	t     *winTape
	calls []*winCall
	held  int64
	each  int64        // the part of held that a worker has
	whole []*wholeCall // by call, or nil
	reads []*tapeCache // by worker
}

// stateBytes is about the size of the state of an aggregate.
const stateBytes = 96

// insist reserves bytes until the pass ends.
func (p *tapePass) insist(bytes int64) error {
	if err := p.need(bytes); err != nil {
		return err
	}
	p.held += bytes
	return nil
}

// need reserves bytes, which the caller gives back, if need be at the cost of the workers after the first.
func (p *tapePass) need(bytes int64) error {
	err := p.w.mem.Insist(bytes)
	if len(p.reads) < 2 || !p.w.space.Refused(err) {
		return err
	}
	spare := int64(len(p.reads)-1) * p.each
	p.w.mem.Shrink(spare)
	p.held, p.reads = p.held-spare, p.reads[:1]
	return p.w.mem.Insist(bytes)
}

// prepare reserves memory, for as many workers as there is, and finds what the pages need to know of each other.
func (p *tapePass) prepare(ctx context.Context, threads int) error {
	if err := p.insist(int64(len(p.t.pages)) * winPageBytes); err != nil {
		return err
	}
	page := p.t.run.ReaderBytes() + int64(len(p.calls)*2*stateBytes+32)<<p.t.shift
	p.each = cachedPages * page
	if err := p.insist(p.each); err != nil {
		return err
	}
	p.reads = []*tapeCache{{t: p.t}}
	for len(p.reads) < threads && p.w.mem.Grow(p.each) == nil {
		p.held += p.each
		p.reads = append(p.reads, &tapeCache{t: p.t})
	}
	p.whole = make([]*wholeCall, len(p.calls))
	for i, c := range p.calls {
		if c.win.IgnoreNulls {
			if err := p.t.countKnown(ctx, p.reads[0], c.args[0]); err != nil {
				return err
			}
		}
		if c.spec == nil {
			continue
		}
		s, err := c.spec.newState()
		if err != nil {
			return err
		}
		if !mergeable(s) {
			p.whole[i] = &wholeCall{call: c}
			continue
		}
		size, err := p.t.raise(ctx, p.reads[0], c)
		if err != nil {
			return err
		}
		if err := p.insist(size); err != nil {
			return err
		}
	}
	return nil
}

// run computes the calls page after page, several at a time, and emits the pages with the results as last columns.
func (p *tapePass) run(ctx context.Context, crew *exec.Crew, emit func(*data.Batch) error) error {
	if len(p.t.pages) == 0 {
		return nil
	}
	err := p.prepare(ctx, crew.Threads)
	for lo, n := 0, 0; err == nil && lo < len(p.t.pages); lo += n {
		n = min(2*len(p.reads), len(p.t.pages)-lo)
		out := make([]*data.Batch, n)
		for i := range out {
			if out[i], err = p.page(ctx, lo+i); err != nil {
				break
			}
		}
		if err == nil {
			err = (&exec.Crew{Threads: len(p.reads)}).Each(ctx, n, func(ctx context.Context, worker, i int) error {
				return p.compute(ctx, p.reads[worker], lo+i, out[i])
			})
		}
		for i := 0; err == nil && i < n; i++ {
			err = emit(out[i])
		}
	}
	for _, h := range p.whole {
		if h != nil {
			p.held += h.held
		}
	}
	return err
}

// page returns the columns of a page, and the results of the calls that see whole partitions.
func (p *tapePass) page(ctx context.Context, at int) (*data.Batch, error) {
	x, err := p.reads[0].page(ctx, at)
	if err != nil {
		return nil, err
	}
	b := &data.Batch{Len: x.n, Cols: make([]*data.Column, len(x.cols)+len(p.calls))}
	copy(b.Cols, x.cols)
	for i, h := range p.whole {
		if h == nil {
			continue
		}
		if b.Cols[len(x.cols)+i], err = h.page(ctx, p, at); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// compute adds the results of the other calls to a page.
func (p *tapePass) compute(ctx context.Context, read *tapeCache, at int, b *data.Batch) error {
	x, err := read.page(ctx, at)
	if err != nil {
		return err
	}
	for i, c := range p.calls {
		if p.whole[i] != nil {
			continue
		}
		r := winRun{call: c, winRows: x, tape: p.t, read: read}
		col := len(x.cols) + i
		if b.Cols[col], err = r.compute(ctx); err != nil {
			return err
		}
		bug.Assert(b.Cols[col].Len == b.Len, "a window function has a result for each row")
	}
	return nil
}
