package csv

import (
	"context"
	"fmt"
	"io"
	"iter"
	"sync/atomic"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

const (
	pieceLocal  = 1 << 20  // bytes of one piece of a local file, which a worker holds as a whole, best in its cache
	pieceRemote = 16 << 20 // of a file in a store, where each piece is a request
	windowSize  = 1 << 20  // bytes held of a file that is read in one piece
	lastRow     = 2 << 10  // bytes read beyond a piece at once, for its last row
	tailStep    = 64 << 10 // bytes read beyond that at a time
)

// Scan implements spi.Table. Predicates are left to the engine.
func (t *table) Scan(_ context.Context, spec spi.ScanSpec) (spi.Scan, error) {
	for _, c := range spec.Cols {
		if c < 0 || c >= t.schema.Len() {
			return nil, bug.Errorf("scan of column %d of %d", c, t.schema.Len())
		}
	}
	s := &scan{t: t, spec: spec, files: t.files.Fork(), piece: pieceLocal}
	if s.files.FS.Scheme() != "" {
		s.piece = pieceRemote
	}
	lines := fs.NewLines(s.files, s.piece)
	s.rejects = fs.NewRejects(t.OnError, s.files, lines, spec.Meter)
	s.quotes = &quoteStates{files: s.files, t: t, piece: s.piece, known: map[[2]int]*pieceState{}}
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
	piece   int64
	rejects *fs.Rejects
	quotes  *quoteStates
	limited bool
	left    atomic.Int64 // rows that may still be delivered, if limited
	broken  atomic.Bool  // a reader failed

	idle fs.Idle[reader]
}

// Splits implements spi.Scan.
func (s *scan) Splits(ctx context.Context) iter.Seq2[spi.Split, error] {
	return func(yield func(spi.Split, error) bool) {
		whole := !s.t.splittable() || s.t.OnError.Mode != fs.Fail
		for r, err := range s.files.Ranges(ctx, s.piece, whole) {
			if err != nil {
				yield(spi.Split{}, err)
				return
			}
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
		rd.close()
		return nil, s.position(r, err)
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

// position completes an error that does not say which file it is about.
func (s *scan) position(r fs.Range, err error) error {
	if fault.CodeOf(err) != "" || err == io.EOF {
		return err
	}
	return fmt.Errorf("reading %s: %w", s.files.List[r.File].Path, err)
}
