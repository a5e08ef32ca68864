package engine

import (
	"runtime"
	"sync"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/spi"
)

// Config is what a new Engine is made of. Zero values mean defaults.
type Config struct {
	Threads  int           // workers per query; default: GOMAXPROCS
	Memory   int64         // budget in bytes; default: mem.DefaultLimit
	Spill    spill.Config  // where queries spill that do not fit
	Registry *spi.Registry // default: spi.Default
	// HeapFloor lets the Go heap of the whole process grow to a floor before it is collected, as long as the engine is open.
	HeapFloor bool
}

// Engine is a session. It is safe for concurrent use.
type Engine struct {
	cat    *catalog.Catalog
	budget *mem.Budget
	spill  *spill.Store
	slabs  *mem.Slabs

	threads int // as configured, before any SET
	goLimit *mem.GoLimit
	floor   *mem.HeapFloor // nil unless Config.HeapFloor

	mu       sync.RWMutex
	settings settings
	tables   map[string]*mem.Reservation // memory of in-memory tables, by lower-case name
	prepared map[string]*prepared        // by lower-case name
	closed   bool
}

// New returns an Engine. Close it to release its memory.
func New(c Config) *Engine {
	if c.Threads <= 0 {
		c.Threads = runtime.GOMAXPROCS(0)
	}
	if c.Memory <= 0 {
		c.Memory = mem.DefaultLimit()
	}
	if c.Registry == nil {
		c.Registry = spi.Default
	}
	budget, limit := mem.NewBudget("engine", c.Memory), mem.NewGoLimit(c.Memory)
	e := &Engine{cat: catalog.New(c.Registry), budget: budget, goLimit: limit, slabs: mem.NewSlabsTelling(budget, limit), spill: spill.NewStore(c.Spill),
		threads: c.Threads, settings: defaultSettings(c.Threads, c.Memory), tables: map[string]*mem.Reservation{}, prepared: map[string]*prepared{}}
	if c.HeapFloor {
		e.floor = mem.RaiseHeapFloor(c.Memory)
	}
	return e
}

// Catalog returns the names of this engine.
func (e *Engine) Catalog() *catalog.Catalog { return e.cat }

// Close releases the tables in memory. Queries must have ended. It is idempotent.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.tables {
		r.Free()
	}
	e.slabs.Close()
	e.floor.Lower()
	e.tables, e.closed = map[string]*mem.Reservation{}, true
	return nil
}

// config returns a copy of the settings for one query.
func (e *Engine) config() (settings, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return settings{}, fault.New(fault.Usage, "the engine is closed")
	}
	return e.settings.clone(), nil
}
