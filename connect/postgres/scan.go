package postgres

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/siksik-data/siksik/spi"
)

// splitPages is how many pages one split reads: 32 MiB of a table, enough that starting it costs nothing.
const splitPages = 4096

// Scan implements spi.Table.
func (t *table) Scan(_ context.Context, spec spi.ScanSpec) (spi.Scan, error) {
	s := &scan{t: t, spec: spec, sql: t.selectSQL(spec.Cols)}
	for _, p := range spec.Where {
		if cond, ok := t.condition(p); ok {
			s.conds = append(s.conds, cond)
		} else {
			s.residual = append(s.residual, p)
		}
	}
	return s, nil
}

// scan is one running scan: one query, or one for each range of pages under a common snapshot.
type scan struct {
	t        *table
	spec     spi.ScanSpec
	sql      string
	conds    []string
	residual []spi.Pred

	mu       sync.Mutex
	keeper   *pgconn.PgConn // holds the exported snapshot open
	snapshot string
	idle     []*pgconn.PgConn // have a transaction under the snapshot
	closed   bool
}

// pageRange is a split's pages [lo, hi); hi 0 means to the end.
type pageRange struct{ lo, hi int64 }

// Splits implements spi.Scan.
func (s *scan) Splits(ctx context.Context) iter.Seq2[spi.Split, error] {
	return func(yield func(spi.Split, error) bool) {
		n := (s.t.pages + splitPages - 1) / splitPages
		if s.spec.Threads < 2 || n < 2 {
			yield(spi.Split{Name: s.t.t.name(), Rows: -1, Bytes: -1}, nil)
			return
		}
		if err := s.export(ctx); err != nil {
			yield(spi.Split{}, err)
			return
		}
		for i := range n {
			r := pageRange{i * splitPages, (i + 1) * splitPages}
			if i == n-1 {
				r.hi = 0 // the table may have grown before the snapshot was taken
			}
			split := spi.Split{Name: fmt.Sprintf("%s, pages from %d", s.t.t.name(), r.lo), Rows: -1, Bytes: splitPages * 8192, Data: r}
			if !yield(split, nil) {
				return
			}
		}
	}
}

// export takes the snapshot that all connections will see.
func (s *scan) export(ctx context.Context) error {
	c, err := connect(ctx, s.t.t)
	if err != nil {
		return err
	}
	err = exec(ctx, c, s.t.t, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	var rows [][]string
	if err == nil {
		rows, err = ask(ctx, c, s.t.t, "SELECT pg_export_snapshot()")
	}
	if err != nil {
		hangUp(c)
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keeper, s.snapshot = c, rows[0][0]
	return nil
}

// Open implements spi.Scan.
func (s *scan) Open(ctx context.Context, split spi.Split) (spi.Reader, error) {
	conds := s.conds
	if r, ok := split.Data.(pageRange); ok {
		conds = append(conds[:len(conds):len(conds)], fmt.Sprintf("ctid >= '(%d,0)'::tid", r.lo))
		if r.hi > 0 {
			conds = append(conds, fmt.Sprintf("ctid < '(%d,0)'::tid", r.hi))
		}
	}
	sql := s.sql
	if len(conds) > 0 {
		sql += " WHERE " + strings.Join(conds, " AND ")
	}
	if s.spec.Limit >= 0 && len(s.residual) == 0 {
		sql += fmt.Sprintf(" LIMIT %d", s.spec.Limit)
	}
	c, err := s.connection(ctx)
	if err != nil {
		return nil, err
	}
	return newReader(ctx, s, c, sql), nil
}

// connection returns an idle connection, or a new one that sees the snapshot.
func (s *scan) connection(ctx context.Context) (*pgconn.PgConn, error) {
	s.mu.Lock()
	snapshot := s.snapshot
	if n := len(s.idle); n > 0 {
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		return c, nil
	}
	s.mu.Unlock()
	c, err := connect(ctx, s.t.t)
	if err != nil || snapshot == "" {
		return c, err
	}
	if err := exec(ctx, c, s.t.t, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT "+literal(snapshot)); err != nil {
		hangUp(c)
		return nil, err
	}
	return c, nil
}

// giveBack keeps a connection whose query has ended well, for the next split.
func (s *scan) giveBack(c *pgconn.PgConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snapshot != "" && !s.closed && !c.IsClosed() {
		s.idle = append(s.idle, c)
		return
	}
	hangUp(c)
}

// Residual implements spi.Scan.
func (s *scan) Residual() []spi.Pred { return s.residual }

// Close implements spi.Scan.
func (s *scan) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, c := range s.idle {
		hangUp(c)
	}
	s.idle = nil
	if s.keeper != nil {
		hangUp(s.keeper)
		s.keeper = nil
	}
	return nil
}
