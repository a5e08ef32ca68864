package exec

import "github.com/siksik-data/siksik/internal/bug"

// NoNode is the node id of sources, stages and sinks that belong to no plan node and have no metrics.
const NoNode = -1

// Stage is a Transform with the plan node that its metrics go to.
type Stage struct {
	Node int
	Transform
}

// Leg is a source and the stages between it and the pipeline's sink. The source is either Source or what the sink of From made.
type Leg struct {
	Node    int // plan node of the source
	Source  Source
	From    *Pipeline
	Stages  []Stage
	Barrier bool // begins only when all morsels of the legs before it are done
}

// With returns the leg with one more stage; it does not change l.
func (l Leg) With(s Stage) Leg {
	l.Stages = append(l.Stages[:len(l.Stages):len(l.Stages)], s)
	return l
}

// Pipeline is legs into a sink.
type Pipeline struct {
	Name string // for traces and messages
	Node int    // plan node of the sink
	Legs []Leg
	Sink Sink
	Done []func() // called exactly once when the pipeline has ended or will not run; they release memory

	result Source
}

// Plan is pipelines in an order in which each reads only results of earlier ones.
type Plan struct {
	Pipelines []*Pipeline
	Closers   []func() // called once at the very end, in reverse order
}

// Add appends a pipeline and returns it.
func (p *Plan) Add(x *Pipeline) *Pipeline {
	p.Pipelines = append(p.Pipelines, x)
	return x
}

// source returns the leg's source.
func (l *Leg) source() Source {
	if l.From == nil {
		return l.Source
	}
	bug.Assert(l.From.result != nil, "a pipeline reads a result that does not exist")
	return l.From.result
}
