package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/spi"
)

// group reads a piece of a row group, one after another, and keeps all its memory between them.
type group struct {
	scan     *scan
	file     *file
	fileNo   int
	in       spi.File
	ctx      context.Context
	meta     *groupMeta
	piece    piece
	firstRow int64
	spans    spans
	offsets  map[int][]pageLoc // offset indexes that were read
	sparse   bool              // chunks are read by pages
	z        inflater

	slots []slot // columns that are read: those of the predicates first
	outs  []int  // slot of each column of the result
	byCol map[int]int
	tests []*rowTest

	unordered bool       // the tests know more about themselves than when they were ordered
	ranges    []rowRange // what is left to read; the first is the current one
	at        int        // next row
	from      int        // first row of the last batch
	picked    bool       // the last batch has the rows sel of those from there on
	step      int        // rows a batch
	sent      int64

	sel, idx []uint32
	iota     []uint32 // 0, 1, 2, …
	dynamic  int64    // generation of the runtime filters that tests and found have; -1: none yet
	found    []*pred  // predicates among them
	hits     [batchWords]uint64
	batch    data.Batch
}

// slot is a column that the scan reads in the current file.
type slot struct {
	col  int // in the table's schema
	r    reader
	now  *data.Column // of the current batch
	comp compacter
	out  bool // it is a column of the result
	last int  // the last test that reads it, or -1
}

func newGroup(s *scan) *group {
	g := &group{scan: s, fileNo: -1, byCol: map[int]int{}}
	g.sel, g.idx, g.iota = make([]uint32, data.BatchRows), make([]uint32, data.BatchRows), make([]uint32, data.BatchRows)
	kern.SelIota(g.iota, 0)
	return g
}

// start begins a piece. It may read indexes, but no data.
func (g *group) start(ctx context.Context, p piece) (err error) {
	defer g.rescue(&err)
	g.ctx = ctx
	if p.file != g.fileNo {
		if err := g.switchFile(ctx, p.file); err != nil {
			return err
		}
	}
	g.piece, g.firstRow = p, p.firstRow
	g.meta = &g.file.meta.groups[p.group]
	g.offsets, g.sparse, g.sent = nil, false, 0
	g.ranges = append(g.ranges[:0], rowRange{p.lo, p.hi})
	g.at = 0
	preds := g.setTests()
	g.orderTests()
	if err := g.prune(ctx, preds); err != nil || len(g.ranges) == 0 {
		return g.fail(err, nil)
	}
	g.planReads()
	g.readAhead()
	g.step = data.BatchRows
	for i := range g.slots {
		if err := g.slots[i].r.open(g); err != nil {
			return g.fail(err, &g.slots[i])
		}
		if n, ok := g.slots[i].r.(*nestedColumn); ok {
			g.step = min(g.step, n.batchRows(g))
		}
	}
	return nil
}

// batchRows keeps batches of long lists small.
func (n *nestedColumn) batchRows(g *group) int {
	step := data.BatchRows
	for _, r := range n.leaves {
		per := g.meta.chunks[r.leaf.index].values / max(g.meta.rows, 1)
		step = min(step, max(1, int(1<<17/max(per, 1))))
	}
	return step
}

// switchFile opens another file and binds the readers to its columns.
func (g *group) switchFile(ctx context.Context, no int) error {
	g.spans.release() // what is read ahead reads from the file
	if g.in != nil {
		g.in.Close()
		g.in, g.fileNo = nil, -1
	}
	f := g.scan.t.files[no]
	in, err := g.scan.t.fs.Open(ctx, f.info.Path)
	if err != nil {
		return place(err, f.info.Path, "", "")
	}
	g.in, g.file, g.fileNo = in, f, no
	old := g.slots
	g.slots, g.outs = nil, g.outs[:0]
	clear(g.byCol)
	for _, p := range g.scan.preds {
		for _, c := range p.columns(nil) {
			g.slotOf(c, old)
		}
	}
	for _, t := range g.scan.spec.Tests {
		for _, c := range t.Cols {
			g.slotOf(c, old)
		}
	}
	for _, c := range g.scan.spec.Cols {
		i := g.slotOf(c, old)
		g.slots[i].out = true
		g.outs = append(g.outs, i)
	}
	g.tests, g.dynamic = g.tests[:0], -1
	for _, p := range g.scan.preds {
		g.tests = append(g.tests, g.newTest(p))
	}
	for _, t := range g.scan.spec.Tests {
		x, err := g.newCond(t)
		if err != nil {
			return err
		}
		g.tests = append(g.tests, x)
	}
	return nil
}

// slotOf returns the slot of a column of the table, and makes it if there is none yet.
func (g *group) slotOf(col int, old []slot) int {
	if i, ok := g.byCol[col]; ok {
		return i
	}
	i := len(g.slots)
	g.byCol[col] = i
	s := slot{col: col}
	if i < len(old) && old[i].col == col {
		s = old[i]
		s.out = false
	}
	s.r = g.scan.t.reader(g.fileNo, col, s.r)
	g.slots = append(g.slots, s)
	return i
}

// reader returns the reader of a column in a file; it rebinds the one of another file if that fits, to keep its buffers.
func (t *table) reader(fileNo, col int, old reader) reader {
	if col >= t.stored {
		switch col {
		case t.rowCol:
			return &rowNumbers{}
		case t.idCol:
			return &rowNumbers{first: t.first[fileNo]}
		}
		return newConst(t.virtual[fileNo][col-t.stored])
	}
	b := t.files[fileNo].binds[col]
	if b.col == nil {
		return newConst(data.NullScalar(t.schema.Fields[col].Type))
	}
	var r reader
	l := b.col.leaf
	if l != nil && l.flat {
		f, ok := old.(*flatColumn)
		if !ok {
			f = &flatColumn{}
			f.c.vals.scratch()
		}
		f.leaf, f.c.vals.enum = l, nil
		r = f
	} else {
		r = newNested(b.col)
	}
	if b.wide {
		r = &widenReader{reader: r, to: b.cast}
	}
	return r
}

// planReads says which chunks will be read, those of row tests before the others.
func (g *group) planReads() {
	early := map[int]bool{}
	for _, t := range g.tests {
		for _, s := range t.slots {
			early[s] = true
		}
	}
	var wants []want
	for i := range g.slots {
		for _, c := range g.slots[i].r.chunks(nil) {
			c.z = &g.z
		}
		s := g.slots[i].col
		if s >= g.scan.t.stored || g.file.binds[s].col == nil {
			continue
		}
		for _, l := range g.file.binds[s].col.leaves(nil) {
			m := &g.meta.chunks[l.index]
			wants = append(wants, want{l.index, m.start(), m.size, len(g.tests) > 0 && !early[i]})
		}
	}
	g.spans.plan(len(g.file.leaves), wants)
	if g.sparse {
		g.splitSpans(wants)
	}
}

// splitSpans gives every chunk a span of its own, for reading by pages.
func (g *group) splitSpans(wants []want) {
	g.spans.list = g.spans.list[:0]
	for _, w := range wants {
		g.spans.of[w.leaf] = len(g.spans.list)
		g.spans.list = append(g.spans.list, span{at: w.at, size: w.size, late: w.late})
	}
}

// next returns the next batch with at least one row.
func (g *group) next(ctx context.Context) (b *data.Batch, err error) {
	defer g.rescue(&err)
	g.ctx = ctx
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := g.window()
		if n == 0 {
			return nil, g.finish()
		}
		g.refresh()
		rows, err := g.rows(n)
		if err != nil {
			return nil, err
		}
		g.at += n
		if rows == 0 {
			continue
		}
		return g.emit(rows), nil
	}
}

// window moves to the next wanted rows, and returns how many follow at once.
func (g *group) window() int {
	if g.scan.spec.Limit >= 0 && g.sent >= g.scan.spec.Limit && len(g.scan.residual) == 0 {
		g.ranges = g.ranges[:0]
	}
	for len(g.ranges) > 0 && g.at >= g.ranges[0].hi {
		g.ranges = g.ranges[1:]
	}
	if len(g.ranges) == 0 {
		return 0
	}
	if gap := g.ranges[0].lo - g.at; gap > 0 {
		for i := range g.slots {
			g.slots[i].r.skip(gap)
		}
		g.at += gap
	}
	n := min(g.step, g.ranges[0].hi-g.at)
	if limit := g.scan.spec.Limit; limit >= 0 && len(g.tests) == 0 && len(g.scan.residual) == 0 {
		n = int(min(int64(n), limit-g.sent))
	}
	return n
}

// emit shapes the current columns of the slots as a batch.
func (g *group) emit(rows int) *data.Batch {
	if limit := g.scan.spec.Limit; limit >= 0 && len(g.scan.residual) == 0 && g.sent+int64(rows) > limit {
		rows = int(limit - g.sent)
		for i := range g.slots {
			g.slots[i].now = g.slots[i].now.Slice(0, rows)
		}
	}
	g.sent += int64(rows)
	g.batch.Cols = g.batch.Cols[:0]
	for _, s := range g.outs {
		g.batch.Cols = append(g.batch.Cols, g.slots[s].now)
	}
	g.batch.Len = rows
	if m := g.scan.spec.Meter; m != nil {
		m.Rows.Add(int64(rows))
	}
	return &g.batch
}

// locate returns the place of a row of the last batch.
func (g *group) locate(row int) fault.Pos {
	if g.picked {
		row = int(g.sel[row])
	}
	return fault.Pos{Source: g.file.info.Path, Row: g.firstRow + int64(g.from+row) + 1}
}

// finish checks that the chunks end where the row group does.
func (g *group) finish() error {
	if g.at == int(g.meta.rows) && !g.sparse {
		for i := range g.slots {
			if err := g.slots[i].r.done(); err != nil {
				return g.fail(err, &g.slots[i])
			}
		}
	}
	return io.EOF
}

// stop ends the use of the piece.
func (g *group) stop() error {
	g.ranges = g.ranges[:0]
	g.spans.release()
	return nil
}

// free closes the file.
func (g *group) free() {
	g.spans.release()
	if g.in != nil {
		g.in.Close()
		g.in = nil
	}
	_ = g.spans.account(-g.spans.held, g.scan.spec.Reserve) // giving back does not fail
	g.slots, g.spans = nil, spans{}
}

// fail places an error.
func (g *group) fail(err error, s *slot) error {
	if err == nil || err == io.EOF || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	where, column := fmt.Sprintf("row group %d", g.piece.group), ""
	if s != nil {
		column = g.scan.t.schema.Fields[s.col].Name
		for _, c := range s.r.chunks(nil) {
			if c.raw != nil && c.page > 0 {
				where = fmt.Sprintf("row group %d, page %d", g.piece.group, c.page-1)
			}
		}
	}
	var l *leafError
	if errors.As(err, &l) {
		column = l.path
	}
	return place(err, g.file.info.Path, where, column)
}

// rescue turns a panic of a decoder on malformed input into an error; decoders validate, so this is the last resort.
func (g *group) rescue(err *error) {
	if p := recover(); p != nil {
		*err = &fault.Error{Code: fault.Data, Msg: fmt.Sprintf("corrupt Parquet file: decoding row group %d failed: %v", g.piece.group, p),
			Pos: fault.Pos{Source: g.file.info.Path}}
	}
}
