package ipc

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

const (
	// pieceBytes is about how much of a file one split has: small record batches are joined, large ones shared.
	pieceBytes = 8 << 20
	// pieceRows is the least rows of a share of a record batch.
	pieceRows = 32 * data.BatchRows
	// countMax is how many record batches of a local file are looked into for their rows, and countFar for files of a store.
	countMax = 4096
	countFar = 8
)

// table is a set of files.
type table struct {
	files  *fs.Files
	list   []*file
	schema dtype.Schema
	mu     sync.Mutex // for file.rows
}

// Schema implements spi.Table.
func (t *table) Schema() dtype.Schema { return t.schema }

// Stats implements spi.Table. The rows are known where counting them takes few reads.
func (t *table) Stats(ctx context.Context) (spi.Stats, error) {
	s := spi.Stats{Rows: -1, Bytes: t.files.Bytes()}
	batches, most := 0, countMax
	if t.files.FS.Scheme() != "" {
		most = countFar
	}
	for _, f := range t.list {
		if !f.seek {
			return s, nil
		}
		batches += len(f.batches)
	}
	if batches > most {
		return s, nil
	}
	files := t.files.Fork()
	defer files.Close()
	total := int64(0)
	for i := range t.list {
		rows, err := t.count(ctx, files, i)
		if err != nil {
			return s, err
		}
		for _, n := range rows {
			total += n
		}
	}
	s.Rows, s.Exact = total, true
	return s, nil
}

// count returns the rows of the record batches of file i.
func (t *table) count(ctx context.Context, files *fs.Files, i int) (rows []int64, err error) {
	defer recovered(&err)
	f := t.list[i]
	t.mu.Lock()
	rows = f.rows
	t.mu.Unlock()
	if rows != nil {
		return rows, nil
	}
	in, err := files.Acquire(ctx, i)
	if err != nil {
		return nil, err
	}
	defer files.Release(i)
	rows = make([]int64, len(f.batches))
	for k, b := range f.batches {
		m, err := readBatchMeta(ctx, in, b, nil)
		if err != nil {
			return nil, place(files.List[i].Path, err)
		}
		rows[k] = int64(m.rows)
	}
	t.mu.Lock()
	f.rows = rows
	t.mu.Unlock()
	return rows, nil
}

// Scan implements spi.Table. Predicates are left to the engine.
func (t *table) Scan(_ context.Context, spec spi.ScanSpec) (spi.Scan, error) {
	for _, c := range spec.Cols {
		if c < 0 || c >= t.schema.Len() {
			return nil, bug.Errorf("scan of column %d of %d", c, t.schema.Len())
		}
	}
	s := &scan{t: t, spec: spec, files: t.files.Fork(), shares: map[place2]*share{}}
	s.load.arena.reserve = spec.Reserve
	for _, f := range t.list {
		w := make([]bool, len(f.schema.cols))
		for _, c := range spec.Cols {
			w[f.cols[c]] = true
		}
		s.want = append(s.want, w)
	}
	s.dicts = make([]dictionaries, len(t.list))
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

// scan is one running scan.
type scan struct {
	t       *table
	spec    spi.ScanSpec
	files   *fs.Files
	want    [][]bool // by file and its columns
	dicts   []dictionaries
	load    loader
	limited bool
	left    atomic.Int64 // rows that may still be delivered, if limited

	mu     sync.Mutex
	shares map[place2]*share
	idle   fs.Idle[reader]
}

// place2 is a record batch of the scan.
type place2 struct{ file, batch int }

// piece is the Data of a split: record batches [from, to) of a file, or rows [lo, hi) of the one batch from. hi is -1 for whole batches,
// and to is -1 for a file that is read from start to end.
type piece struct {
	file, from, to int
	lo, hi         int
}

// Splits implements spi.Scan.
func (s *scan) Splits(ctx context.Context) iter.Seq2[spi.Split, error] {
	return func(yield func(spi.Split, error) bool) {
		for i, f := range s.t.list {
			if !f.seek {
				p := piece{file: i, to: -1, hi: -1}
				info := s.files.List[i]
				if !yield(spi.Split{Name: info.Path, Rows: -1, Bytes: info.Size, Data: p}, ctx.Err()) {
					return
				}
				continue
			}
			for from := 0; from < len(f.batches); {
				if s.limited && s.left.Load() <= 0 {
					return
				}
				next, more := s.pieces(ctx, i, from, yield)
				if !more {
					return
				}
				from = next
			}
		}
	}
}

// pieces yields what starts with the record batch, and returns the one after it.
func (s *scan) pieces(ctx context.Context, i, from int, yield func(spi.Split, error) bool) (next int, more bool) {
	f := s.t.list[i]
	if b := f.batches[from]; b.body >= 2*pieceBytes {
		return from + 1, s.cutBatch(ctx, i, from, yield)
	}
	size, to := int64(0), from
	for to < len(f.batches) && (to == from || size+f.batches[to].body <= pieceBytes) {
		size += f.batches[to].body
		to++
	}
	return to, yield(s.split(piece{file: i, from: from, to: to, hi: -1}, -1, size), ctx.Err())
}

func (s *scan) split(p piece, rows, bytes int64) spi.Split {
	return spi.Split{Name: fmt.Sprintf("%s record batch %d", s.files.List[p.file].Path, p.from), Rows: rows, Bytes: bytes, Data: p}
}

// cutBatch yields shares of a large record batch.
func (s *scan) cutBatch(ctx context.Context, i, k int, yield func(spi.Split, error) bool) bool {
	m, err := s.batchMeta(ctx, i, k)
	if err != nil {
		return yield(spi.Split{}, place(s.files.List[i].Path, err))
	}
	body := s.t.list[i].batches[k].body
	step := int(int64(m.rows)*pieceBytes/body) / data.BatchRows * data.BatchRows
	step = max(step, pieceRows)
	var cuts []piece
	for lo := 0; lo < m.rows; lo += step {
		cuts = append(cuts, piece{file: i, from: k, to: k + 1, lo: lo, hi: min(lo+step, m.rows)})
	}
	if len(cuts) == 0 {
		return true
	}
	s.mu.Lock()
	s.shares[place2{i, k}] = &share{meta: m, left: len(cuts)}
	s.mu.Unlock()
	for _, p := range cuts {
		rows := int64(p.hi - p.lo)
		if !yield(s.split(p, rows, body/int64(m.rows)*rows), ctx.Err()) {
			return false
		}
	}
	return true
}

func (s *scan) batchMeta(ctx context.Context, i, k int) (m *batchMeta, err error) {
	defer recovered(&err)
	in, err := s.files.Acquire(ctx, i)
	if err != nil {
		return nil, err
	}
	defer s.files.Release(i)
	return readBatchMeta(ctx, in, s.t.list[i].batches[k], s.spec.Meter)
}

// Residual implements spi.Scan.
func (s *scan) Residual() []spi.Pred { return s.spec.Where }

// Close implements spi.Scan.
func (s *scan) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sh := range s.shares {
		if sh.body != nil {
			sh.body.free()
			sh.body = nil
		}
	}
	clear(s.shares)
	s.idle.Clear()
	s.load.arena.close()
	s.load.zip.close()
	return s.files.Close()
}

// take asks for n more rows and returns how many may be delivered.
func (s *scan) take(n int) int {
	if !s.limited {
		return n
	}
	after := s.left.Add(-int64(n))
	return max(0, n+int(min(after, 0)))
}
