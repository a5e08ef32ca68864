package slt

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
)

// Ratchet is how many records of each file passed when it was last written. They may only grow.
type Ratchet map[string]int

// ReadRatchet reads lines "passed file".
func ReadRatchet(path string) (Ratchet, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := Ratchet{}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		count, name, ok := strings.Cut(s.Text(), " ")
		n, err := strconv.Atoi(count)
		if !ok || err != nil {
			return nil, fmt.Errorf("%s: a line is a number and a file, not %q", path, s.Text())
		}
		out[name] = n
	}
	return out, nil
}

// RatchetOf returns what the reports passed.
func RatchetOf(reports []*FileReport) Ratchet {
	out := Ratchet{}
	for _, r := range reports {
		if r.Passed > 0 {
			out[r.Name] = r.Passed
		}
	}
	return out
}

// Write writes the ratchet, sorted by file.
func (r Ratchet) Write(path string) error {
	names := make([]string, 0, len(r))
	for n := range r {
		names = append(names, n)
	}
	sort.Strings(names)
	var b bytes.Buffer
	for _, n := range names {
		fmt.Fprintf(&b, "%d %s\n", r[n], n)
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// Check returns the files of which fewer records pass than before, and how many more pass in all others.
func (r Ratchet) Check(now Ratchet) (worse []string, better int) {
	for name, n := range r {
		if now[name] < n {
			worse = append(worse, fmt.Sprintf("%s: %d records pass, %d did", name, now[name], n))
		}
	}
	for name, n := range now {
		better += max(n-r[name], 0)
	}
	sort.Strings(worse)
	return worse, better
}
