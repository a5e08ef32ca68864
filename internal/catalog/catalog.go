package catalog

import (
	"context"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/spi"
)

// Entry is a named relation. Exactly one of Rows, Frame and Table is set.
type Entry struct {
	Name   string
	Rows   *Rows
	Frame  frame.Node
	Table  spi.Table
	Hidden bool // not listed by SHOW TABLES
}

// Rows is a table in memory. It is replaced as a whole, never changed.
type Rows struct {
	Schema  dtype.Schema
	Batches []*data.Batch
	// Defaults are the SQL expressions of columns that INSERT does not name, "" for null; nil if no column has one.
	Defaults []string
	// Rules hold for every row; what would break one is refused.
	Rules []Rule
}

// RuleKind tells rules apart.
type RuleKind uint8

// The rules.
const (
	NotNull RuleKind = iota // no column of Columns is null
	Unique                  // no two rows have the same values in Columns, unless one of them is null
	Check                   // the condition is not false
	Foreign                 // a row of Target has the values of Columns in its TargetColumns, unless one of them is null
)

// Rule is a constraint of a table in memory.
type Rule struct {
	Kind    RuleKind
	Primary bool   // Unique is the primary key
	Columns []int  // positions in the schema
	Check   string // the condition in SQL
	// Target and TargetColumns are the table of a foreign key, and positions in its schema.
	Target        string
	TargetColumns []int
}

// With returns the table with other rows.
func (r *Rows) With(batches []*data.Batch) *Rows {
	c := *r
	c.Batches = batches
	return &c
}

// Func is a function that the program registered.
type Func struct {
	Name string
	In   []dtype.Type
	Out  dtype.Type
	Pure bool
	Fn   func(ctx context.Context, args []*data.Column, n int) (*data.Column, error)
}

// Catalog is safe for concurrent use.
type Catalog struct {
	registry *spi.Registry
	mu       sync.RWMutex
	entries  map[string]*Entry // by lower-case name
	funcs    map[string]*Func
}

// New returns an empty catalog over the registry.
func New(r *spi.Registry) *Catalog {
	return &Catalog{registry: r, entries: map[string]*Entry{}, funcs: map[string]*Func{}}
}

// Put adds or replaces an entry.
func (c *Catalog) Put(e *Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[strings.ToLower(e.Name)] = e
}

// Get returns the entry called name, ignoring case, or nil.
func (c *Catalog) Get(name string) *Entry {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.entries[strings.ToLower(name)]
}

// Drop removes the entry and reports whether there was one.
func (c *Catalog) Drop(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := strings.ToLower(name)
	_, ok := c.entries[key]
	delete(c.entries, key)
	return ok
}

// Names returns the names of all listed relations, sorted.
func (c *Catalog) Names() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var out []string
	for _, e := range c.entries {
		if !e.Hidden {
			out = append(out, e.Name)
		}
	}
	sort.Strings(out)
	return out
}

// PutFunc adds or replaces a function.
func (c *Catalog) PutFunc(f *Func) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.funcs[strings.ToLower(f.Name)] = f
}

// Func returns the function called name, ignoring case, or nil.
func (c *Catalog) Func(name string) *Func {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.funcs[strings.ToLower(name)]
}

// FuncNames returns the names of the registered functions.
func (c *Catalog) FuncNames() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var out []string
	for _, f := range c.funcs {
		out = append(out, f.Name)
	}
	sort.Strings(out)
	return out
}

// Open opens what a path, glob or URL names. Format "" means by extension.
func (c *Catalog) Open(ctx context.Context, path, format string, opts spi.Options) (spi.Table, error) {
	if d := c.registry.Driver(path); d != nil {
		return d.OpenTable(ctx, path, opts)
	}
	fs, err := c.registry.FS(path)
	if err != nil {
		return nil, err
	}
	f, err := c.registry.Format(format, path)
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(ctx, path)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fault.New(fault.NotFound, "no file matches %q", path)
	}
	return f.OpenTable(ctx, fs, files, opts)
}

// OpenSink opens what a path or URL names for loading.
func (c *Catalog) OpenSink(ctx context.Context, path, format string, opts spi.Options) (spi.Sink, error) {
	if d := c.registry.Driver(path); d != nil {
		return d.OpenSink(ctx, path, opts)
	}
	fs, err := c.registry.FS(path)
	if err != nil {
		return nil, err
	}
	f, err := c.registry.Format(format, path)
	if err != nil {
		return nil, err
	}
	return f.OpenSink(ctx, fs, path, opts)
}

// LooksLikePath reports whether a table name that the catalog does not know reads as a file or URL.
func LooksLikePath(name string) bool {
	return spi.Scheme(name) != "" || strings.ContainsAny(name, "./*\\") || name == "-"
}

// Unknown returns the error for a relation that does not exist.
func (c *Catalog) Unknown(name string) *fault.Error {
	e := &fault.Error{Code: fault.Name, Msg: "no table " + strconv.Quote(name)}
	names := c.Names()
	if e.Hint = fault.DidYouMean(name, names); e.Hint == "" && len(names) > 0 {
		e.Hint = "tables: " + strings.Join(names, ", ")
	}
	return e
}

// OpenFiles opens several paths or globs as one table, in the order given.
func (c *Catalog) OpenFiles(ctx context.Context, paths []string, format string, opts spi.Options) (spi.Table, error) {
	if len(paths) == 1 {
		return c.Open(ctx, paths[0], format, opts)
	}
	fs, err := c.registry.FS(paths[0])
	if err != nil {
		return nil, err
	}
	f, err := c.registry.Format(format, paths[0])
	if err != nil {
		return nil, err
	}
	var files []spi.FileInfo
	for _, p := range paths {
		if spi.Scheme(p) != spi.Scheme(paths[0]) {
			return nil, fault.New(fault.Unsupported, "%q and %q are in different stores; read them separately and use UNION ALL", paths[0], p)
		}
		found, err := fs.Glob(ctx, p)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fault.New(fault.NotFound, "no file matches %q", p)
		}
		files = append(files, found...)
	}
	return f.OpenTable(ctx, fs, files, opts)
}
