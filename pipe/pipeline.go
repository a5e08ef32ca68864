package pipe

import (
	"strings"
	"time"

	"github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// Pipeline is sources, steps, checks and sinks. Make one with New or Parse. It is described by methods that return it, and then run any number of times;
// describing is not safe for concurrent use, running is.
type Pipeline struct {
	name    string
	doc     *document // nil if made in Go
	params  []param
	sources []source
	steps   []step
	sinks   []sink
	retries int
	pause   time.Duration // before the first repetition; twice as long before each further one
	err     error         // the first mistake of the description
}

// source is a named relation that is read.
type source struct {
	name     text
	frame    func(*env) (siksik.LazyFrame, error)
	uri      text   // of sources from YAML
	settings []text // names and values that errors may mention, with their places
	rejects  text   // the reject file, if there is one
}

// step is a named relation that is computed, by SQL or by Go.
type step struct {
	name   text
	sql    text
	params []siksik.Param
	fn     func(Relations) siksik.LazyFrame
	checks []Check
}

// sink is where a relation is written.
type sink struct {
	from, uri text
	options   func(*env) ([]siksik.LoadOption, error)
	key       []text
	settings  []text // names and values that errors may mention, with their places
}

// New begins a pipeline.
func New(name string) *Pipeline { return &Pipeline{name: name, pause: time.Second} }

// Name returns the pipeline's name.
func (p *Pipeline) Name() string { return p.name }

// Param declares a parameter with its default; SQL steps see it as $name, and Options.Params may change it. Nil makes it required.
func (p *Pipeline) Param(name string, value any) *Pipeline {
	p.params = append(p.params, param{plain(name), value})
	return p
}

// Source names a relation that is read.
func (p *Pipeline) Source(name string, f siksik.LazyFrame) *Pipeline {
	return p.source(source{name: plain(name), frame: func(*env) (siksik.LazyFrame, error) { return f, nil }})
}

func (p *Pipeline) source(s source) *Pipeline {
	p.claim(s.name)
	p.sources = append(p.sources, s)
	return p
}

// SQL adds a step: a query over the sources and the steps before it. Parameters are those of the pipeline and the given ones.
func (p *Pipeline) SQL(name, query string, params ...siksik.Param) *Pipeline {
	return p.step(step{name: plain(name), sql: plain(query), params: params})
}

// Step adds a step made in Go from the sources and the steps before it. The function only describes; it may be called several times.
func (p *Pipeline) Step(name string, f func(in Relations) siksik.LazyFrame) *Pipeline {
	return p.step(step{name: plain(name), fn: f})
}

func (p *Pipeline) step(s step) *Pipeline {
	p.claim(s.name)
	p.steps = append(p.steps, s)
	return p
}

// Check adds checks of the rows of a step.
func (p *Pipeline) Check(step string, checks ...Check) *Pipeline {
	for i := range p.steps {
		if p.steps[i].name.value == step {
			p.steps[i].checks = append(p.steps[i].checks, checks...)
			return p
		}
	}
	return p.mistake(p.unknown("step", plain(step), false))
}

// Sink writes a step or source to a file or database by path or URL: siksik.UpsertBy, AppendRows, LoadFormat and LoadWith say how.
func (p *Pipeline) Sink(from, uri string, opts ...siksik.LoadOption) *Pipeline {
	return p.sink(sink{from: plain(from), uri: plain(uri), options: func(*env) ([]siksik.LoadOption, error) { return opts, nil }})
}

func (p *Pipeline) sink(s sink) *Pipeline {
	if !p.has(s.from.value) {
		return p.mistake(p.unknown("step or source", s.from, true))
	}
	p.sinks = append(p.sinks, s)
	return p
}

// Retries sets how often a run is repeated from its beginning after an error of the world, such as a lost connection.
func (p *Pipeline) Retries(n int) *Pipeline {
	p.retries = n
	return p
}

func (p *Pipeline) mistake(err error) *Pipeline {
	if p.err == nil {
		p.err = err
	}
	return p
}

// claim notes that a name is taken twice.
func (p *Pipeline) claim(name text) {
	switch {
	case name.value == "":
		p.mistake(p.doc.failf(name.at, "a source or step needs a name"))
	case p.has(name.value):
		p.mistake(p.doc.failf(name.at, "there is a source or step %q already", name.value))
	}
}

// has reports whether a source or step has the name. SQL does not tell upper and lower case apart, so neither does this.
func (p *Pipeline) has(name string) bool {
	for _, n := range p.names(true) {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

func (p *Pipeline) names(sources bool) []string {
	var out []string
	if sources {
		for _, s := range p.sources {
			out = append(out, s.name.value)
		}
	}
	for _, s := range p.steps {
		out = append(out, s.name.value)
	}
	return out
}

func (p *Pipeline) unknown(what string, name text, sources bool) error {
	known := p.names(sources)
	err := fault.New(fault.Usage, "no %s %q", what, name.value)
	if err.Hint = fault.DidYouMean(name.value, known); err.Hint == "" && len(known) > 0 {
		err.Hint = "there are: " + strings.Join(known, ", ")
	}
	return p.doc.fail(name.at, err)
}

// Relations are what a step may read: the sources and the steps before it.
type Relations struct {
	frames map[string]siksik.LazyFrame
	names  []string
	err    *error // the first unknown name
}

// Get returns a relation by name. A name that does not exist makes the step fail with the nearest one.
func (r Relations) Get(name string) siksik.LazyFrame {
	for n, f := range r.frames {
		if strings.EqualFold(n, name) {
			return f
		}
	}
	if *r.err == nil {
		err := fault.New(fault.Usage, "no source or step %q", name)
		if err.Hint = fault.DidYouMean(name, r.names); err.Hint == "" {
			err.Hint = "there are: " + strings.Join(r.names, ", ")
		}
		*r.err = err
	}
	return siksik.LazyFrame{}
}

// Names lists the relations in the order of the pipeline.
func (r Relations) Names() []string { return r.names }

// Parse reads a pipeline file; name is what messages call it. Parameters and ${…} get their values when it runs.
func Parse(name, yaml string) (*Pipeline, error) {
	// One kind of line end, so that lines here and in the YAML library are the same.
	doc := &document{name: name, text: strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(yaml)}
	s, err := decode(doc)
	if err != nil {
		return nil, err
	}
	p := New(s.Name.value).Retries(int(s.Retries.n))
	p.doc = doc
	for _, x := range s.Params {
		p.params = append(p.params, param{x.Key, x.Value.Value})
	}
	for _, x := range s.Sources {
		p.source(x.source())
	}
	for _, x := range s.Steps {
		st := step{name: x.Name, sql: x.SQL}
		for _, c := range x.Checks {
			check, err := c.check(doc)
			if err != nil {
				return nil, err
			}
			st.checks = append(st.checks, check)
		}
		p.step(st)
	}
	for _, x := range s.Sinks {
		if err := x.verify(doc); err != nil {
			return nil, err
		}
		p.sink(x.sink())
	}
	return p, p.err
}

// source makes the scan of a source.
func (x sourceSpec) source() source {
	var rejects text
	if x.OnError != nil && x.OnError.Mode.value == "reject-file" {
		rejects = x.OnError.File
	}
	return source{name: x.Key, uri: x.URI, rejects: rejects, settings: x.Options.settings(x.Format), frame: func(e *env) (siksik.LazyFrame, error) {
		uri, err := e.expand(x.URI)
		if err != nil {
			return siksik.LazyFrame{}, err
		}
		var opts []siksik.FileOption
		set := func(name string, v any) { opts = append(opts, siksik.Option(name, v)) }
		for _, o := range x.Options {
			v, err := e.expandAny(o.value)
			if err != nil {
				return siksik.LazyFrame{}, err
			}
			set(o.name.value, v)
		}
		if fields, err := x.columns(e); err != nil {
			return siksik.LazyFrame{}, err
		} else if len(fields) > 0 {
			opts = append(opts, siksik.Columns(fields...))
		}
		if x.OnError != nil {
			v, err := x.OnError.option(e)
			if err != nil {
				return siksik.LazyFrame{}, err
			}
			set("on_error", v)
		}
		format, err := e.expand(x.Format)
		return siksik.Scan(uri, append(opts, siksik.FileFormat(format))...), err
	}}
}

// settings lists the names of options, and the format.
func (o options) settings(format text) []text {
	var out []text
	if format.value != "" {
		out = append(out, format)
	}
	for _, x := range o {
		out = append(out, x.name)
	}
	return out
}

func (x sourceSpec) columns(e *env) ([]dtype.Field, error) {
	var out []dtype.Field
	for _, c := range x.Columns {
		t, err := dtype.Parse(c.Type.value)
		if err != nil {
			f := fault.New(fault.Usage, "%q is not a type", c.Type.value)
			f.Hint = "types are spelled as in SQL: varchar, bigint, double, timestamp, decimal(15,2), date, boolean, …"
			return nil, e.doc.fail(c.Type.at, f)
		}
		out = append(out, dtype.Field{Name: c.Key.value, Type: t})
	}
	return out, nil
}

// option is the value of the readers' option on_error.
func (x *onErrorSpec) option(e *env) (any, error) {
	m := map[string]any{"mode": x.Mode.value}
	file, err := e.expand(x.File)
	if err != nil {
		return nil, err
	}
	if file != "" {
		m["file"] = file
	}
	if s, ok := x.Limit.Value.(string); ok {
		if m["limit"], err = e.expand(text{value: s, at: x.Limit.at}); err != nil {
			return nil, err
		}
	} else if x.Limit.given {
		m["limit"] = x.Limit.Value
	}
	return m, nil
}

// verify checks what can be checked without a run.
func (x sinkSpec) verify(doc *document) error {
	if x.Mode.value == "upsert" && len(x.Key) == 0 {
		return doc.fail(x.Mode.at, fault.New(fault.Usage, "mode upsert needs a key").WithHint("add key: [column, …]"))
	}
	if x.Mode.value != "upsert" && len(x.Key) > 0 {
		return doc.fail(x.Key[0].at, fault.New(fault.Usage, "a key is for mode upsert").WithHint("add mode: upsert"))
	}
	return nil
}

// sink makes the description of a load.
func (x sinkSpec) sink() sink {
	return sink{from: x.From, uri: x.URI, key: x.Key, settings: x.Options.settings(x.Format), options: func(e *env) ([]siksik.LoadOption, error) {
		var out []siksik.LoadOption
		switch x.Mode.value {
		case "append":
			out = append(out, siksik.AppendRows())
		case "upsert":
			out = append(out, siksik.UpsertBy(values(x.Key)...))
		case "create":
			out = append(out, siksik.CreateNew())
		}
		format, err := e.expand(x.Format)
		if err != nil {
			return nil, err
		}
		out = append(out, siksik.LoadFormat(format))
		for _, o := range x.Options {
			v, err := e.expandAny(o.value)
			if err != nil {
				return nil, err
			}
			out = append(out, siksik.LoadWith(o.name.value, v))
		}
		return out, nil
	}}
}
