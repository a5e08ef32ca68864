package op

import (
	"context"

	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/phys"
)

// sharedStore is the rows of a plan that runs once and is read many times.
type sharedStore struct{ *exec.Collect }

// share builds the pipeline of a shared input at its first use; every use reads the rows from memory.
func (b *builder) share(n *phys.Shared) ([]exec.Leg, error) {
	s := b.shared[n.Key]
	if s == nil {
		legs, err := b.legs(n.Input)
		if err != nil {
			return nil, err
		}
		s = &sharedStore{exec.NewCollect(types(n.Input.Info().Out), b.account(n.ID, "shared rows"))}
		b.shared[n.Key] = s
		b.sink(n, "shared", legs, s)
	}
	return b.source(n, &sharedSource{batches: newBatches(nil, b.threads, nil, nil), store: s, threads: b.threads}), nil
}

// sharedSource reads a store, which is full when the source is opened.
type sharedSource struct {
	*batches
	store   *sharedStore
	threads int
}

// Open implements exec.Source.
func (s *sharedSource) Open(context.Context) error {
	*s.batches = *newBatches(s.store.Batches(), s.threads, nil, nil)
	return nil
}
