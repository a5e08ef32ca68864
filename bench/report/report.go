package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/siksik-data/siksik/bench/peer"
)

// The engines that ratios are about.
const (
	baseline = "duckdb"
	ours     = "siksik" // and every name that starts so
)

// Run is everything that one call of the bench command measured.
type Run struct {
	Command   string    `json:"command"`
	Time      time.Time `json:"time"`
	System    string    `json:"system"` // operating system and architecture
	CPUs      int       `json:"cpus"`
	Rounds    int       `json:"rounds"`
	Threads   int       `json:"threads"`          // 0: the engines' own choice
	Memory    string    `json:"memory,omitempty"` // empty: the engines' own choice
	Workloads []Table   `json:"workloads"`
}

// Table is one workload.
type Table struct {
	Suite string `json:"suite"`
	Name  string `json:"name"`
	Title string `json:"title"`
	Bytes int64  `json:"bytes"` // of the files that it reads
	Lines []Line `json:"engines"`
}

// Line is one engine's outcome. Ratios are 0 where there is nothing to compare with.
type Line struct {
	Engine     string    `json:"engine"`
	Version    string    `json:"version,omitempty"`
	Seconds    float64   `json:"seconds,omitempty"` // of the query
	All        []float64 `json:"all,omitempty"`     // of the query, each round
	Process    float64   `json:"process_seconds,omitempty"`
	CPU        float64   `json:"user_cpu_seconds,omitempty"` // of the process
	VsDuckDB   float64   `json:"vs_duckdb,omitempty"`
	VsBest     float64   `json:"vs_best_peer,omitempty"`
	PeakBytes  int64     `json:"peak_bytes,omitempty"`
	GC         float64   `json:"gc_share,omitempty"`        // of the process's processor time
	AllocBytes int64     `json:"allocated_bytes,omitempty"` // on the heap
	Rows       int       `json:"rows"`
	Failure    string    `json:"failure,omitempty"`
	Difference string    `json:"difference,omitempty"`
}

// sound tells whether the engine answered, and as the others did.
func (l Line) sound() bool { return l.Failure == "" && l.Difference == "" }

// NewTable computes the ratios of a workload's outcomes. The best peer is the quickest engine other than siksik whose
// result is not in doubt.
func NewTable(suite string, w peer.Workload, bytes int64, outcomes []peer.Outcome) Table {
	t := Table{Suite: suite, Name: w.Name, Title: w.Title, Bytes: bytes}
	var duckdb, best float64
	for _, o := range outcomes {
		if o.Failure != "" || o.Difference != "" {
			continue
		}
		if o.Engine == baseline {
			duckdb = o.Best.Seconds
		}
		if !strings.HasPrefix(o.Engine, ours) && (best == 0 || o.Best.Seconds < best) {
			best = o.Best.Seconds
		}
	}
	for _, o := range outcomes {
		l := Line{Engine: o.Engine, Failure: o.Failure, Difference: o.Difference}
		if b := o.Best; o.Failure == "" {
			l.Version, l.Seconds, l.Process, l.CPU = b.Version, b.Seconds, b.Wall, b.CPU
			l.All, l.PeakBytes, l.Rows, l.GC, l.AllocBytes = o.All, b.PeakBytes, len(b.Result), b.GC, b.AllocBytes
			l.VsDuckDB, l.VsBest = ratio(l.Seconds, duckdb), ratio(l.Seconds, best)
		}
		t.Lines = append(t.Lines, l)
	}
	return t
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// line returns the line of an engine, or none.
func (t Table) line(engine string) (Line, bool) {
	for _, l := range t.Lines {
		if l.Engine == engine {
			return l, true
		}
	}
	return Line{}, false
}

// Sound tells whether every engine answered every workload, and all the same.
func (r Run) Sound() bool {
	for _, t := range r.Workloads {
		for _, l := range t.Lines {
			if !l.sound() {
				return false
			}
		}
	}
	return true
}

// suites returns the workloads by suite, in the order in which they ran.
func (r Run) suites() []Suite {
	var out []Suite
	for _, t := range r.Workloads {
		if len(out) == 0 || out[len(out)-1].Name != t.Suite {
			out = append(out, Suite{Name: t.Suite})
		}
		s := &out[len(out)-1]
		s.Tables = append(s.Tables, t)
	}
	return out
}

// Write adds the run to a directory of results, as JSON and as a page, and returns the files' paths.
func (r Run) Write(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the directory of results: %w", err)
	}
	text, errJSON := json.MarshalIndent(r, "", "  ")
	page, errPage := r.page()
	if err := errors.Join(errJSON, errPage); err != nil {
		return nil, fmt.Errorf("writing results: %w", err)
	}
	base := filepath.Join(dir, r.Time.UTC().Format("20060102T150405.000Z")+"-"+r.Command)
	for path, content := range map[string][]byte{base + ".json": append(text, '\n'), base + ".html": page} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return nil, fmt.Errorf("writing results: %w", err)
		}
	}
	return []string{base + ".json", base + ".html"}, nil
}
