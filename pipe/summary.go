package pipe

import "time"

// Summary is what a finished run did.
type Summary struct {
	Pipeline   string          `json:"pipeline"`
	Sources    []SourceSummary `json:"sources"`
	Sinks      []SinkSummary   `json:"sinks"`
	Checks     []CheckSummary  `json:"checks,omitempty"`
	Seconds    float64         `json:"seconds"`
	PeakMemory int64           `json:"peak_memory_bytes"` // of the process
	Budgeted   int64           `json:"peak_budget_bytes"` // of the query, as far as it reserved it
	Attempts   int             `json:"attempts"`
}

// SourceSummary is what was read from a source.
type SourceSummary struct {
	Name       string `json:"name"`
	Rows       int64  `json:"rows"`
	Bytes      int64  `json:"bytes"`
	Rejected   int64  `json:"rejected"`              // rows skipped or sent to the reject file
	Nulled     int64  `json:"nulled"`                // values replaced by null
	RejectFile string `json:"reject_file,omitempty"` // where the rejected rows are
}

// SinkSummary is what was written to a sink.
type SinkSummary struct {
	From string   `json:"from"`
	URI  string   `json:"uri"` // without passwords
	Mode string   `json:"mode"`
	Key  []string `json:"key,omitempty"`
	Rows int64    `json:"rows"`
}

// CheckSummary is a check that passed.
type CheckSummary struct {
	Step string `json:"step"`
	Rule string `json:"rule"`
}

// Rows returns how many rows were read and rejected.
func (s *Summary) Rows() (read, rejected int64) {
	for _, x := range s.Sources {
		read += x.Rows
		rejected += x.Rejected
	}
	return read, rejected
}

// Progress is how far a run is.
type Progress struct {
	Committing bool             // everything was written; the sinks are becoming visible
	Elapsed    time.Duration    //
	Sources    []SourceProgress // in the order of the pipeline
	Sinks      []SinkSummary    // rows so far
}

// SourceProgress is how far a source was read.
type SourceProgress struct {
	SourceSummary
	TotalBytes int64 // bytes that will be read, as far as known
}

// Description is a bound pipeline, as a dry run shows it.
type Description struct {
	Pipeline  string        `json:"pipeline"`
	Relations []Relation    `json:"relations"` // sources, then steps
	Sinks     []SinkSummary `json:"sinks"`
}

// Relation is a source or step with its columns and checks.
type Relation struct {
	Name    string   `json:"name"`
	Step    bool     `json:"step"`
	Columns []Column `json:"columns"`
	Checks  []string `json:"checks,omitempty"`
}

// Column is a column with its SQL type.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}
