package ndjson

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

const (
	splitMax  = 16 << 20 // bytes of one split
	blockSize = 512 << 10
)

// Scan implements spi.Table. Predicates are left to the engine.
func (t *table) Scan(_ context.Context, spec spi.ScanSpec) (spi.Scan, error) {
	for _, c := range spec.Cols {
		if c < 0 || c >= t.schema.Len() {
			return nil, bug.Errorf("scan of column %d of %d", c, t.schema.Len())
		}
	}
	s := &scan{t: t, spec: spec, files: t.files.Fork()}
	lines := fs.NewLines(s.files, splitMax)
	s.rejects = fs.NewRejects(t.text.OnError, s.files, lines, spec.Meter)
	s.left.Store(-1)
	if spec.Limit >= 0 && len(spec.Where) == 0 {
		s.limited = true
		s.left.Store(spec.Limit)
	}
	if n := s.files.Bytes(); spec.Meter != nil && n > 0 {
		spec.Meter.TotalBytes.Add(n)
	}
	return s, nil
}

type scan struct {
	t       *table
	spec    spi.ScanSpec
	files   *fs.Files
	rejects *fs.Rejects
	limited bool
	left    atomic.Int64 // rows that may still be delivered, if limited
	broken  atomic.Bool  // a reader failed

	idle fs.Idle[reader]
}

// Splits implements spi.Scan.
func (s *scan) Splits(ctx context.Context) iter.Seq2[spi.Split, error] {
	return func(yield func(spi.Split, error) bool) {
		seq := 0
		for r, err := range s.files.Ranges(ctx, splitMax, false) {
			if err != nil {
				yield(spi.Split{}, err)
				return
			}
			if s.t.docs[r.File] {
				if r.K > 0 {
					continue
				}
				r = fs.Range{File: r.File, Hi: -1}
			}
			r.Seq = seq
			seq++
			if !yield(s.files.Split(r), nil) {
				return
			}
		}
	}
}

// Open implements spi.Scan.
func (s *scan) Open(ctx context.Context, split spi.Split) (spi.Reader, error) {
	r, ok := split.Data.(fs.Range)
	if !ok {
		return nil, bug.Errorf("split %q is not of this scan", split.Name)
	}
	rd := s.idle.Take()
	if rd == nil {
		rd = s.newReader()
	}
	if err := rd.open(ctx, r); err != nil {
		s.broken.Store(true)
		return nil, err
	}
	end := func() error {
		defer s.idle.Put(rd)
		return rd.close()
	}
	return &fs.LocatedLease{Lease: fs.Lease{Next: rd.read, End: end}, Find: rd.locate}, nil
}

// Residual implements spi.Scan.
func (s *scan) Residual() []spi.Pred { return s.spec.Where }

// Close implements spi.Scan.
func (s *scan) Close() error {
	err := s.rejects.Close(context.Background(), s.broken.Load())
	if e := s.files.Close(); err == nil {
		err = e
	}
	return err
}

// take asks for n more rows and returns how many may be delivered.
func (s *scan) take(n int) int {
	if !s.limited {
		return n
	}
	after := s.left.Add(-int64(n))
	return max(0, n+int(min(after, 0)))
}

// position completes an error outside of rows.
func (s *scan) position(r fs.Range, err error) error {
	if fault.CodeOf(err) != "" {
		return err
	}
	return fmt.Errorf("reading %s: %w", s.files.List[r.File].Path, err)
}
