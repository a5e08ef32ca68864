package slt

import (
	"fmt"
	"io"
	"regexp"
	"sort"
	"strings"

	"github.com/siksik-data/siksik/fault"
)

// Kind sorts failures.
type Kind string

// The kinds of failures. A wrong result is also an error about values or data where there should be none, and success where there should be an error.
const (
	WrongResult Kind = "wrong result"
	Unsupported Kind = "unsupported"
	Crash       Kind = "crash"
	Timeout     Kind = "timeout"
)

var kinds = []Kind{Crash, Timeout, WrongResult, Unsupported}

// Failure is a record that did not do what its file expects.
type Failure struct {
	Line   int
	Kind   Kind
	Reason string
	Class  string // the reason without what differs from record to record
	SQL    string
}

// Skip is a record that did not run.
type Skip struct {
	Line   int
	Reason string
}

// FileReport is what the records of a file did.
type FileReport struct {
	Path, Name string
	Passed     int
	Failures   []Failure
	Skips      []Skip
}

// refused sorts an error where there should be none. What depends on a statement that failed before is unsupported for that reason.
func (r *runner) refused(err error) *Failure {
	f := &Failure{Kind: Unsupported, Reason: err.Error()}
	switch fault.CodeOf(err) {
	case fault.Unsupported, fault.Syntax, fault.Type, fault.Memory, fault.Usage:
	case fault.Name:
		if r.broken && (strings.HasPrefix(f.Reason, "no table") || strings.HasPrefix(f.Reason, "no column")) {
			f.Class = "after a statement that failed"
		}
	case fault.NotFound:
		if r.broken {
			f.Class = "after a statement that failed"
		}
	default:
		f.Kind = WrongResult
	}
	if f.Class == "" {
		f.Class = string(fault.CodeOf(err)) + ": " + classOf(f.Reason)
	}
	return f
}

var (
	quoted  = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	numbers = regexp.MustCompile(`-?\d+(\.\d+)?`)
)

// classOf removes from a message what differs from record to record, but keeps the names of functions and settings, which are what is missing.
func classOf(reason string) string {
	reason, _, _ = strings.Cut(reason, "\n")
	reason, _, _ = strings.Cut(reason, "; ")
	if strings.HasPrefix(reason, "no function") || strings.HasPrefix(reason, "no setting") {
		return shorten(reason)
	}
	return shorten(numbers.ReplaceAllString(quoted.ReplaceAllString(reason, "…"), "N"))
}

// Summary adds up reports.
type Summary struct {
	Passed, Skipped int
	Failed          map[Kind]int
	Classes         map[Kind]map[string]int
	Skips           map[string]int
}

// Summarize adds up reports.
func Summarize(reports []*FileReport) *Summary {
	s := &Summary{Failed: map[Kind]int{}, Classes: map[Kind]map[string]int{}, Skips: map[string]int{}}
	for _, r := range reports {
		s.Passed += r.Passed
		s.Skipped += len(r.Skips)
		for _, k := range r.Skips {
			s.Skips[k.Reason]++
		}
		for _, f := range r.Failures {
			s.Failed[f.Kind]++
			if s.Classes[f.Kind] == nil {
				s.Classes[f.Kind] = map[string]int{}
			}
			class := f.Class
			if class == "" {
				class = classOf(f.Reason)
			}
			s.Classes[f.Kind][class]++
		}
	}
	return s
}

// Failures counts all failures.
func (s *Summary) Failures() int {
	n := 0
	for _, k := range s.Failed {
		n += k
	}
	return n
}

// String is the last line of a run.
func (s *Summary) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", s.Passed, s.Failures(), s.Skipped)
}

// WriteReasons writes how many records failed and were skipped for which reason, the most frequent first, at most so many of each kind.
func (s *Summary) WriteReasons(w io.Writer, most int) {
	for _, k := range kinds {
		if s.Failed[k] > 0 {
			fmt.Fprintf(w, "%s: %d\n", k, s.Failed[k])
			writeCounts(w, s.Classes[k], most)
		}
	}
	fmt.Fprintf(w, "skipped: %d\n", s.Skipped)
	writeCounts(w, s.Skips, most)
}

func writeCounts(w io.Writer, counts map[string]int, most int) {
	names := make([]string, 0, len(counts))
	for n := range counts {
		names = append(names, n)
	}
	sort.Slice(names, func(i, j int) bool {
		if a, b := counts[names[i]], counts[names[j]]; a != b {
			return a > b
		}
		return names[i] < names[j]
	})
	for _, n := range names[:min(most, len(names))] {
		fmt.Fprintf(w, "%7d  %s\n", counts[n], n)
	}
}

// WriteFailures writes every failing record, sorted by kind, file and line: place, reason, and the SQL indented.
func WriteFailures(w io.Writer, reports []*FileReport) error {
	for _, k := range kinds {
		for _, r := range reports {
			for _, f := range r.Failures {
				if f.Kind != k {
					continue
				}
				if _, err := fmt.Fprintf(w, "%s  %s:%d  %s\n    %s\n", k, r.Name, f.Line, f.Reason, strings.ReplaceAll(f.SQL, "\n", "\n    ")); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
