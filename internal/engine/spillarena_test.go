package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/eval"
	"github.com/siksik-data/siksik/internal/exec/op"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/frame"
)

// arena is an engine whose queries are made to fail, with what must be as before after each of them.
type arena struct {
	t       *testing.T
	e       *Engine
	dir     string
	threads int
	tables  [2]*watched
	sink    *frame.Write // of the queries' rows, or nil
}

// afterwards is the query that must succeed after a failure. It spills, too.
const afterwards = "SELECT v, s FROM u ORDER BY s, v"

// newArena opens an engine over the tables.
func newArena(t *testing.T, tables [2]*watched, dir string, threads int, memory int64) *arena {
	a := &arena{t: t, dir: dir, threads: threads, tables: tables}
	a.e = New(Config{Threads: threads, Memory: memory, Spill: spill.Config{Dir: dir, Limit: 1 << 30}})
	for i, name := range []string{"t", "u"} {
		a.e.cat.Put(&catalog.Entry{Name: name, Table: tables[i]})
	}
	return a
}

// outcome is what a run did.
type outcome struct {
	err    error
	digest string
	ops    int64 // on spilled blocks
	reads  int64 // of the tables
	disk   int64 // bytes spilled
}

// query plans a text that is a query, or the query of a sink, if the arena has one.
func (a *arena) query(text string) (*Query, error) {
	src, err := SQL(text, nil, nil)
	if err != nil {
		return nil, err
	}
	if a.sink == nil {
		return a.e.Query(a.t.Context(), src)
	}
	b := a.e.binder(a.t.Context(), a.e.settings, nil)
	in, err := b.Frame(src)
	if err != nil {
		return nil, err
	}
	out, err := b.Write(in, a.sink)
	if err != nil {
		return nil, err
	}
	return a.e.prepare(a.t.Context(), a.e.settings, b, out)
}

// run runs a query whose spilled blocks go through h, and checks that nothing of it is left.
func (a *arena) run(ctx context.Context, query string, h *harmful, batch func(n int)) outcome {
	a.t.Helper()
	before, reads := runtime.NumGoroutine(), a.tables[0].reads.Load()+a.tables[1].reads.Load()
	q, err := a.query(query)
	if err != nil {
		a.t.Fatal(err)
	}
	// As Query.Run, but Go's own memory limit is left alone: with budgets this small the collector would never rest.
	budget, files := a.e.budget.Child("query"), a.e.spill.Query()
	h.Spill = files
	opts := op.Options{Threads: a.threads, Budget: budget, Spill: h, Slabs: a.e.slabs, Profile: &q.prof}
	d, n := newDigest(), 0
	err = op.Run(eval.WithSettings(ctx, &q.conf.fn), q.Root, opts, func(b *data.Batch) error {
		if n++; batch != nil {
			batch(n)
		}
		return d.add(b)
	})
	if left := budget.Close(); left != 0 {
		a.t.Fatalf("%d bytes are still reserved after %v", left, err)
	}
	if closed := files.Close(); closed != nil {
		a.t.Fatalf("closing the spilled files: %v", closed)
	}
	o := outcome{err: cancelled(ctx, q.place(err)), digest: d.String(), ops: h.count.Load()}
	o.reads = a.tables[0].reads.Load() + a.tables[1].reads.Load() - reads
	for id := range 100 {
		o.disk += q.prof.Stat(id).Spilled.Load()
	}
	a.nothingLeft(before, o.err)
	return o
}

// nothingLeft checks for goroutines, files and bytes.
func (a *arena) nothingLeft(goroutines int, after error) {
	a.t.Helper()
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			a.t.Fatalf("goroutines are left after %v:\n%s", after, buf[:runtime.Stack(buf, true)])
		}
	}
	if used := a.e.spill.Used(); used != 0 {
		a.t.Fatalf("%d bytes count as spilled after %v", used, after)
	}
	_ = filepath.WalkDir(a.dir, func(path string, _ fs.DirEntry, err error) error {
		if path != a.dir && err == nil {
			a.t.Fatalf("%s is left after %v", path, after)
		}
		return nil
	})
}

// files lists what the engine has spilled.
func (a *arena) files() []string {
	found, _ := filepath.Glob(filepath.Join(a.dir, "*", "*", "query*", "*"))
	return found
}

// check runs a harm and reports whether the query failed. The budgets are hardly enough for many workers, and in another order of events they may not
// be: then the query may say so instead.
func (a *arena) check(s spiller, h harm, clean outcome, x float64) bool {
	a.t.Helper()
	where := fmt.Sprintf("%s at %.2f with %d workers", h.name, x, a.threads)
	ctx, harmful, batch := h.set(a, clean, x)
	o := a.run(ctx, s.query, harmful, batch)
	for _, w := range a.tables {
		w.onRead.Store(nil)
	}
	a.limit(1 << 30)
	switch {
	case o.err == nil:
		if o.digest != clean.digest && ctx.Err() == nil {
			a.t.Fatalf("%s: no error, and %s instead of %s", where, o.digest, clean.digest)
		}
	case h.says == nil:
		if !errors.Is(o.err, context.Canceled) && (fault.CodeOf(o.err) != fault.Memory || a.threads <= 2) {
			a.t.Fatalf("%s: %v", where, o.err)
		}
	case fault.CodeOf(o.err) == fault.Memory && a.threads > 2:
	default:
		a.clear(where, o.err, h.says)
	}
	return o.err != nil
}

// clear checks an error for its code, its number of lines and what it says.
func (a *arena) clear(where string, err error, says []string) {
	a.t.Helper()
	text, found := err.Error(), false
	for _, part := range says {
		found = found || strings.Contains(text, part)
	}
	if fault.CodeOf(err) != fault.IO || !found || strings.Contains(text, "\n") {
		a.t.Fatalf("%s: code %v, error %s", where, fault.CodeOf(err), text)
	}
	if !errors.Is(err, errBroken) && !strings.Contains(text, "--spill-") {
		a.t.Fatalf("%s: the error does not say what to change: %s", where, text)
	}
}

// limit makes the limit of the spill directory so many bytes.
func (a *arena) limit(bytes int64) {
	a.e.spill = spill.NewStore(spill.Config{Dir: a.dir, Limit: bytes})
}

// spills checks that a query gives the same rows from the disk as from memory, and returns its course, and false if there was too little memory for
// many workers.
func (a *arena) spills(query, want string) (outcome, bool) {
	a.t.Helper()
	o := a.run(a.t.Context(), query, &harmful{}, nil)
	if a.threads > 2 && fault.CodeOf(o.err) == fault.Memory {
		return o, false
	}
	if o.err != nil || o.digest != want || o.ops == 0 && a.threads <= 2 {
		a.t.Fatalf("%d workers: %s, %v, %d operations on disk, want %s", a.threads, o.digest, o.err, o.ops, want)
	}
	return o, true
}

// close closes the engine, which must have no memory left.
func (a *arena) close() {
	a.t.Helper()
	if err := a.e.Close(); err != nil || a.e.budget.Used() != 0 {
		a.t.Fatalf("%v, %d bytes of the engine are reserved", err, a.e.budget.Used())
	}
}

// works checks that the engine still answers, from the disk.
func (a *arena) works(query, want string) {
	a.t.Helper()
	if o := a.run(a.t.Context(), query, &harmful{}, nil); o.err != nil || o.digest != want {
		a.t.Fatalf("the next query gives %s, %v instead of %s", o.digest, o.err, want)
	}
}
