package slt

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Verb is what a command of a file does.
type verb uint8

const (
	verbStatement verb = iota
	verbQuery
	verbLoop
	verbEnd
	verbMode
	verbRequire
	verbHalt
	verbResetLabel
	verbSet
	verbConnection // what only a test program with storage or several connections can do
)

// expectation is what a statement should do.
type expectation uint8

const (
	succeeds expectation = iota
	fails
	either
	counts
)

// command is one step of a file, before variables are replaced.
type command struct {
	line   int
	verb   verb
	conds  []condition
	words  []string // of the head line
	sql    string
	expect expectation
	types  string
	sort   string
	label  string
	want   []string // lines below ----
	wants  bool     // there is a ----
	first  int      // line of the first of want; that of ---- plus one
	end    int      // for loops: index of the matching verbEnd
}

// condition is a skipif or onlyif before a record.
type condition struct {
	only bool
	word string
}

// script is a file.
type script struct {
	path     string
	lines    []string
	commands []command
}

// readScript reads a file.
func readScript(path string) (*script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	full, err := included(path, string(text), 0)
	if err != nil {
		return nil, err
	}
	return parseScript(path, full)
}

// includesMax is how deep files may include each other.
const includesMax = 8

// included puts the text of other files in place of the lines "include PATH", whose paths are relative to the file that has them.
func included(path, text string, depth int) (string, error) {
	if !strings.Contains(text, "include ") {
		return text, nil
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		name, ok := strings.CutPrefix(l, "include ")
		if !ok || i > 0 && strings.TrimSpace(lines[i-1]) != "" && !strings.HasPrefix(lines[i-1], "#") && !strings.HasPrefix(lines[i-1], "include ") {
			continue
		}
		if depth == includesMax {
			return "", fmt.Errorf("%s:%d: files include each other more than %d deep", path, i+1, includesMax)
		}
		other := filepath.Join(filepath.Dir(path), strings.TrimSpace(name))
		more, err := os.ReadFile(other)
		if err != nil {
			return "", fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		if lines[i], err = included(other, string(more), depth+1); err != nil {
			return "", err
		}
	}
	return strings.Join(lines, "\n"), nil
}

// parseScript cuts the text of a file into commands.
func parseScript(path, text string) (*script, error) {
	s := &script{path: path, lines: strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")}
	var loops []int
	var conds []condition
	for at := 0; at < len(s.lines); {
		words := strings.Fields(s.lines[at])
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			at++
			continue
		}
		if (words[0] == "skipif" || words[0] == "onlyif") && len(words) > 1 {
			conds = append(conds, condition{words[0] == "onlyif", words[1]})
			at++
			continue
		}
		c := command{line: at + 1, words: words, conds: conds}
		conds = nil
		next, err := s.command(&c, at)
		if err != nil {
			return nil, err
		}
		at = next
		switch c.verb {
		case verbLoop:
			loops = append(loops, len(s.commands))
		case verbEnd:
			if len(loops) == 0 {
				return nil, s.fail(c.line, "endloop without loop")
			}
			s.commands[loops[len(loops)-1]].end = len(s.commands)
			loops = loops[:len(loops)-1]
		}
		s.commands = append(s.commands, c)
	}
	if len(loops) > 0 {
		return nil, s.fail(s.commands[loops[0]].line, "loop without endloop")
	}
	return s, nil
}

func (s *script) fail(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", s.path, line, fmt.Sprintf(format, args...))
}

// command reads the command at a line and returns the line after it.
func (s *script) command(c *command, at int) (int, error) {
	switch word := strings.ToLower(c.words[0]); word {
	case "statement":
		return s.statement(c, at)
	case "query":
		return s.query(c, at), nil
	case "loop", "foreach", "concurrentloop", "concurrentforeach":
		c.verb = verbLoop
		if len(c.words) < 3 {
			return 0, s.fail(c.line, "%s takes a variable and values", word)
		}
	case "endloop":
		c.verb = verbEnd
	case "mode":
		c.verb = verbMode
	case "require", "require-env":
		c.verb = verbRequire
	case "halt":
		c.verb = verbHalt
	case "set", "control":
		c.verb = verbSet
	case "reset":
		c.verb = verbResetLabel
	case "hash-threshold", "sleep", "subtest", "tags", "test-env", "system":
		c.verb = verbSet
	case "load", "restart", "reconnect", "unzip", "connection":
		c.verb = verbConnection
	default:
		return 0, s.fail(c.line, "no command %q", word)
	}
	return at + 1, nil
}

// statement reads statement ok|error|maybe|count N, its SQL, and the message below ----, which nobody compares.
func (s *script) statement(c *command, at int) (int, error) {
	c.verb = verbStatement
	if len(c.words) < 2 {
		return 0, s.fail(c.line, "statement is followed by ok, error, maybe or count")
	}
	switch c.words[1] {
	case "ok":
		c.expect = succeeds
	case "error":
		c.expect = fails
	case "maybe":
		c.expect = either
	case "count":
		c.expect = counts
	default:
		return 0, s.fail(c.line, "statement is followed by ok, error, maybe or count, not %q", c.words[1])
	}
	return s.body(c, at+1), nil
}

// query reads query TYPES [sort] [label], and query error.
func (s *script) query(c *command, at int) int {
	c.verb = verbQuery
	if len(c.words) > 1 {
		c.types = c.words[1]
	}
	if c.types == "error" {
		c.verb, c.expect = verbStatement, fails
		return s.body(c, at+1)
	}
	for _, w := range c.words[min(2, len(c.words)):] {
		switch w {
		case "nosort", "rowsort", "valuesort", "sort", "noresult":
			c.sort = w
		default:
			c.label = w
		}
	}
	return s.body(c, at+1)
}

// body reads SQL up to an empty line, a comment or ----, and what is below ---- up to an empty line. The first line may be empty.
func (s *script) body(c *command, at int) int {
	start := at
	if at+1 < len(s.lines) && s.lines[at] == "" && !isDashes(s.lines[at+1]) {
		at++
	}
	for at < len(s.lines) && !isDashes(s.lines[at]) && strings.TrimSpace(s.lines[at]) != "" && !strings.HasPrefix(s.lines[at], "#") {
		at++
	}
	c.sql = strings.Join(s.lines[start:at], "\n")
	if at == len(s.lines) || !isDashes(s.lines[at]) {
		c.first = at
		return at
	}
	at++
	c.wants, c.first = true, at
	for at < len(s.lines) && s.lines[at] != "" {
		at++
	}
	c.want = s.lines[c.first:at]
	return at
}

// isDashes reports whether a line separates SQL from what is expected.
func isDashes(line string) bool { return strings.TrimRight(line, " \t") == "----" }
