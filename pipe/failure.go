package pipe

import (
	"fmt"
	"strings"

	"github.com/siksik-data/siksik/fault"
)

// CheckError says that checks failed and nothing was written. Its code is fault.Check.
type CheckError struct{ Failures []Failure }

// Failure is one check that failed.
type Failure struct {
	Step     string
	Rule     string
	Bad      int64    // rows that fail
	Rows     int64    // of so many
	Examples []string // the first failing rows
	err      *fault.Error
}

// Error implements error: one line for each check.
func (e *CheckError) Error() string {
	lines := make([]string, len(e.Failures))
	for i, f := range e.Failures {
		lines[i] = f.err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns an error for each failure, with its place in the pipeline file.
func (e *CheckError) Unwrap() []error {
	out := make([]error, len(e.Failures))
	for i, f := range e.Failures {
		out[i] = f.err
	}
	return out
}

// failures evaluates the checks after all rows were seen.
func (b *bound) failures() error {
	var all []Failure
	add := func(t *target, c *Check, rule string, bad int64, what string, examples []example) {
		f := Failure{Step: t.rel.name.value, Rule: rule, Bad: bad, Rows: t.fan.rows}
		for _, x := range examples {
			f.Examples = append(f.Examples, x.text)
		}
		e := fault.New(fault.Check, "check failed: step %q, %s: %s; nothing was written", f.Step, rule, what)
		if len(f.Examples) > 0 {
			e.Hint = "for example " + strings.Join(f.Examples, "\n              ")
		}
		f.err = b.p.doc.fail(c.at, e)
		all = append(all, f)
	}
	for _, t := range b.targets {
		for _, x := range t.fan.tests {
			if x.bad > 0 {
				add(t, x.check, x.test.rule, x.bad, fmt.Sprintf("%d of %d rows fail", x.bad, t.fan.rows), x.found)
			}
		}
		for _, c := range t.fan.counts {
			if n := t.fan.rows; n < c.min || c.max >= 0 && n > c.max {
				add(t, c, c.rule, 0, fmt.Sprintf("there are %d rows", n), nil)
			}
		}
		for _, u := range t.unique {
			if u.keys > 0 {
				add(t, u.check, u.check.rule, u.rows, fmt.Sprintf("%d keys appear in %d rows", u.keys, u.rows), u.found)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &CheckError{all}
}
