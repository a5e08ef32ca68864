package parquet

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// scan is one running scan. Readers are kept after use, with their buffers, for the next split.
type scan struct {
	t        *table
	spec     spi.ScanSpec
	preds    []*pred // applied to every row
	residual []spi.Pred

	store  bool         // the files are in a store, not on a disk
	read   atomic.Int64 // bytes that somebody waited for, and the time
	waited atomic.Int64

	mu   sync.Mutex
	idle []*group
	soon map[int]*upcoming // pieces that are being prepared, by number
	last int               // the greatest number that was opened or prepared
}

// upcoming is a piece that the reader of an earlier one prepares, so that it is on its way from the store before somebody opens it.
type upcoming struct {
	g    *group
	err  error
	done chan struct{}
}

// piece is the Data of a split: rows [lo, hi) of a row group.
type piece struct {
	file, group int
	lo, hi      int
	firstRow    int64 // of the row group in the file
	number      int   // among the pieces of the scan, from 1
	next        *piece
}

func newScan(t *table, spec spi.ScanSpec) (*scan, error) {
	s := &scan{t: t, spec: spec, store: t.fs.Scheme() != "", soon: map[int]*upcoming{}}
	cols := slices.Clone(spec.Cols)
	for _, x := range spec.Tests {
		cols = append(cols, x.Cols...)
	}
	for _, c := range cols {
		if c < 0 || c >= len(t.schema.Fields) {
			return nil, fault.New(fault.Usage, "a scan asks for column %d of %d", c, len(t.schema.Fields))
		}
	}
	for _, p := range spec.Where {
		if q := compile(p, false, t.schema); q != nil {
			s.preds = append(s.preds, q)
		} else {
			s.residual = append(s.residual, p)
		}
	}
	s.preds = sameColumn(s.preds)
	if spec.Meter != nil {
		spec.Meter.TotalBytes.Add(s.expected())
	}
	return s, nil
}

// sameColumn joins the predicates of one column, so that its rows are gathered once.
func sameColumn(preds []*pred) []*pred {
	var out []*pred
	of := map[int]int{}
	for _, p := range preds {
		cols := p.columns(nil)
		if len(cols) != 1 {
			out = append(out, p)
			continue
		}
		i, ok := of[cols[0]]
		if !ok {
			of[cols[0]] = len(out)
			out = append(out, p)
			continue
		}
		if out[i].op != spi.PredAnd {
			out[i] = &pred{op: spi.PredAnd, kids: []*pred{out[i]}}
		}
		out[i] = &pred{op: spi.PredAnd, kids: append(out[i].kids[:len(out[i].kids):len(out[i].kids)], p)}
	}
	return out
}

// expected sums the stored bytes of the columns that the scan reads.
func (s *scan) expected() (n int64) {
	cols := append([]int(nil), s.spec.Cols...)
	for _, p := range s.preds {
		cols = p.columns(cols)
	}
	for _, t := range s.spec.Tests {
		cols = append(cols, t.Cols...)
	}
	slices.Sort(cols)
	cols = slices.Compact(cols)
	for _, f := range s.t.files {
		for g := range f.meta.groups {
			n += f.bytesOf(g, cols)
		}
	}
	return n
}

// bytesOf sums the stored bytes of columns of the table in a row group.
func (f *file) bytesOf(g int, cols []int) (n int64) {
	for _, c := range cols {
		if c < len(f.binds) && f.binds[c].col != nil {
			for _, l := range f.binds[c].col.leaves(nil) {
				n += f.meta.groups[g].chunks[l.index].size
			}
		}
	}
	return n
}

// boundsOf gives the bounds of a column of the table in one row group.
func (s *scan) boundsOf(file, g int) func(col int) bounds {
	f := s.t.files[file]
	rows := f.meta.groups[g].rows
	return func(col int) bounds {
		unknown := bounds{nulls: -1, rows: rows, nan: true}
		if col >= s.t.stored {
			switch col {
			case s.t.rowCol:
				return unknown
			case s.t.idCol:
				return s.t.numbersOf(file, g)
			}
			return constBounds(s.t.virtual[file][col-s.t.stored], rows)
		}
		b := f.binds[col]
		switch {
		case b.col == nil:
			return constBounds(data.NullScalar(s.t.schema.Fields[col].Type), rows)
		case b.col.leaf == nil || b.col.leaf.maxRep > 0:
			return unknown
		}
		out := f.chunkBounds(b.col.leaf, &f.meta.groups[g].chunks[b.col.leaf.index], rows)
		if b.wide {
			out.widen(b)
		}
		return out
	}
}

// widen gives bounds of a file's type the table's type, if they have the same meaning there.
func (b *bounds) widen(to binding) {
	b.min.Type, b.max.Type = to.cast, to.cast
	if to.cast.IsFloat() && !to.col.typ.IsFloat() {
		b.exact = false
		b.min.F, b.max.F = float64(b.min.Int64()), float64(b.max.Int64())
	}
}

func constBounds(v data.Scalar, rows int64) bounds {
	if v.Null {
		return bounds{nulls: rows, rows: rows}
	}
	return bounds{min: v, max: v, ok: true, exact: !v.Type.IsFloat(), rows: rows}
}

// rowsPerPiece is how far a row group is cut into several splits, so that one large row group can be read by all workers.
const rowsPerPiece = 1 << 20

// Splits implements spi.Scan. A piece is held back until the next one is known, which its reader prepares.
func (s *scan) Splits(ctx context.Context) iter.Seq2[spi.Split, error] {
	return func(yield func(spi.Split, error) bool) {
		var held *piece
		for p := range s.pieces() {
			if held != nil {
				next := p
				held.next = &next
				if !yield(s.split(*held), ctx.Err()) {
					return
				}
			}
			held = &p
		}
		if held != nil {
			yield(s.split(*held), ctx.Err())
		}
	}
}

// pieces yields the parts of the row groups that may have wanted rows.
func (s *scan) pieces() iter.Seq[piece] {
	return func(yield func(piece) bool) {
		left, number := s.spec.Limit, 0
		exact := left >= 0 && len(s.spec.Where) == 0 && len(s.spec.Tests) == 0
		for fi, f := range s.t.files {
			first := int64(0)
			for g := range f.meta.groups {
				rows := f.meta.groups[g].rows
				at := first
				first += rows
				if rows == 0 || !s.mayPass(fi, g) {
					continue
				}
				for lo := int64(0); lo < rows; lo += rowsPerPiece {
					hi := min(lo+rowsPerPiece, rows)
					if rows-lo < 2*rowsPerPiece { // no short last piece
						hi = rows
					}
					if exact && left <= 0 {
						return
					}
					left -= hi - lo
					number++
					if !yield(piece{file: fi, group: g, lo: int(lo), hi: int(hi), firstRow: at, number: number}) {
						return
					}
					if hi == rows {
						break
					}
				}
			}
		}
	}
}

func (s *scan) split(p piece) spi.Split {
	f := s.t.files[p.file]
	rows := f.meta.groups[p.group].rows
	size := f.bytesOf(p.group, s.spec.Cols)
	return spi.Split{Name: fmt.Sprintf("%s row group %d", f.info.Path, p.group), Rows: int64(p.hi - p.lo),
		Bytes: int64(float64(size) * float64(p.hi-p.lo) / float64(rows)), Data: p}
}

// mayPass prunes a row group by what the footer says.
func (s *scan) mayPass(file, g int) bool {
	of := s.boundsOf(file, g)
	for _, p := range s.preds {
		if !p.may(of) {
			return false
		}
	}
	return true
}

// Open implements spi.Scan.
func (s *scan) Open(ctx context.Context, split spi.Split) (spi.Reader, error) {
	p, ok := split.Data.(piece)
	if !ok {
		return nil, errors.New("parquet: the split is not of this scan")
	}
	g, err := s.started(ctx, p)
	r := &splitReader{g: g}
	if err != nil {
		r.Close()
		return nil, err
	}
	if p.next != nil && s.ahead() {
		s.prepare(ctx, *p.next)
	}
	return r, nil
}

// A file on a disk that delivers less than diskSlow bytes in a second is not in memory. It takes diskTrial bytes to tell.
const (
	diskSlow  = 1 << 30
	diskTrial = 8 << 20
)

// ahead reports whether to read what will be wanted before it is asked for. Files that are in memory already are read at once, while they are in
// the cache of the processor that decodes them.
func (s *scan) ahead() bool {
	if s.spec.Limit >= 0 {
		return false
	}
	read := s.read.Load()
	return s.store || read >= diskTrial && time.Duration(s.waited.Load()) > time.Duration(read)*time.Second/diskSlow
}

// started returns a group at the start of a piece, which may have been prepared.
func (s *scan) started(ctx context.Context, p piece) (*group, error) {
	s.mu.Lock()
	u := s.soon[p.number]
	delete(s.soon, p.number)
	s.last = max(s.last, p.number)
	s.mu.Unlock()
	if u != nil {
		<-u.done
		return u.g, u.err
	}
	g := s.group()
	return g, g.start(ctx, p)
}

// prepare starts a piece for whoever opens it, unless somebody has.
func (s *scan) prepare(ctx context.Context, p piece) {
	s.mu.Lock()
	if p.number <= s.last {
		s.mu.Unlock()
		return
	}
	s.last = p.number
	u := &upcoming{done: make(chan struct{})}
	s.soon[p.number] = u
	s.mu.Unlock()
	defer close(u.done)
	u.g = s.group()
	u.err = u.g.start(ctx, p)
}

// group returns an idle group, or a new one.
func (s *scan) group() *group {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := len(s.idle); k > 0 {
		g := s.idle[k-1]
		s.idle = s.idle[:k-1]
		return g
	}
	return newGroup(s)
}

// Residual implements spi.Scan.
func (s *scan) Residual() []spi.Pred { return s.residual }

// AppliesSets implements spi.SetScan: rows are tested before columns that the tests do not need are decoded.
func (s *scan) AppliesSets() bool { return true }

// Close implements spi.Scan.
func (s *scan) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.soon {
		<-u.done
		s.idle = append(s.idle, u.g)
	}
	clear(s.soon)
	for _, g := range s.idle {
		g.free()
	}
	s.idle = nil
	return nil
}

// splitReader hands its group back when it is closed.
type splitReader struct {
	g   *group
	err error
}

// Read implements spi.Reader.
func (r *splitReader) Read(ctx context.Context) (*data.Batch, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.g == nil {
		return nil, errClosed
	}
	b, err := r.g.next(ctx)
	r.err = err
	return b, err
}

// Locate implements spi.Locator.
func (r *splitReader) Locate(_ context.Context, row int) (fault.Pos, error) {
	if r.g == nil {
		return fault.Pos{}, errClosed
	}
	return r.g.locate(row), nil
}

var errClosed = errors.New("parquet: read of a closed reader")

// Close implements spi.Reader.
func (r *splitReader) Close() error {
	if r.g == nil {
		return nil
	}
	err := r.g.stop()
	s := r.g.scan
	s.mu.Lock()
	s.idle = append(s.idle, r.g)
	s.mu.Unlock()
	r.g = nil
	return err
}
