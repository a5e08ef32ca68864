package op

import (
	"context"
	"io"
	"slices"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

// An aggregate with DISTINCT is fed by another one that groups by the keys and the arguments: its groups are the distinct rows. They are found
// partition by partition in cache, in parallel however few groups there are, and on disk if need be.

// placeType is the type of a column of places.
var placeType = dtype.Of(dtype.Uint64)

// same reports whether c, an aggregate with DISTINCT, sees the rows of f.
func (f *aggFeed) same(c *aggCall) bool { return slices.Equal(f.args, c.args) && f.filter == c.filter }

// add notes positions that the calls refer to.
func (f *aggFeed) add(at ...int) {
	for _, x := range at {
		if !slices.Contains(f.cols, x) {
			f.cols = append(f.cols, x)
		}
	}
}

// pairWriter is one worker's part of finding the distinct rows of a feed.
type pairWriter struct {
	a    *hashAgg // of the pairs
	feed *aggFeed
	core *aggCore
	in   *aggInput
	keys []*data.Column

	sieve *codeSieve // if hashAgg.sifts
}

func newPairWriters(a *hashAgg, s *aggSet) []*pairWriter {
	var out []*pairWriter
	for f := 1; f < len(a.feeds); f++ {
		p := s.pairs[f]
		w := &pairWriter{a: p, feed: &a.feeds[f], core: newAggCore(p, p.sets[0], aggGroupsMax), in: newAggInput(p)}
		if p.sifts() {
			w.sieve = &codeSieve{}
		}
		out = append(out, w)
	}
	return out
}

// add takes the rows of a batch of the input whose key columns are keys.
func (p *pairWriter) add(ctx context.Context, in *aggInput, keys []*data.Column) error {
	p.keys = append(p.keys[:0], keys...)
	for _, at := range p.feed.args {
		p.keys = append(p.keys, in.cols[at])
	}
	p.in.begin(0, in.n, in.first, nil)
	if p.feed.filter >= 0 {
		rows := compute.Make[uint32](&p.in.scratch, in.n)
		rows = rows[:kern.SelFromBits(rows, compute.Truth(&p.in.scratch, in.cols[p.feed.filter]), in.n)]
		p.take(rows, in.first)
	}
	if p.sieve != nil && p.in.n > 0 {
		if rows, some := p.sieve.fresh(p.keys[0], p.in.n); some {
			p.take(rows, in.first)
		}
	}
	if p.in.n == 0 {
		return nil
	}
	return p.core.add(ctx, p.in, p.keys)
}

// take leaves only some of the rows; the first of the batch is at first.
func (p *pairWriter) take(rows []uint32, first uint64) {
	p.in.take(rows, first)
	for i, c := range p.keys {
		p.keys[i] = compute.Gather(&p.in.scratch, c, rows)
	}
}

// finishFeeds gives the distinct rows of all feeds to the cores of the set.
func (a *hashAgg) finishFeeds(ctx context.Context, crew *exec.Crew, s *aggSet) error {
	for f := 1; f < len(a.feeds); f++ {
		src, err := s.pairs[f].Finish(ctx, crew)
		if err != nil {
			return err
		}
		for len(s.done) < max(crew.Threads, 1) {
			s.done = append(s.done, newAggCore(a, s, aggGroupsMax))
		}
		if err := s.feedAll(ctx, a, crew, f, src); err != nil {
			return err
		}
		if err := src.Close(); err != nil {
			return err
		}
	}
	return nil
}

// feedAll reads src, the distinct rows of feed f, with all workers.
func (s *aggSet) feedAll(ctx context.Context, a *hashAgg, crew *exec.Crew, f int, src exec.Source) error {
	if err := src.Open(ctx); err != nil {
		return err
	}
	var mu sync.Mutex
	next := func(ctx context.Context) (exec.Task, error) {
		mu.Lock()
		defer mu.Unlock()
		return src.Next(ctx)
	}
	return crew.Each(ctx, max(crew.Threads, 1), func(ctx context.Context, _, i int) error {
		r := src.Worker(i)
		in := newAggInput(a)
		for {
			t, err := next(ctx)
			if err == io.EOF {
				return r.Close()
			}
			if err == nil {
				err = r.Start(ctx, t)
			}
			for err == nil {
				var b *data.Batch
				if b, err = r.Read(ctx); err == nil {
					err = s.done[i].feed(ctx, in, f, b)
				}
			}
			if err != io.EOF {
				_ = r.Close() // the first error says more
				return err
			}
		}
	})
}

// feed takes distinct rows of feed f: the keys, the arguments, and the place if calls need it.
func (c *aggCore) feed(ctx context.Context, in *aggInput, f int, b *data.Batch) error {
	feed := &c.a.feeds[f]
	k := len(c.set.keys)
	for j, at := range feed.args {
		in.cols[at] = b.Cols[k+j]
	}
	var places []uint64
	if feed.placed {
		places = data.Slice[uint64](b.Cols[k+len(feed.args)])
	}
	in.begin(f, b.Len, placeUnknown, places)
	in.prepare()
	return c.add(ctx, in, b.Cols[:k])
}
