package exec

import (
	"context"
	"errors"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
)

// knownNumbers know their rows: the number is the row.
type knownNumbers struct{ *numbers }

func (s knownNumbers) Worker(i int) Reader {
	return knownReader{s.numbers.Worker(i).(*numberReader)}
}

type knownReader struct{ *numberReader }

func (r knownReader) Locate(_ context.Context, row int, err *fault.Error) error {
	c := *err
	c.Pos.Row = r.vals[row] + 1
	return &c
}

// TestRowsOfErrorsAreTracedBackThroughSteps lets a step fail for the number 777, behind steps that tell how rows moved and one that does not.
func TestRowsOfErrorsAreTracedBackThroughSteps(t *testing.T) {
	var rows []uint32
	odd := &funcStep{f: func(b *data.Batch, emit Emit) error {
		rows = rows[:0]
		var vals []int64
		for i, v := range data.Slice[int64](b.Cols[0]) {
			if v%2 == 1 {
				rows, vals = append(rows, uint32(i)), append(vals, v)
			}
		}
		err := emit(&data.Batch{Len: len(vals), Cols: []*data.Column{data.FlatColumn(int64Type, vals, nil)}})
		return Trace(err, func(row int) int { return int(rows[row]) })
	}}
	silent := &funcStep{f: func(b *data.Batch, emit Emit) error { return emit(b) }}
	tail := &funcStep{f: func(b *data.Batch, emit Emit) error {
		err := emit(b.Slice(3, b.Len))
		return Trace(err, func(row int) int { return row + 3 })
	}}
	fails := &funcStep{f: func(b *data.Batch, emit Emit) error {
		for i, v := range data.Slice[int64](b.Cols[0]) {
			if v == 777 {
				e := fault.New(fault.Value, "seven")
				e.Pos.Row = int64(i) + 1
				return AtRow(e)
			}
		}
		return emit(b)
	}}
	run := func(known bool, steps ...Transform) int64 {
		n := &numbers{tasks: 20, batches: 5, rows: 100}
		leg := Leg{Node: NoNode, Source: n}
		if known {
			leg.Source = knownNumbers{n}
		}
		for _, s := range steps {
			leg = leg.With(Stage{NoNode, s})
		}
		_, err := collectLegs(t, 1, leg)
		var f *fault.Error
		if !errors.As(err, &f) || f.Msg != "seven" {
			t.Fatalf("error %v", err)
		}
		if _, ok := err.(*fault.Error); !ok {
			t.Errorf("the error comes out as %T", err)
		}
		return f.Pos.Row
	}
	for i, c := range []struct {
		known bool
		steps []Transform
		want  int64
	}{{true, []Transform{fails}, 778}, {true, []Transform{odd, fails}, 778}, {true, []Transform{tail, odd, tail, fails}, 778}, {false, []Transform{odd, fails}, 0},
		{true, []Transform{silent, fails}, 0}, {true, []Transform{odd, silent, fails}, 0}, {true, []Transform{silent, odd, fails}, 0}, {true, []Transform{odd, fails, silent}, 778}} {
		if got := run(c.known, c.steps...); got != c.want {
			t.Errorf("case %d: row %d, want %d", i, got, c.want)
		}
	}
}
