package engine

import (
	"context"

	"github.com/siksik-data/siksik/internal/plan"
)

// Plan prepares a bound plan that was made without text or frames, as tests do.
func (e *Engine) Plan(n plan.Node) (*Query, error) {
	conf, err := e.config()
	if err != nil {
		return nil, err
	}
	return e.prepare(context.Background(), conf, e.binder(context.Background(), conf, nil), n)
}
