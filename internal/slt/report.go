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

var (
	changes = regexp.MustCompile(`(?is)^\s*(?:with\b.*?\)\s*)?(?:insert\s+(?:or\s+\w+\s+)?into|create\s+(?:or\s+replace\s+)?(?:temp\w*\s+|unique\s+)?(?:table|view|macro|function|type|sequence|schema)` +
		`(?:\s+if\s+not\s+exists)?|copy|update|delete\s+from|truncate(?:\s+table)?|alter\s+(?:table|view)(?:\s+if\s+exists)?|merge\s+into|prepare)\s+"?([\w.]+)`)
	settings = regexp.MustCompile(`(?is)^\s*(?:set|pragma|reset|use|begin|attach)\b`)
)

// broke notes what a statement that failed would have made or changed: the records that name it later fail for that reason.
func (r *runner) broke(sql string) {
	if m := changes.FindStringSubmatch(sql); m != nil {
		name := m[1][strings.LastIndexByte(m[1], '.')+1:]
		r.broken = append(r.broken, regexp.MustCompile(`(?i)\b`+regexp.QuoteMeta(name)+`\b`))
	} else if settings.MatchString(sql) {
		r.broken = append(r.broken, regexp.MustCompile(``))
	}
}

// follows reports whether a record depends on a statement that failed.
func (r *runner) follows(sql string) bool {
	for _, re := range r.broken {
		if re.MatchString(sql) {
			return true
		}
	}
	return false
}

// afterFailure is the class of what depends on a statement that failed before.
const afterFailure = "after a statement that failed"

// refused sorts an error where there should be none.
func refused(err error) *Failure {
	f := &Failure{Kind: Unsupported, Reason: err.Error()}
	switch fault.CodeOf(err) {
	case fault.Unsupported, fault.Syntax, fault.Type, fault.Memory, fault.Usage, fault.Name, fault.NotFound:
	default:
		f.Kind = WrongResult
	}
	f.Class = string(fault.CodeOf(err)) + ": " + classOf(f.Reason)
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
