package peer

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Workload is one query. Either each engine has its own spelling of it (the peers in peers/run_<engine>.py under the
// workload's name, siksik in SQL), or Statements hold the one spelling of all engines that speak SQL.
type Workload struct {
	Suite string // what it belongs to: its queries are reported together
	Name  string // within the suite
	Title string
	Files []string                 // that it reads, in the data directory, the largest first
	SQL   func(data string) string // siksik's own spelling, if there are no statements

	Tables     []Table  // what the statements call the files; naming them counts as part of the query
	Statements []string // the query, between what must run before and after it
	Unordered  bool     // any order of rows is right, as far as Keys allow
	Keys       []int    // columns that an unordered result must have in the given order, because ORDER BY names them
	CountOnly  bool     // which rows there are is open, only their number is compared
	Discard    bool     // the rows are fetched in batches and thrown away; the result is their number
	Memory     string   // memory limit of the engines that know one; empty for that of the settings

	Slow []string // engines that take so long here that one round must do, beside those that always do
}

// Table is a file under a name.
type Table struct {
	Name string
	File string // in the data directory
}

// Setting is how an engine runs a workload.
type Setting struct {
	Data    string // absolute directory of the files
	Threads int    // 0 for the engine's own choice
	Memory  string // such as 1GB; empty for the engine's own choice. Engines without a limit ignore it.
}

// slowEngines take so long on every workload that one round must do.
var slowEngines = []string{"pyspark"}

// isSlow tells whether one round of the engine must do.
func (w Workload) isSlow(engine string) bool {
	return slices.Contains(w.Slow, engine) || slices.Contains(slowEngines, engine)
}

// memory is the limit that counts.
func (w Workload) memory(s Setting) string {
	if w.Memory != "" {
		return w.Memory
	}
	return s.Memory
}

// siksikSQL is the text that siksik runs.
func (w Workload) siksikSQL(data string) string {
	if w.Statements == nil {
		return w.SQL(data)
	}
	var b strings.Builder
	for _, t := range w.Tables {
		fmt.Fprintf(&b, "CREATE VIEW %s AS FROM '%s';\n", t.Name, filepath.Join(data, t.File))
	}
	for _, s := range w.Statements {
		b.WriteString(s + ";\n")
	}
	return b.String()
}
