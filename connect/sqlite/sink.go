package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
	sqlite3 "modernc.org/sqlite/lib"
)

// sink loads one table.
type sink struct{ t target }

// Begin implements spi.Sink. What would fail at Commit for reasons that are known already fails here, before any row is made.
func (s *sink) Begin(ctx context.Context, spec spi.LoadSpec) (spi.Load, error) {
	for name := range spec.Options {
		if err := (&target{}).set(name, "", nil); err != nil {
			return nil, err
		}
	}
	if err := checkSpec(spec); err != nil {
		return nil, err
	}
	dir := filepath.Dir(s.t.path)
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return nil, fault.New(fault.NotFound, "the folder %s of the SQLite database does not exist", dir).WithHint("create it first")
	}
	if err := s.check(ctx, spec); err != nil {
		return nil, err
	}
	l := &load{t: s.t, spec: spec}
	if err := l.stage(ctx); err != nil {
		_ = l.Abort(ctx)
		return nil, err
	}
	return l, nil
}

// check plans the load against the database as it is now.
func (s *sink) check(ctx context.Context, spec spi.LoadSpec) error {
	st, err := os.Stat(s.t.path)
	if err != nil || st.Size() == 0 {
		return nil
	}
	f, err := os.OpenFile(s.t.path, os.O_RDWR, 0)
	if err != nil {
		return fault.Wrap(fault.Permission, err, "writing to %s", s.t.path).WithHint("the file must be writable")
	}
	_ = f.Close()
	c, err := openRead(s.t)
	if err != nil {
		return err
	}
	defer c.close()
	_, err = makePlan(ctx, c, "main", s.t, spec)
	return err
}

// checkSpec checks names and keys.
func checkSpec(spec spi.LoadSpec) error {
	if spec.Schema.Len() == 0 {
		return fault.New(fault.Usage, "a table needs at least one column")
	}
	seen := map[string]string{}
	for _, f := range spec.Schema.Fields {
		low := strings.ToLower(f.Name)
		if other, ok := seen[low]; ok {
			return fault.New(fault.Usage, "the columns %q and %q are the same to SQLite, which ignores case", other, f.Name).WithHint("rename one of them")
		}
		seen[low] = f.Name
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

// load collects rows in a temporary database, on disk once it is large, and moves them at Commit.
type load struct {
	t    target
	spec spi.LoadSpec
	c    *conn
	w    *writer
	done bool
}

// stage makes the temporary table. Its declared types are those of a table that we would create, so that SQLite can move whole records.
func (l *load) stage(ctx context.Context) error {
	c, err := open("", sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE, l.t.wait)
	if err != nil {
		return err
	}
	l.c = c
	for _, sql := range []string{"PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-16000",
		createTable("main", "stage", l.spec.Schema), "BEGIN"} {
		if err := c.exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

func createTable(schema, name string, s dtype.Schema) string {
	cols := make([]string, s.Len())
	for i, f := range s.Fields {
		cols[i] = strings.TrimSpace(quote(f.Name) + " " + declaration(f.Type))
	}
	return "CREATE TABLE " + quote(schema) + "." + quote(name) + " (" + strings.Join(cols, ", ") + ")"
}

// Parallel implements spi.Load: rows go in order through one writer.
func (l *load) Parallel() bool { return false }

// Writer implements spi.Load.
func (l *load) Writer(ctx context.Context) (spi.Writer, error) {
	if l.w != nil {
		return nil, fault.New(fault.Usage, "a SQLite load has one writer")
	}
	w, err := newWriter(ctx, l.c, l.spec)
	if err != nil {
		return nil, err
	}
	l.w = w
	return w, nil
}

// Commit implements spi.Load.
func (l *load) Commit(ctx context.Context, _ []spi.Receipt) error {
	if l.done {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, missing := os.Stat(l.t.path)
	err := l.move(ctx)
	_ = l.Abort(ctx)
	if err != nil {
		l.restore()
	}
	if err != nil && missing != nil {
		// SQLite has made an empty file; one with content is somebody else's by now.
		if st, e := os.Stat(l.t.path); e == nil && st.Size() == 0 {
			_ = os.Remove(l.t.path)
		}
	}
	return err
}

// restore brings the target back after a failed move. Where the disk failed, SQLite leaves that to the next one who opens the database.
func (l *load) restore() {
	if _, err := os.Stat(l.t.path + "-journal"); err != nil {
		return
	}
	c, err := open(l.t.path, sqlite3.SQLITE_OPEN_READWRITE, l.t.wait)
	if err != nil {
		return
	}
	defer c.close()
	_ = c.exec(context.Background(), "PRAGMA schema_version")
}

// move brings the staged rows into the target in one transaction. The connection is closed after an error, which rolls back.
func (l *load) move(ctx context.Context) error {
	c := l.c
	if err := c.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	c.path = l.t.path // from here on, errors are about the target
	if err := c.exec(ctx, "ATTACH DATABASE "+literal(l.t.path)+" AS target"); err != nil {
		return err
	}
	if err := c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	steps, err := makePlan(ctx, c, "target", l.t, l.spec)
	if err != nil {
		return err
	}
	for _, sql := range steps {
		if err := c.exec(ctx, sql); err != nil {
			return err
		}
	}
	return c.exec(ctx, "COMMIT")
}

// Abort implements spi.Load. The staged rows were never in a named file.
func (l *load) Abort(context.Context) error {
	l.done = true
	if l.w != nil {
		l.w.release()
	}
	if l.c != nil {
		l.c.close()
	}
	return nil
}

// nullKey is the error for a row that an upsert could never find again.
func nullKey(col *data.Column, name string, before int64) error {
	for i := range col.Len {
		if col.IsNull(i) {
			e := fault.New(fault.Value, "null in the key column %q of an upsert", name)
			e.Pos.Row = before + int64(i) + 1
			return e.WithHint("filter such rows, fill the column, or choose another key")
		}
	}
	return nil
}
