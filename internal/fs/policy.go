package fs

import (
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/fault"
)

// OnError says what happens to a row with a value that does not fit its column, or that cannot be read at all.
type OnError uint8

// The policies.
const (
	Fail       OnError = iota // the scan stops with an error that says where and why
	NullOut                   // the value becomes null; a row that cannot be read at all is left out, and counted as rejected
	Skip                      // the row is left out
	RejectFile                // the row is left out and written to a file with the reason
)

var onErrorNames = []string{"fail", "null", "skip", "reject-file"}

// String returns the policy as options spell it.
func (o OnError) String() string { return onErrorNames[o] }

// Policy is the option on_error.
type Policy struct {
	Mode OnError
	File string  // where rejected rows go, for RejectFile
	Rows int64   // most rejected rows and nulled values, or -1
	Part float64 // most of them as a part of all rows, or -1
}

// Whole reports whether rows must be read whole to know which of them are there: otherwise a query that needs fewer columns would see more rows.
func (p Policy) Whole() bool { return p.Mode == Skip || p.Mode == RejectFile }

// newPolicy checks the parts of the option.
func newPolicy(mode, file, limit string) (Policy, error) {
	p := Policy{File: file, Rows: -1, Part: -1}
	switch strings.ReplaceAll(strings.ToLower(mode), "_", "-") {
	case "", "fail":
		if file != "" && mode == "" {
			p.Mode = RejectFile
		}
	case "null":
		p.Mode = NullOut
	case "skip":
		p.Mode = Skip
	case "reject-file", "reject":
		p.Mode = RejectFile
	default:
		return p, &fault.Error{Code: fault.Name, Msg: "unknown on_error mode " + fault.Quote(mode), Hint: "known: " + strings.Join(onErrorNames, ", ")}
	}
	if p.Mode == RejectFile && file == "" {
		return p, fault.New(fault.Usage, "on_error: reject-file needs a file").WithHint("add reject_file, or file below on_error")
	}
	if limit == "" {
		return p, nil
	}
	text, percent := strings.CutSuffix(strings.TrimSpace(limit), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	switch {
	case err != nil || !(v >= 0) || percent && v > 100 || !percent && v != float64(int64(v)):
		return p, fault.New(fault.Usage, "the limit of rejected rows must be a count or a percentage such as 0.1%%, not %q", limit)
	case percent:
		p.Part = v / 100
	default:
		p.Rows = int64(v)
	}
	return p, nil
}
