package postgres

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
)

// copying is a COPY … FROM STDIN that runs beside its feeder. This is the only file of the package that starts a goroutine: the protocol of COPY must
// listen for errors of the server while it sends. wait and stop return only when the goroutine has ended, and every copying meets one of
// them, in Close or Abort of its owner.
type copying struct {
	w      *io.PipeWriter
	cancel context.CancelFunc
	done   chan struct{}
	rows   int64
	err    error
}

// startCopy begins the statement. What is written to w goes to the server.
func startCopy(ctx context.Context, c *pgconn.PgConn, sql string) *copying {
	r, w := io.Pipe()
	cp := &copying{w: w, done: make(chan struct{})}
	ctx, cp.cancel = context.WithCancel(ctx)
	go func() {
		defer close(cp.done)
		tag, err := c.CopyFrom(ctx, r, sql)
		cp.rows, cp.err = tag.RowsAffected(), err
		if err == nil {
			err = io.ErrClosedPipe
		}
		_ = r.CloseWithError(err) // wakes a feeder that is writing
	}()
	return cp
}

// write sends bytes; the error is the statement's.
func (c *copying) write(p []byte) error {
	if _, err := c.w.Write(p); err != nil {
		<-c.done
		if c.err != nil {
			return c.err
		}
		return err
	}
	return nil
}

// wait ends the data and returns the number of rows stored.
func (c *copying) wait() (int64, error) {
	_ = c.w.Close()
	<-c.done
	c.cancel()
	return c.rows, c.err
}

// stop breaks the statement off. It is idempotent.
func (c *copying) stop() {
	c.cancel()
	_ = c.w.CloseWithError(context.Canceled)
	<-c.done
}
