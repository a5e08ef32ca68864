package pipe

import (
	"sync"
	"time"

	"github.com/siksik-data/siksik"
)

// watchMillis is how often progress is reported.
const watchMillis = 100

// watcher reports the progress of a run from a goroutine of its own until it is stopped.
type watcher struct {
	report func(Progress)
	b      *bound
	q      *siksik.Running
	start  time.Time
	quit   chan struct{}
	over   sync.WaitGroup
	once   sync.Once

	mu         sync.Mutex
	committing bool
}

// watch starts the reports; stop must be called.
func (b *bound) watch(q *siksik.Running, report func(Progress), start time.Time) *watcher {
	w := &watcher{report: report, b: b, q: q, start: start, quit: make(chan struct{})}
	if report == nil {
		return w
	}
	w.over.Add(1)
	go func() {
		defer w.over.Done()
		t := time.NewTicker(watchMillis * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				w.tell()
			case <-w.quit:
				return
			}
		}
	}()
	return w
}

// tell reports once.
func (w *watcher) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.report(Progress{Committing: w.committing, Elapsed: time.Since(w.start), Sources: w.b.read(w.q), Sinks: w.b.written()})
}

// commits notes that all rows were written.
func (w *watcher) commits() {
	w.mu.Lock()
	w.committing = true
	w.mu.Unlock()
}

// stop ends the reports with a last one. It is idempotent and returns when no report is under way.
func (w *watcher) stop() {
	w.once.Do(func() {
		close(w.quit)
		w.over.Wait()
		if w.report != nil {
			w.tell()
		}
	})
}
