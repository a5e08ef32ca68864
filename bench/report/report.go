package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
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
	Time      time.Time `json:"time"`
	System    string    `json:"system"` // operating system and architecture
	CPUs      int       `json:"cpus"`
	Rounds    int       `json:"rounds"`
	Threads   int       `json:"threads"` // 0: the engines' own choice
	Workloads []Table   `json:"workloads"`
}

// Table is one workload.
type Table struct {
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
	VsDuckDB   float64   `json:"vs_duckdb,omitempty"`
	VsBest     float64   `json:"vs_best_peer,omitempty"`
	PeakBytes  int64     `json:"peak_bytes,omitempty"`
	Rows       int       `json:"rows"`
	Failure    string    `json:"failure,omitempty"`
	Difference string    `json:"difference,omitempty"`
}

// NewTable computes the ratios of a workload's outcomes. The best peer is the quickest engine other than siksik whose
// result is not in doubt.
func NewTable(w peer.Workload, bytes int64, outcomes []peer.Outcome) Table {
	t := Table{Name: w.Name, Title: w.Title, Bytes: bytes}
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
		if o.Failure == "" {
			l.Version, l.Seconds, l.Process = o.Best.Version, o.Best.Seconds, o.Best.Wall
			l.All, l.PeakBytes, l.Rows = o.All, o.Best.PeakBytes, len(o.Best.Result)
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

// Sound tells whether every engine answered, and all the same.
func (t Table) Sound() bool {
	for _, l := range t.Lines {
		if l.Failure != "" || l.Difference != "" {
			return false
		}
	}
	return true
}

// Print writes the table for people.
func (t Table) Print(w io.Writer) error {
	fmt.Fprintf(w, "\n%s: %s (%d MB)\n", t.Name, t.Title, t.Bytes/1_000_000)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "engine\tversion\tquery s\tprocess s\tvs DuckDB\tvs best peer\tpeak MB\trows\tresult\t")
	var notes []string
	for _, l := range t.Lines {
		if l.Failure != "" {
			fmt.Fprintf(tw, "%s\t\t\t\t\t\t\t\tFAILED\t\n", l.Engine)
			notes = append(notes, fmt.Sprintf("%s failed: %s", l.Engine, l.Failure))
			continue
		}
		result := "equal"
		if l.Difference != "" {
			result = "DIFFERS"
			notes = append(notes, fmt.Sprintf("%s differs: %s", l.Engine, l.Difference))
		}
		fmt.Fprintf(tw, "%s\t%s\t%.3f\t%.3f\t%s\t%s\t%d\t%d\t%s\t\n", l.Engine, l.Version, l.Seconds, l.Process,
			times(l.VsDuckDB), times(l.VsBest), l.PeakBytes/1_000_000, l.Rows, result)
	}
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("printing the table: %w", err)
	}
	for _, n := range notes {
		fmt.Fprintln(w, "  "+n)
	}
	return nil
}

func times(r float64) string {
	if r == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f×", r)
}

// Write adds the run to a directory of results, as a file named after its time, and returns the file's path.
func (r Run) Write(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the directory of results: %w", err)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", fmt.Errorf("writing results: %w", err)
	}
	path := filepath.Join(dir, r.Time.UTC().Format("20060102T150405.000Z")+".json")
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return "", fmt.Errorf("writing results: %w", err)
	}
	return path, nil
}
