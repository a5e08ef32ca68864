package ndjson

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
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

	mu   sync.Mutex
	idle []*reader // with buffers and decoders to use again
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
	s.mu.Lock()
	var rd *reader
	if n := len(s.idle); n > 0 {
		rd, s.idle = s.idle[n-1], s.idle[:n-1]
	}
	s.mu.Unlock()
	if rd == nil {
		rd = s.newReader()
	}
	if err := rd.open(ctx, r); err != nil {
		s.broken.Store(true)
		return nil, err
	}
	return &split1{rd}, nil
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

// split1 is one use of a reader, which goes back to the scan when it is closed.
type split1 struct{ r *reader }

// Read implements spi.Reader.
func (p *split1) Read(ctx context.Context) (*data.Batch, error) {
	if p.r == nil {
		return nil, bug.Errorf("read after close")
	}
	return p.r.read(ctx)
}

// Locate implements spi.Locator.
func (p *split1) Locate(ctx context.Context, row int) (fault.Pos, error) { return p.r.locate(ctx, row) }

// Close implements spi.Reader.
func (p *split1) Close() error {
	if p.r == nil {
		return nil
	}
	r := p.r
	p.r = nil
	err := r.close()
	r.s.mu.Lock()
	r.s.idle = append(r.s.idle, r)
	r.s.mu.Unlock()
	return err
}

// position completes an error outside of rows.
func (s *scan) position(r fs.Range, err error) error {
	if fault.CodeOf(err) != "" {
		return err
	}
	return fmt.Errorf("reading %s: %w", s.files.List[r.File].Path, err)
}
