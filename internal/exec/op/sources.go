package op

import (
	"context"
	"errors"
	"io"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
)

// sources is a Source that is others, one after the other.
type sources struct {
	list   []exec.Source
	at     int
	opened bool
	done   func() // called by Close, or nil
}

// sourceTask is a task of one of the sources.
type sourceTask struct {
	from int
	task exec.Task
}

// Open implements exec.Source.
func (s *sources) Open(context.Context) error { return nil }

// Next implements exec.Source.
func (s *sources) Next(ctx context.Context) (exec.Task, error) {
	for ; s.at < len(s.list); s.at, s.opened = s.at+1, false {
		x := s.list[s.at]
		if !s.opened {
			if err := x.Open(ctx); err != nil {
				return nil, err
			}
			s.opened = true
		}
		t, err := x.Next(ctx)
		if err != io.EOF {
			return sourceTask{s.at, t}, err
		}
	}
	return nil, io.EOF
}

// Worker implements exec.Source.
func (s *sources) Worker(i int) exec.Reader {
	return &sourcesReader{s: s, worker: i, readers: make([]exec.Reader, len(s.list))}
}

// Close implements exec.Source.
func (s *sources) Close() error {
	var errs []error
	for _, x := range s.list {
		errs = append(errs, x.Close())
	}
	s.list = nil
	if s.done != nil {
		s.done()
		s.done = nil
	}
	return errors.Join(errs...)
}

// sourcesReader makes readers as they are needed.
type sourcesReader struct {
	s       *sources
	worker  int
	readers []exec.Reader
	now     exec.Reader
}

// Start implements exec.Reader.
func (r *sourcesReader) Start(ctx context.Context, t exec.Task) error {
	x := t.(sourceTask)
	if r.readers[x.from] == nil {
		r.readers[x.from] = r.s.list[x.from].Worker(r.worker)
	}
	r.now = r.readers[x.from]
	return r.now.Start(ctx, x.task)
}

// Read implements exec.Reader.
func (r *sourcesReader) Read(ctx context.Context) (*data.Batch, error) { return r.now.Read(ctx) }

// Close implements exec.Reader.
func (r *sourcesReader) Close() error {
	var errs []error
	for i, x := range r.readers {
		if x != nil {
			errs = append(errs, x.Close())
			r.readers[i] = nil
		}
	}
	return errors.Join(errs...)
}
