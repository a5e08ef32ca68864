package slt

import (
	"context"
	"errors"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/engine"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// table is the result of a statement: values row by row, as the dialect prints them.
type table struct {
	kinds  []dtype.Kind // of the columns
	values []string     // rows × columns
	rows   int
	affect int64 // rows that a statement touched, or -1
}

// errStuck says that a statement went on although its context had ended.
var errStuck = errors.New("it does not stop when it is cancelled")

// errTimeout says that a statement took too long, and then stopped.
var errTimeout = errors.New("it takes too long")

// crash is a panic, or an error of package bug.
type crash struct{ text string }

// Error implements error.
func (c *crash) Error() string { return c.text }

// session is an engine with what a file set. After a hang it is not used any more.
type session struct {
	e       *engine.Engine
	dialect *Dialect
	limit   time.Duration
	stuck   bool
}

// outcome is what a statement gave.
type outcome struct {
	t   *table
	err error
}

// run executes the statements of a text within the time limit; the result is that of the last. types are the letters of a query's columns.
func (s *session) run(ctx context.Context, sql, types string) (*table, error) {
	if s.stuck {
		return nil, errStuck
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.limit, errTimeout)
	defer cancel()
	done := make(chan outcome, 1)
	go func() { done <- s.protected(ctx, sql, types) }()
	grace := time.NewTimer(2*s.limit + 10*time.Second)
	defer grace.Stop()
	select {
	case o := <-done:
		return o.t, o.err
	case <-grace.C:
		s.stuck = true
		return nil, errStuck
	}
}

// protected turns a panic into a crash.
func (s *session) protected(ctx context.Context, sql, types string) (o outcome) {
	defer func() {
		if v := recover(); v != nil {
			text := "panic"
			if err, ok := v.(error); ok {
				text = err.Error()
			} else if t, ok := v.(string); ok {
				text = t
			}
			o = outcome{nil, &crash{text + "\n" + string(debug.Stack())}}
		}
	}()
	t, err := s.statements(ctx, sql, types)
	var impossible *bug.Error
	if errors.As(err, &impossible) {
		err = &crash{err.Error()}
	}
	return outcome{t, err}
}

func (s *session) statements(ctx context.Context, sql, types string) (*table, error) {
	list, err := engine.Parse(sql)
	if err != nil {
		return nil, err
	}
	t := &table{affect: -1}
	for _, stmt := range list {
		if t, err = s.statement(ctx, sql, stmt, types); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// statement runs one statement. What is not a query gives one row with the number of rows that it touched, and EXPLAIN gives its text.
func (s *session) statement(ctx context.Context, sql string, stmt ast.Statement, types string) (*table, error) {
	res, err := s.e.Execute(ctx, sql, stmt, nil)
	if err != nil {
		return nil, err
	}
	t := &table{affect: res.Rows}
	switch {
	case res.Query != nil:
		return t, s.collect(ctx, res.Query, types, t)
	case res.Text != "":
		t.kinds, t.rows, t.values = []dtype.Kind{dtype.String, dtype.String}, 1, []string{"plan", res.Text}
	case res.Rows >= 0:
		t.kinds, t.rows, t.values = []dtype.Kind{dtype.Int64}, 1, []string{strconv.FormatInt(res.Rows, 10)}
	}
	return t, nil
}

func (s *session) collect(ctx context.Context, q *engine.Query, types string, t *table) error {
	zone := s.e.Setting("timezone")
	for _, f := range q.Schema().Fields {
		t.kinds = append(t.kinds, f.Type.Kind)
	}
	return q.Run(ctx, func(b *data.Batch) error {
		for row := range b.Len {
			for i, c := range b.Cols {
				kind := byte('T')
				if i < len(types) {
					kind = types[i]
				}
				t.values = append(t.values, s.dialect.text(shownIn(zone, c), row, kind))
			}
		}
		t.rows += b.Len
		return nil
	})
}

// shownIn gives instants that have no zone of their own the zone of the session, as a client would.
func shownIn(zone string, c *data.Column) *data.Column {
	if c.Type.Kind != dtype.Timestamp || c.Type.Zone != "UTC" || zone == "UTC" {
		return c
	}
	local := *c.Flatten()
	local.Type.Zone = zone
	return &local
}

// Text runs the statements of a text on an engine and returns the rows of the last as a file would write them: columns by tabs, a row a line.
func Text(ctx context.Context, e *engine.Engine, sql string) (string, error) {
	s := &session{e: e, dialect: dialects[0], limit: time.Minute}
	t, err := s.run(ctx, sql, "")
	if err != nil {
		return "", err
	}
	return strings.Join(rowLines(t.values, len(t.kinds)), "\n"), nil
}
