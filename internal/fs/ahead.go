package fs

import (
	"context"
	"fmt"

	"github.com/siksik-data/siksik/spi"
)

// Ahead is a part of a file that is being read in the background. This is the only file of the package that starts a goroutine: a request to a store
// takes as long as decoding a megabyte, so that formats that know what they will need ask for it early. Whoever starts one calls Wait or
// Drop before the memory is used for anything else, so no goroutine outlives its owner.
type Ahead struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// ReadAhead starts to fill p from the offset.
func ReadAhead(ctx context.Context, f spi.File, p []byte, off int64) *Ahead {
	ctx, cancel := context.WithCancel(ctx)
	a := &Ahead{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		defer func() {
			if x := recover(); x != nil {
				a.err = fmt.Errorf("reading %s ahead: %v", f.Info().Path, x)
			}
		}()
		a.err = f.ReadRange(ctx, p, off)
	}()
	return a
}

// Wait returns when p is full, or with the error of File.ReadRange.
func (a *Ahead) Wait() error {
	<-a.done
	a.cancel()
	return a.err
}

// Drop cancels the reading and returns when p is not written to any more.
func (a *Ahead) Drop() {
	a.cancel()
	<-a.done
}
