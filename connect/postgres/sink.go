package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// sink loads one table.
type sink struct {
	t    target
	into relation
}

// lockWait is how long a load waits for another transaction's lock before it fails.
const lockWait = "60s"

// Begin implements spi.Sink. It opens the load's transaction, and reports what does not fit before any row is made.
func (s *sink) Begin(ctx context.Context, spec spi.LoadSpec) (spi.Load, error) {
	for name := range spec.Options {
		return nil, spi.UnknownOption("a PostgreSQL load", name, nil)
	}
	if err := checkSpec(spec); err != nil {
		return nil, err
	}
	c, err := connect(ctx, s.t)
	if err != nil {
		return nil, err
	}
	l := &load{t: s.t, spec: spec, c: c}
	if err := l.prepare(ctx, s.into); err != nil {
		_ = l.Abort(ctx)
		return nil, err
	}
	return l, nil
}

// checkSpec checks names and keys.
func checkSpec(spec spi.LoadSpec) error {
	if spec.Schema.Len() == 0 {
		return fault.New(fault.Usage, "a table needs at least one column")
	}
	seen := map[string]bool{}
	for _, f := range spec.Schema.Fields {
		if seen[f.Name] {
			return fault.New(fault.Usage, "two columns are called %q", f.Name).WithHint("rename one of them")
		}
		seen[f.Name] = true
	}
	if spec.Mode == spi.Upsert && len(spec.Key) == 0 {
		return fault.New(fault.Usage, "upsert needs a key").WithHint("name the columns that identify a row: key: [id]")
	}
	for _, k := range spec.Key {
		if _, err := spec.Schema.Lookup(k); err != nil {
			return err
		}
	}
	return nil
}

// load is one transaction.
type load struct {
	t    target
	spec spi.LoadSpec
	c    *pgconn.PgConn
	plan plan
	w    *writer
	done bool
}

func (l *load) prepare(ctx context.Context, into relation) error {
	if err := exec(ctx, l.c, l.t, "BEGIN; SET LOCAL lock_timeout = '"+lockWait+"'"); err != nil {
		return err
	}
	var err error
	if l.plan, err = makePlan(ctx, l.c, l.t, into, l.spec); err != nil {
		return err
	}
	for _, sql := range l.plan.first {
		if err := exec(ctx, l.c, l.t, sql); err != nil {
			return err
		}
	}
	return nil
}

// Parallel implements spi.Load: rows go in order through one COPY.
func (l *load) Parallel() bool { return false }

// Writer implements spi.Load.
func (l *load) Writer(ctx context.Context) (spi.Writer, error) {
	if l.w != nil {
		return nil, fault.New(fault.Usage, "a PostgreSQL load has one writer")
	}
	l.w = newWriter(ctx, l)
	return l.w, nil
}

// Commit implements spi.Load.
func (l *load) Commit(ctx context.Context, _ []spi.Receipt) error {
	if l.done {
		return nil
	}
	for _, sql := range l.plan.last {
		if err := exec(ctx, l.c, l.t, sql); err != nil {
			_ = l.Abort(ctx)
			return err
		}
	}
	res, err := l.c.Exec(ctx, "COMMIT").ReadAll()
	switch {
	case err != nil:
		err = explain(ctx, "committing to", l.t, err)
	case len(res) != 1 || res[0].CommandTag.String() != "COMMIT":
		err = fault.New(fault.IO, "PostgreSQL at %s rolled the load back", l.t.place())
	}
	_ = l.Abort(ctx)
	return err
}

// Abort implements spi.Load: closing the connection rolls its transaction back.
func (l *load) Abort(context.Context) error {
	if l.done {
		return nil
	}
	l.done = true
	if l.w != nil {
		l.w.copy.stop()
	}
	hangUp(l.c)
	select {
	case <-l.c.CleanupDone():
	case <-time.After(time.Second):
	}
	return nil
}

// nullKey is the error for a row that an upsert could never find again.
func nullKey(name string, row int64) error {
	e := fault.New(fault.Value, "null in the key column %q of an upsert", name)
	e.Pos.Row = row
	return e.WithHint("filter such rows, fill the column, or choose another key")
}

// misfit is the error for a value that PostgreSQL's type cannot hold.
func misfit(f dtype.Field, value string, row int64) error {
	to, _ := declaration(f.Type)
	e := fault.New(fault.Value, "a value of type %s does not fit PostgreSQL's %s exactly", f.Type, to)
	e.Pos = fault.Pos{Row: row, Column: f.Name, Value: value}
	return e.WithHint("round it first, for example with date_trunc, or cast the column to varchar")
}
