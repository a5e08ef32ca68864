package siksik

import (
	"context"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/engine"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// Engine is a session: registered tables and functions, a memory budget, a number of threads. It is safe for concurrent use.
type Engine struct{ inner *engine.Engine }

// EngineOption configures Open.
type EngineOption func(*engine.Config) error

// Memory sets the budget of all queries together: "2GB", "512MiB". The default is three quarters of the machine's or the cgroup's memory.
func Memory(size string) EngineOption {
	return func(c *engine.Config) error {
		n, err := mem.ParseBytes(size)
		c.Memory = n
		return err
	}
}

// HeapFloor lets the Go heap of the whole process grow to 64 MB, or to a 16th of the engine's memory if that is less, before it is collected, as long as
// the engine is open, and asks the system for huge pages under it, unless the memory is below 1 GB. Short queries save a fifth of their processor time.
// Without this option an engine leaves GOGC alone.
func HeapFloor() EngineOption {
	return func(c *engine.Config) error {
		c.HeapFloor = true
		return nil
	}
}

// SpillDir sets the directory under which queries that pass the memory budget put their temporary files, which are removed when they end. The
// default is the system's directory for temporary files.
func SpillDir(dir string) EngineOption {
	return func(c *engine.Config) error {
		if dir == "" {
			return fault.New(fault.Usage, "the spill directory has no name")
		}
		c.Spill.Dir = dir
		return nil
	}
}

// SpillLimit sets the most that all queries together may have in the spill directory: "50GB". The default is nine tenths of what is free.
func SpillLimit(size string) EngineOption {
	return func(c *engine.Config) error {
		n, err := mem.ParseBytes(size)
		if err == nil && n == 0 {
			return fault.New(fault.Usage, "the spill limit must be above 0")
		}
		c.Spill.Limit = n
		return err
	}
}

// Threads sets the workers of one query; the default is the number of processors.
func Threads(n int) EngineOption {
	return func(c *engine.Config) error {
		if n < 1 {
			return fault.New(fault.Usage, "threads must be at least 1, not %d", n)
		}
		c.Threads = n
		return nil
	}
}

// Open makes an engine. Close it.
func Open(opts ...EngineOption) (*Engine, error) {
	var c engine.Config
	for _, o := range opts {
		if err := o(&c); err != nil {
			return nil, err
		}
	}
	return &Engine{engine.New(c)}, nil
}

// Close releases the engine's tables. Running queries must have ended. It is idempotent.
func (e *Engine) Close() error { return e.inner.Close() }

// defaultEngine runs the frames that name no engine.
var defaultEngine = sync.OnceValue(func() *Engine { return &Engine{engine.New(engine.Config{})} })

// engine returns the engine on which the frame runs.
func (f LazyFrame) engine() *engine.Engine {
	if f.eng != nil {
		return f.eng.inner
	}
	return defaultEngine().inner
}

// Register gives a frame a name that SQL on this engine can use.
func (e *Engine) Register(name string, f LazyFrame) {
	e.inner.Catalog().Put(&catalog.Entry{Name: name, Frame: f.node})
}

// Table is the registered relation called name.
func (e *Engine) Table(name string) LazyFrame { return LazyFrame{&frame.Named{Name: name}, e} }

// Tables lists the names of tables and views.
func (e *Engine) Tables() []string { return e.inner.Catalog().Names() }

// Param is the value of $name in a SQL text; see P.
type Param struct {
	name  string
	value any
}

// P gives a parameter of a SQL text its value: eng.SQL("… WHERE day >= $since", siksik.P("since", "2026-01-01")).
// The value is bound, never spliced into the text.
func P(name string, value any) Param { return Param{name, value} }

func scalars(params []Param) (map[string]data.Scalar, error) {
	out := map[string]data.Scalar{}
	for _, p := range params {
		s, err := scalarOf(p.value)
		if err != nil {
			return nil, err
		}
		out[p.name] = s
	}
	return out, nil
}

// SQL is the result of a query as a frame; nothing runs yet.
func (e *Engine) SQL(query string, params ...Param) LazyFrame {
	f := LazyFrame{eng: e}
	values, err := scalars(params)
	if err != nil {
		return f.fail(err)
	}
	n, err := engine.SQL(query, nil, values)
	if err != nil {
		return f.fail(err)
	}
	return f.with(n)
}

// SQLContext is a query over frames, which the text names: siksik.SQLContext("SELECT … FROM a JOIN b …", map[string]LazyFrame{"a": a, "b": b}).
func SQLContext(query string, frames map[string]LazyFrame, params ...Param) LazyFrame {
	out := LazyFrame{}
	values, err := scalars(params)
	if err != nil {
		return out.fail(err)
	}
	with := map[string]frame.Node{}
	for name, f := range frames {
		with[name] = f.node
		if out.eng == nil {
			out.eng = f.eng
		}
	}
	n, err := engine.SQL(query, with, values)
	if err != nil {
		return out.fail(err)
	}
	return out.with(n)
}

// Set changes a setting, as SQL's SET does.
func (e *Engine) Set(name, value string) error { return e.inner.Set(name, value) }

// Result is what one statement gave. Exactly one of Frame and Text is meaningful if Rows is negative.
type Result struct {
	Frame *LazyFrame // the rows of a query; nil for statements that return none
	Text  string     // the plan of EXPLAIN
	Rows  int64      // rows written by CREATE TABLE AS, INSERT and COPY; -1 for others
	Query string     // the statement's own text
	Last  bool       // it is a query, and no other follows in the text
}

// Execute runs the statements of a text in order and calls each with its result, until one fails. A query is handed over unrun, as a frame.
func (e *Engine) Execute(ctx context.Context, text string, each func(Result) error, params ...Param) error {
	values, err := scalars(params)
	if err != nil {
		return err
	}
	stmts, err := engine.Parse(text)
	if err != nil {
		return err
	}
	last := len(stmts) - 1
	for last >= 0 && !engine.ReturnsRows(stmts[last]) {
		last--
	}
	for i, s := range stmts {
		r, err := e.statement(ctx, text, s, values)
		if err != nil {
			return err
		}
		r.Last = i == last
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) statement(ctx context.Context, text string, s ast.Statement, values map[string]data.Scalar) (Result, error) {
	at := s.At()
	out := Result{Rows: -1, Query: text[at.Start:at.End]}
	if n, ok := engine.SQLStatement(text, s, values); ok {
		f := LazyFrame{n, e}
		out.Frame = &f
		return out, nil
	}
	r, err := e.inner.Execute(ctx, text, s, values)
	if err != nil {
		return out, err
	}
	out.Rows, out.Text = r.Rows, r.Text
	return out, nil
}
