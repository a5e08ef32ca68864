package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/mem"
)

// numbers is a source of tasks, each of which yields some batches of consecutive numbers.
type numbers struct {
	tasks, batches, rows int
	at                   int
	opened, closed       atomic.Int32
	fail                 int // task whose reading fails, if positive
	crash                int // task whose reading panics, if positive
}

func (s *numbers) Open(context.Context) error { s.opened.Add(1); return nil }
func (s *numbers) Next(context.Context) (Task, error) {
	if s.at == s.tasks {
		return nil, io.EOF
	}
	s.at++
	return s.at - 1, nil
}
func (s *numbers) Worker(int) Reader { return &numberReader{s: s} }
func (s *numbers) Close() error      { s.closed.Add(1); return nil }

type numberReader struct {
	s    *numbers
	task int
	n    int
	vals []int64
}

func (r *numberReader) Start(_ context.Context, t Task) error { r.task, r.n = t.(int), 0; return nil }
func (r *numberReader) Close() error                          { return nil }
func (r *numberReader) Read(context.Context) (*data.Batch, error) {
	switch {
	case r.s.fail > 0 && r.task == r.s.fail:
		return nil, errors.New("broken file")
	case r.s.crash > 0 && r.task == r.s.crash:
		bug.Panicf("no such state")
	case r.n == r.s.batches:
		return nil, io.EOF
	}
	first := (r.task*r.s.batches + r.n) * r.s.rows
	r.n++
	r.vals = r.vals[:0]
	for i := range r.s.rows {
		r.vals = append(r.vals, int64(first+i))
	}
	runtime.Gosched()
	return &data.Batch{Len: r.s.rows, Cols: []*data.Column{data.FlatColumn(int64Type, r.vals, nil)}}, nil
}

var int64Type = dtype.Of(dtype.Int64)

// rowsIn returns the numbers of batches.
func rowsIn(bs ...*data.Batch) []int64 {
	var out []int64
	for _, b := range bs {
		out = append(out, data.Slice[int64](b.Cols[0])...)
	}
	return out
}

func upTo(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i)
	}
	return out
}

// step is a Transform made of a function.
type funcStep struct {
	PassStep
	f func(b *data.Batch, emit Emit) error
}

func (s *funcStep) Worker(int) Step                                        { return s }
func (s *funcStep) Push(_ context.Context, b *data.Batch, emit Emit) error { return s.f(b, emit) }

func collectLegs(t *testing.T, threads int, legs ...Leg) ([]int64, error) {
	t.Helper()
	before := runtime.NumGoroutine()
	c := NewCollect([]dtype.Type{int64Type}, nil)
	done := 0
	p := &Plan{}
	p.Add(&Pipeline{Node: NoNode, Legs: legs, Sink: c, Done: []func(){func() { done++ }}})
	p.Closers = append(p.Closers, func() { done += 10 })
	err := Run(context.Background(), p, threads, nil)
	if done != 11 {
		t.Errorf("done functions left a count of %d", done)
	}
	for i := 0; runtime.NumGoroutine() > before && i < 1e6; i++ {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
	return rowsIn(c.Batches()...), err
}

func TestRunKeepsTheOrderOfTheSourceForAnyNumberOfWorkers(t *testing.T) {
	for _, threads := range []int{1, 2, 7} {
		a, b := &numbers{tasks: 13, batches: 3, rows: 5}, &numbers{tasks: 4, batches: 1, rows: 5}
		got, err := collectLegs(t, threads, Leg{Node: NoNode, Source: a}, Leg{Node: NoNode, Source: b, Barrier: true})
		if err != nil {
			t.Fatal(err)
		}
		if want := append(upTo(13*3*5), upTo(4*5)...); !slices.Equal(got, want) {
			t.Errorf("%d workers: %v", threads, got)
		}
		if a.opened.Load() != 1 || a.closed.Load() == 0 || b.closed.Load() == 0 {
			t.Errorf("opened %d times, closed %d and %d times", a.opened.Load(), a.closed.Load(), b.closed.Load())
		}
	}
}

func TestAnErrorOfOneWorkerEndsAllAndClosesTheSources(t *testing.T) {
	for _, threads := range []int{1, 3} {
		s := &numbers{tasks: 1000, batches: 3, rows: 5, fail: 7}
		_, err := collectLegs(t, threads, Leg{Node: NoNode, Source: s})
		if err == nil || err.Error() != "broken file" {
			t.Errorf("error is %v", err)
		}
		if s.closed.Load() == 0 {
			t.Error("the source was not closed")
		}
	}
}

func TestAPanicBecomesAnErrorWithTheStack(t *testing.T) {
	_, err := collectLegs(t, 3, Leg{Node: NoNode, Source: &numbers{tasks: 1000, batches: 3, rows: 5, crash: 7}})
	var b *bug.Error
	if !errors.As(err, &b) || b.Msg != "no such state" {
		t.Fatalf("error is %v", err)
	}
	if !strings.Contains(err.Error(), "numberReader") {
		t.Errorf("no stack in %v", err)
	}
}

func TestStopOfAStepEndsOnlyTheLegsThatContainIt(t *testing.T) {
	for _, threads := range []int{1, 4} {
		a := &numbers{tasks: 1000, batches: 2, rows: 5}
		b := &numbers{tasks: 3, batches: 2, rows: 5}
		var seen atomic.Int64
		stop := &funcStep{f: func(*data.Batch, Emit) error {
			seen.Add(1)
			return Stop
		}}
		got, err := collectLegs(t, threads, Leg{Node: NoNode, Source: a}.With(Stage{NoNode, stop}), Leg{Node: NoNode, Source: b})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, upTo(30)) {
			t.Errorf("got %v", got)
		}
		if n := seen.Load(); n > int64(threads) {
			t.Errorf("the step saw %d batches after it had enough", n)
		}
	}
}

func TestCancelEndsTheRunWithItsCause(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("Ctrl-C")
	var once sync.Once
	s := &funcStep{f: func(b *data.Batch, emit Emit) error {
		once.Do(func() { cancel(cause) })
		return emit(b)
	}}
	p := &Plan{}
	p.Add(&Pipeline{Node: NoNode, Legs: []Leg{Leg{Node: NoNode, Source: &numbers{tasks: 1 << 40, batches: 2, rows: 5}}.With(Stage{NoNode, s})},
		Sink: NewCollect([]dtype.Type{int64Type}, nil)})
	if err := Run(ctx, p, 3, nil); err != cause {
		t.Errorf("error is %v", err)
	}
}

func TestDeliverGivesBatchesInOrderOnTheCallersGoroutine(t *testing.T) {
	for _, threads := range []int{1, 2, 7} {
		budget := mem.NewBudget("test", 1<<30)
		a := NewAccount(budget, "result", nil)
		d := NewDeliver(a)
		p := &Plan{Closers: []func(){a.Close}}
		p.Add(&Pipeline{Node: NoNode, Legs: []Leg{{Node: NoNode, Source: &numbers{tasks: 50, batches: 3, rows: 7}}}, Sink: d})
		var got []int64
		if err := d.Run(context.Background(), p, threads, nil, func(b *data.Batch) error {
			got = append(got, rowsIn(b)...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, upTo(50*3*7)) {
			t.Errorf("%d workers: out of order", threads)
		}
		if budget.Used() != 0 {
			t.Errorf("%d bytes left", budget.Used())
		}
	}
}

func TestDeliverReturnsTheConsumersErrorAndStopsQuietlyOnStop(t *testing.T) {
	for _, want := range []error{errors.New("pipe closed"), Stop} {
		d := NewDeliver(nil)
		p := &Plan{}
		p.Add(&Pipeline{Node: NoNode, Legs: []Leg{{Node: NoNode, Source: &numbers{tasks: 1 << 40, batches: 3, rows: 7}}}, Sink: d})
		n := 0
		err := d.Run(context.Background(), p, 3, nil, func(*data.Batch) error {
			n++
			if n == 5 {
				return want
			}
			return nil
		})
		if want == Stop {
			want = nil
		}
		if err != want || n != 5 {
			t.Errorf("error is %v after %d batches", err, n)
		}
	}
}

func TestTurnsAddUpInMorselOrder(t *testing.T) {
	var turns Turns
	turns.Start(10)
	if _, ok := turns.Before(11); ok {
		t.Error("morsel 10 is not done yet")
	}
	turns.End(12, 5)
	turns.End(11, 3)
	if n, ok := turns.Before(10); !ok || n != 0 {
		t.Errorf("before 10: %d, %v", n, ok)
	}
	got := make(chan int64)
	go func() {
		n, _ := turns.Wait(context.Background(), 13)
		got <- n
	}()
	turns.End(10, 1)
	if n := <-got; n != 9 {
		t.Errorf("before 13: %d", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := turns.Wait(ctx, 14); err != context.Canceled {
		t.Errorf("error is %v", err)
	}
}

func TestProfileCountsRowsByNode(t *testing.T) {
	prof := &Profile{Timing: true}
	half := &funcStep{f: func(b *data.Batch, emit Emit) error { return emit(b.Slice(0, b.Len/2)) }}
	p := &Plan{}
	p.Add(&Pipeline{Node: 2, Legs: []Leg{Leg{Node: 0, Source: &numbers{tasks: 10, batches: 2, rows: 8}}.With(Stage{1, half})},
		Sink: NewCollect([]dtype.Type{int64Type}, nil)})
	if err := Run(context.Background(), p, 3, prof); err != nil {
		t.Fatal(err)
	}
	s := func(i int) string {
		x := prof.Stat(i)
		return fmt.Sprint(x.RowsIn.Load(), x.RowsOut.Load(), x.BatchesIn.Load(), x.BatchesOut.Load())
	}
	if got := s(0) + "; " + s(1) + "; " + s(2); got != "0 160 0 20; 160 80 20 20; 80 0 20 0" {
		t.Errorf("metrics are %s", got)
	}
	if prof.Stat(0).Nanos.Load() <= 0 || prof.Stat(0).Bytes.Load() <= 0 {
		t.Error("no time or bytes")
	}
}

func TestCrewRunsEachTaskOnceAndStopsAtTheFirstError(t *testing.T) {
	c := &Crew{Threads: 3}
	var n atomic.Int64
	if err := c.Each(context.Background(), 100, func(context.Context, int, int) error { n.Add(1); return nil }); err != nil || n.Load() != 100 {
		t.Errorf("%d tasks, %v", n.Load(), err)
	}
	boom := errors.New("boom")
	n.Store(0)
	err := c.Each(context.Background(), 100_000, func(_ context.Context, _, i int) error {
		n.Add(1)
		if i == 5 {
			return boom
		}
		return nil
	})
	if err != boom || n.Load() == 100_000 {
		t.Errorf("%d tasks, %v", n.Load(), err)
	}
}

func TestAnOperatorThatSpillsLeavesRoomToTheOthers(t *testing.T) {
	budget := mem.NewBudget("test", 64<<20)
	stat := &Stat{}
	first, second := NewShare(budget, "sort", stat, 4<<20), NewShare(budget, "join", nil, 4<<20)
	got := int64(0)
	for first.Grow(1<<20) == nil {
		got += 1 << 20
	}
	if got < 40<<20 || got > 48<<20 {
		t.Errorf("the first operator got %d", got)
	}
	if stat.MemPeak.Load() != got {
		t.Errorf("peak %d of %d", stat.MemPeak.Load(), got)
	}
	err := first.Grow(1 << 20)
	if fault.CodeOf(err) != fault.Memory || !strings.Contains(err.Error(), "over the memory budget of 67.1 MB") {
		t.Errorf("got %v", err)
	}
	if err := first.Insist(2 << 20); err != nil {
		t.Errorf("insisting: %v", err)
	}
	if err := second.Grow(8 << 20); err != nil {
		t.Errorf("nothing is left to the second: %v", err)
	}
	first.Shrink(got)
	if err := second.Grow(30 << 20); err != nil {
		t.Errorf("what was given back is not there: %v", err)
	}
	first.Close()
	second.Close()
	if budget.Used() != 0 {
		t.Errorf("%d left", budget.Used())
	}
}
