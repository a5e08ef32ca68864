package op

import (
	"context"
	"io"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/kern"
)

// joinRest is the source of what a join puts out after its last probe row: the build rows that come at the end, or, if the join is on disk,
// everything. Then it makes a pass over each piece: it builds the table of the piece's build rows, hands out the runs of its probe rows as tasks,
// which joinRestStep joins, and when all have ended the build rows that come at the end. There is one pass at a time, so that it has all of the
// memory.
type joinRest struct {
	j    *join
	crew *exec.Crew

	list  chunks // in memory
	todo  []*joinPiece
	count int // passes begun
	pass  *joinPass
	tasks []*restTask // of the workers

	running exec.InFlight // tasks that have not ended

	mu     sync.Mutex
	sorted []placedRun // results by place, if the order matters
}

// restTask is rows to put out as they are, or probe rows to join.
type restTask struct {
	chunk exec.Task
	pass  *joinPass
	run   int // of the probe runs of the piece
	row   int // rows that have been joined
}

// placedRun is a run of results in the order of their places, which are the last column.
type placedRun struct {
	run *spill.Run
	seq int // of the pass; the order among rows of one place
}

// Open implements exec.Source.
func (r *joinRest) Open(ctx context.Context) error {
	j := r.j
	switch {
	case j.n == 0:
		return nil
	case j.spill == nil || !j.spill.on:
		if j.atEnd != nothing {
			r.list.add(j.endRows())
		}
		return nil
	}
	j.forgetSets()
	probe := make([][]*spill.Run, j.spill.parts)
	for i, d := range j.spill.dividers {
		if d == nil {
			continue
		}
		if err := d.finish(ctx, probe); err != nil {
			return err
		}
		j.spill.dividers[i] = nil
	}
	for p := j.spill.parts - 1; p >= 0; p-- {
		r.todo = append(r.todo, &joinPiece{build: j.spill.build[p], probe: probe[p]})
	}
	return nil
}

// endRows returns the build rows that come at the end.
func (j *join) endRows() chunk {
	bits := data.NewBitmap(j.n)
	copy(bits, j.hit)
	if j.atEnd == unmatched {
		kern.BitmapNot(bits, bits, j.n)
	}
	c := chunk{rows: make([]uint32, j.n+1)}
	c.n = kern.SelFromBits(c.rows, bits, j.n)
	c.rows = c.rows[:c.n]
	for _, x := range j.out {
		switch {
		case x.place:
			c.cols = append(c.cols, behind(j.cols[len(j.cols)-1]))
		case x.build >= 0:
			c.cols = append(c.cols, j.cols[x.build])
		default:
			c.cols = append(c.cols, data.NullColumn(x.typ, j.n))
		}
	}
	return c
}

// behind returns places that come after those of all probe rows.
func behind(c *data.Column) *data.Column {
	out := make([]uint64, c.Len)
	for i, p := range data.Slice[uint64](c) {
		out[i] = p | 1<<63
	}
	return data.FlatColumn(placeType, out, nil)
}

// Next implements exec.Source.
func (r *joinRest) Next(ctx context.Context) (exec.Task, error) {
	for {
		t, err := r.list.Next(ctx)
		if err == nil {
			return r.begin(&restTask{chunk: t, pass: r.pass}), nil
		}
		if err != io.EOF {
			return nil, err
		}
		if p := r.pass; p != nil {
			if p.next < len(p.piece.probe) {
				p.next++
				return r.begin(&restTask{pass: p, run: p.next - 1}), nil
			}
			if err := r.running.Drain(ctx); err != nil {
				return nil, err
			}
			if !p.ended {
				p.ended = true
				if p.join.atEnd != nothing {
					r.list = chunks{}
					r.list.add(p.join.endRows())
				}
				continue
			}
			if err := r.leave(); err != nil {
				return nil, err
			}
		}
		if more, err := r.advance(ctx); err != nil || !more {
			return nil, orEOF(err)
		}
	}
}

func orEOF(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

// begin counts a task.
func (r *joinRest) begin(t *restTask) *restTask {
	r.running.Begin()
	return t
}

// Worker implements exec.Source.
func (r *joinRest) Worker(i int) exec.Reader { return &joinRestReader{r: r, worker: i} }

// Close implements exec.Source.
func (r *joinRest) Close() error {
	r.todo, r.pass, r.tasks, r.list = nil, nil, nil, chunks{}
	return nil
}

// joinRestReader reads the rows of tasks.
type joinRestReader struct {
	r      *joinRest
	worker int
	chunk  chunkReader
	run    *spill.Reader
}

// Start implements exec.Reader.
func (x *joinRestReader) Start(ctx context.Context, t exec.Task) error {
	task := t.(*restTask)
	x.r.tasks[x.worker] = task
	if task.chunk != nil {
		x.run = nil
		return x.chunk.Start(ctx, task.chunk)
	}
	x.run = task.pass.piece.probe[task.run].Reader()
	return nil
}

// Read implements exec.Reader.
func (x *joinRestReader) Read(ctx context.Context) (*data.Batch, error) {
	if x.run != nil {
		return x.run.Read(ctx)
	}
	return x.chunk.Read(ctx)
}

// Close implements exec.Reader.
func (x *joinRestReader) Close() error { return nil }

// joinRestStep joins the probe rows of the source's tasks and hands on the others. If the order matters, it writes the results to disk instead.
type joinRestStep struct {
	r      *joinRest
	worker int
	pass   *joinPass
	step   *joinStep
	save   *spill.Partitions
	zeros  []uint32
}

// joinRestStage is the transform of joinRestStep.
type joinRestStage struct{ r *joinRest }

// Worker implements exec.Transform.
func (s joinRestStage) Worker(i int) exec.Step { return &joinRestStep{r: s.r, worker: i} }

// Push implements exec.Step.
func (s *joinRestStep) Push(ctx context.Context, b *data.Batch, emit exec.Emit) error {
	t := s.r.tasks[s.worker]
	if t.pass != nil && s.r.j.spill.ordered {
		emit = func(b *data.Batch) error { return s.keep(ctx, b) }
	}
	if t.chunk != nil {
		return emit(b)
	}
	if s.pass != t.pass {
		s.pass, s.step = t.pass, t.pass.join.Worker(s.worker).(*joinStep)
	}
	return s.step.again(ctx, t, b, emit)
}

// keep writes results to disk.
func (s *joinRestStep) keep(ctx context.Context, b *data.Batch) error {
	if s.save == nil {
		s.save = s.r.j.spill.space.Partitions(typesOf(b.Cols), 1)
	}
	s.zeros = sized(s.zeros, b.Len)
	clear(s.zeros)
	return s.save.Add(ctx, b, s.zeros)
}

// Flush implements exec.Step.
func (s *joinRestStep) Flush(ctx context.Context, morsel uint64, emit exec.Emit) error {
	t := s.r.tasks[s.worker]
	if t == nil {
		return nil
	}
	s.r.tasks[s.worker] = nil
	if t.chunk == nil && s.step != nil && s.pass == t.pass {
		if err := s.step.Flush(ctx, morsel, emit); err != nil {
			return err
		}
	}
	if s.save != nil {
		runs, err := s.save.Finish(ctx)
		if err != nil {
			return err
		}
		s.save = nil
		s.r.mu.Lock()
		s.r.sorted = append(s.r.sorted, placedRun{runs[0], t.pass.seq})
		s.r.mu.Unlock()
	}
	s.r.running.End()
	return nil
}
