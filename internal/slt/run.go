package slt

import (
	"cmp"
	"context"
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/siksik-data/siksik/fault"
	_ "github.com/siksik-data/siksik/formats" // files name formats by their endings
	"github.com/siksik-data/siksik/internal/engine"
)

// Options say how files are run. Paths inside of files are relative to the working directory of the process.
type Options struct {
	Dialect *Dialect
	Threads int
	Memory  int64         // bytes of each file's engine
	Limit   time.Duration // of one record
	// Settings are set on top of the dialect's, before the first record.
	Settings map[string]string
	// Rewrite writes what records give into the file, in place of what it expects.
	Rewrite bool
}

// runner runs one file.
type runner struct {
	o      Options
	s      *script
	name   string
	sess   *session
	temp   string
	labels map[string]string
	report *FileReport
	skip   string // why the records that follow are skipped; "" runs them
	asked  bool   // mode skip
	halted bool
	broken []*regexp.Regexp // names of what statements that should have succeeded would have made or changed
	edits  []edit
}

// RunFile runs a file on a fresh engine. name is what reports and the rules of outside.txt call it. An error says that the file itself cannot be
// read; what its records do is in the report.
func RunFile(ctx context.Context, path, name string, o Options) (*FileReport, error) {
	s, err := readScript(path)
	if err != nil {
		return nil, &unreadable{err}
	}
	temp, err := os.MkdirTemp("", "slt")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	e := engine.New(engine.Config{Threads: o.Threads, Memory: o.Memory})
	r := &runner{o: o, s: s, name: name, temp: temp, labels: map[string]string{}, report: &FileReport{Path: path, Name: name},
		sess: &session{e: e, dialect: o.Dialect, limit: o.Limit}}
	r.skip = outside.file(name)
	for _, m := range []map[string]string{o.Dialect.settings, o.Dialect.foreign(path), o.Settings} {
		for k, v := range m {
			if err := e.Set(k, v); err != nil {
				return nil, err
			}
		}
	}
	if err := r.block(ctx, 0, len(s.commands), nil); err != nil {
		return nil, err
	}
	if !r.sess.stuck { // the engine of a statement that hangs is left to it
		if err := e.Close(); err != nil {
			return nil, err
		}
	}
	return r.report, r.write()
}

// unreadable says why a file is no script.
type unreadable struct{ err error }

// Error implements error.
func (u *unreadable) Error() string { return u.err.Error() }

// Unwrap implements the errors package.
func (u *unreadable) Unwrap() error { return u.err }

func (u *unreadable) report(f File) *FileReport {
	return &FileReport{Path: f.Path, Name: f.Name, Failures: []Failure{{Line: 1, Kind: Unsupported, Reason: u.Error(), Class: "a file that cannot be read"}}}
}

// block runs the commands [from, to).
func (r *runner) block(ctx context.Context, from, to int, vars variables) error {
	for i := from; i < to && !r.halted; i++ {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		c := &r.s.commands[i]
		runs := true
		for _, cond := range c.conds {
			runs = runs && cond.holds(r.o.Dialect.engines, vars)
		}
		switch c.verb {
		case verbLoop:
			if err := r.loop(ctx, i, vars, runs); err != nil {
				return err
			}
			i = c.end
		case verbStatement, verbQuery:
			if !runs {
				r.skipped(c, "for other engines")
				continue
			}
			r.record(ctx, c, vars)
		default:
			if runs {
				r.directive(ctx, c)
			}
		}
	}
	return nil
}

func (r *runner) loop(ctx context.Context, at int, vars variables, runs bool) error {
	c := &r.s.commands[at]
	rounds, err := r.s.rounds(c, vars)
	if err != nil {
		return err
	}
	for _, v := range rounds {
		if !runs {
			break
		}
		if err := r.block(ctx, at+1, c.end, v); err != nil {
			return err
		}
	}
	return nil
}

// directive runs what is neither a record nor a loop.
func (r *runner) directive(ctx context.Context, c *command) {
	switch c.verb {
	case verbHalt:
		r.halted = true
	case verbMode:
		if len(c.words) > 1 && (c.words[1] == "skip" || c.words[1] == "unskip") {
			r.asked = c.words[1] == "skip"
		}
	case verbRequire:
		if why := outside.require(strings.Join(c.words[1:], " ")); why != "" && r.skip == "" {
			r.skip = why
		}
	case verbConnection:
		r.skip = "storage internals: " + c.words[0]
	case verbResetLabel:
		delete(r.labels, c.words[len(c.words)-1])
	case verbSet:
		r.set(ctx, c.words)
	}
}

// set applies set seed X and control sortmode X.
func (r *runner) set(ctx context.Context, words []string) {
	if len(words) == 3 && words[0] == "set" && words[1] == "seed" {
		// An engine without random numbers has no seed either; the records that need them fail by themselves.
		_, _ = r.sess.run(ctx, "SELECT setseed("+words[2]+")", "")
	}
	if len(words) == 3 && words[0] == "control" && words[1] == "sortmode" {
		for i := range r.s.commands {
			if c := &r.s.commands[i]; c.sort == "" {
				c.sort = words[2]
			}
		}
	}
}

// record runs a statement or query.
func (r *runner) record(ctx context.Context, c *command, vars variables) {
	sql := r.expand(c.sql, vars)
	switch {
	case r.asked:
		r.skipped(c, "mode skip")
		return
	case r.skip != "":
		r.skipped(c, r.skip)
		return
	case c.verb == verbStatement && len(c.words) > 2 && c.expect != counts && r.o.Dialect.Name == "duckdb":
		r.skipped(c, "several connections")
		return
	}
	if why := cmp.Or(outside.sql(sql), r.o.Dialect.skips(sql)); why != "" {
		r.skipped(c, why)
		return
	}
	t, err := r.sess.run(ctx, sql, c.types)
	f := r.judge(c, vars, t, err)
	if f == nil {
		r.report.Passed++
		return
	}
	if f.Kind == WrongResult {
		if why := outside.decided(r.name, sql); why != "" {
			r.skipped(c, why)
			return
		}
	}
	f.Line, f.SQL = c.line, sql
	if (f.Kind == WrongResult || f.Kind == Unsupported) && r.follows(sql) {
		f.Kind, f.Class = Unsupported, afterFailure
	}
	if c.expect == succeeds && err != nil {
		r.broke(sql)
	}
	r.report.Failures = append(r.report.Failures, *f)
}

// judge compares the outcome with what is expected; nil says that it passed.
func (r *runner) judge(c *command, vars variables, t *table, err error) *Failure {
	if kind := unexpected(err); kind != "" {
		return &Failure{Kind: kind, Reason: err.Error()}
	}
	if c.verb == verbStatement && c.expect == fails {
		if err == nil {
			return &Failure{Kind: WrongResult, Reason: "it must fail, and succeeds"}
		}
		return r.message(c, vars, err)
	}
	if c.verb == verbStatement && c.expect == either {
		return nil
	}
	if err != nil {
		return refused(err)
	}
	if c.verb == verbStatement {
		if c.expect == counts && len(c.words) > 2 && strconv.FormatInt(t.affect, 10) != c.words[2] {
			return &Failure{Kind: WrongResult, Reason: "touches " + strconv.FormatInt(t.affect, 10) + " rows, expected " + c.words[2]}
		}
		return nil
	}
	return r.compare(c, vars, t)
}

// message compares the first line of an error's message, where messages are compared.
func (r *runner) message(c *command, vars variables, err error) *Failure {
	if !r.o.Dialect.own || !c.wants {
		return nil
	}
	got, _, _ := strings.Cut(fault.Render(err), "\n")
	if want := r.expand(strings.Join(c.want, "\n"), vars); got != want {
		if r.o.Rewrite && len(vars) == 0 {
			r.edits = append(r.edits, edit{c.first, c.first + len(c.want), []string{got}})
			return nil
		}
		return &Failure{Kind: WrongResult, Reason: "the message is " + strconv.Quote(got) + ", expected " + strconv.Quote(want)}
	}
	return nil
}

// compare checks the rows of a query and its label.
func (r *runner) compare(c *command, vars variables, t *table) *Failure {
	if r.o.Rewrite && c.wants && len(vars) == 0 {
		r.edit(c, t)
		return nil
	}
	if c.wants && !c.byLabel(r.o.Dialect) {
		want := make([]string, len(c.want))
		for i, w := range c.want {
			want[i] = r.expand(w, vars)
		}
		if problem := c.check(t, want, r.o.Dialect); problem != "" {
			return &Failure{Kind: WrongResult, Reason: problem}
		}
	}
	if c.label == "" {
		return nil
	}
	h := digest(arrange(t.values, len(t.kinds), c.sort), t.kinds, c.sort)
	old, ok := r.labels[r.expand(c.label, vars)]
	if ok && old != h {
		return &Failure{Kind: WrongResult, Reason: "rows differ from those of the query before with label " + c.label}
	}
	r.labels[r.expand(c.label, vars)] = h
	return nil
}

// expand replaces variables and folders.
func (r *runner) expand(s string, vars variables) string {
	s = vars.expand(s)
	if !strings.ContainsAny(s, "_{") {
		return s
	}
	return strings.NewReplacer("__TEST_DIR__", r.temp, "{TEST_DIR}", r.temp, "{TEMP_DIR}", r.temp, "{DATA_DIR}", "data", "{WORKING_DIR}", ".").Replace(s)
}

func (r *runner) skipped(c *command, why string) {
	r.report.Skips = append(r.report.Skips, Skip{Line: c.line, Reason: why})
}

// unexpected returns the kind of failure of an error that no record may expect, or "".
func unexpected(err error) Kind {
	var c *crash
	switch {
	case err == nil:
		return ""
	case errors.As(err, &c):
		return Crash
	case errors.Is(err, errStuck), errors.Is(err, errTimeout):
		return Timeout
	}
	return ""
}
