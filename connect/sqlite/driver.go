package sqlite

import (
	"context"
	"errors"
	iofs "io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
	sqlite3 "modernc.org/sqlite/lib"
)

// Driver is the spi.Driver of sqlite:// URLs. The zero value is ready.
type Driver struct{}

func init() { spi.Default.AddDriver(Driver{}) }

// Name implements spi.Driver.
func (Driver) Name() string { return "sqlite" }

// OpenTable implements spi.Driver. The URL or options name a table or view, or a query.
func (Driver) OpenTable(ctx context.Context, url string, opts spi.Options) (spi.Table, error) {
	t, err := parse(url, opts, readOptions)
	if err != nil {
		return nil, err
	}
	if (t.table == "") == (t.query == "") {
		return nil, fault.New(fault.Usage, "reading %s takes either a table or a query", t.path).
			WithHint("add ?table=NAME or ?query=SELECT… to the URL, or give it as an option")
	}
	c, err := openRead(t)
	if err != nil {
		return nil, err
	}
	defer c.close()
	return newTable(ctx, c, t)
}

// OpenSink implements spi.Driver. Neither the file nor the table need exist; the folder must.
func (Driver) OpenSink(ctx context.Context, url string, opts spi.Options) (spi.Sink, error) {
	t, err := parse(url, opts, writeOptions)
	if err != nil {
		return nil, err
	}
	if t.table == "" {
		return nil, fault.New(fault.Usage, "writing to %s takes the name of a table", t.path).WithHint("add ?table=NAME to the URL")
	}
	if strings.HasPrefix(strings.ToLower(t.table), "sqlite_") {
		return nil, fault.New(fault.Usage, "the table name %q is reserved by SQLite", t.table).WithHint("choose a name that does not start with sqlite_")
	}
	return &sink{t: t}, nil
}

// openRead opens an existing database for reading.
func openRead(t target) (*conn, error) {
	st, err := os.Stat(t.path)
	switch {
	case errors.Is(err, iofs.ErrNotExist):
		return nil, missingFile(t.path, err)
	case err != nil:
		return nil, fault.Wrap(fault.Permission, err, "opening %s", t.path)
	case st.IsDir():
		return nil, fault.New(fault.NotFound, "%s is a folder, not a SQLite database", t.path)
	}
	return open(t.path, sqlite3.SQLITE_OPEN_READONLY, t.wait)
}

// missingFile names a database file with a similar name, if there is one.
func missingFile(path string, err error) error {
	e := fault.Wrap(fault.NotFound, err, "no SQLite database %s", path)
	entries, _ := os.ReadDir(filepath.Dir(path))
	var names []string
	for _, entry := range entries {
		if !entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	e.Hint = fault.DidYouMean(filepath.Base(path), names)
	return e
}

// objects lists the tables and views of the database under the schema name ("main" or an attached one).
func (c *conn) objects(ctx context.Context, schema string) ([]string, error) {
	var names []string
	err := c.rows(ctx, "SELECT name FROM "+quote(schema)+".sqlite_schema WHERE type IN ('table','view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
		func(s *stmt) { names = append(names, s.str(0)) })
	return names, err
}

// find returns the name of the table as it was created; SQLite ignores case.
func find(names []string, name string) (string, bool) {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return n, true
		}
	}
	return "", false
}
