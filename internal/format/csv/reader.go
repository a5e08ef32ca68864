package csv

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
)

// reader parses ranges, one after another.
type reader struct {
	s      *scan
	x      index
	parser *parser
	cols   []*column // distinct columns that are parsed
	table  []int     // their positions in the schema
	order  []int     // the batch's columns as positions in cols, or -1 for the file's name
	rng    fs.Range
	w      window
	pile   *fs.Pile
	most   int
	rows   int64
	from   int // where the text of the last batch starts in the window
	batch  data.Batch
	name   *data.Column
	ended  bool
	failed error
}

func (s *scan) newReader() *reader {
	r := &reader{s: s}
	r.parser = newParser(&r.x, s.t.nulls, s.t.quotedNulls)
	for _, c := range s.spec.Cols {
		if c >= s.t.stored {
			r.order = append(r.order, -1)
			continue
		}
		at := slices.Index(r.table, c)
		if at < 0 {
			at = len(r.cols)
			r.cols = append(r.cols, newColumn(s.t.schema.Fields[c].Type, s.t.exact[c], s.t.formats[c]))
			r.table = append(r.table, c)
		}
		r.order = append(r.order, at)
	}
	if s.t.OnError.Whole() {
		for c := range s.t.stored {
			if !slices.Contains(r.table, c) {
				r.cols = append(r.cols, newColumn(s.t.schema.Fields[c].Type, s.t.exact[c], s.t.formats[c]))
				r.table = append(r.table, c)
			}
		}
	}
	return r
}

func (r *reader) open(ctx context.Context, rng fs.Range) error {
	r.rng, r.rows, r.ended, r.failed = rng, 0, false, nil
	r.w = window{buf: r.w.buf, marks: r.w.marks, walk: r.w.walk, limit: -1, max: r.s.t.MaxLineBytes, meter: r.s.spec.Meter}
	r.w.marks.sound, r.w.walk.sound = false, false
	r.name = data.ConstColumn(data.StringScalar(r.s.files.List[rng.File].Path), 0)
	r.pile = r.s.rejects.Begin(rng)
	info, err := r.s.t.info(ctx, r.s.files, rng.File)
	if err != nil {
		return err
	}
	r.x.d = info.d
	r.x.d.ragged = r.s.t.ragged
	if !rng.Whole() && !r.x.d.splittable() {
		// The file was cut into pieces before its own dialect was known: the first one is all of it.
		if r.ended = rng.K > 0; r.ended {
			return nil
		}
		r.rng.Hi = -1
		rng = r.rng
	}
	r.x.fields = max(info.fields, 1)
	r.most = max(1, min(data.BatchRows, max(64, 32<<10/r.x.fields)))
	for i, c := range r.cols {
		c.at = info.at[r.table[i]]
	}
	r.x.want(r.cols)
	if rng.Whole() {
		if r.w.src, err = r.s.files.Reader(ctx, rng.File, r.s.spec.Meter); err != nil {
			return err
		}
		return r.skipTo(ctx, info.start)
	}
	f, err := r.s.files.Acquire(ctx, rng.File)
	if err != nil {
		return err
	}
	var mine *pieceState
	if r.x.d.quote != 0 {
		mine = r.s.quotes.start(rng.File, rng.K)
	}
	if err := r.w.load(ctx, f, rng.Lo, rng.Hi); err != nil {
		if mine != nil {
			r.s.quotes.set(mine, false, true)
		}
		return err
	}
	return r.findStart(ctx, mine, info.start)
}

// skipTo passes over the header of a whole file.
func (r *reader) skipTo(ctx context.Context, start int64) error {
	for {
		if err := r.w.more(ctx); err != nil {
			return err
		}
		if start == 0 && bytes.HasPrefix(r.w.buf[:r.w.n], bom) {
			start = int64(len(bom))
		}
		if r.w.pos+int64(r.w.n) >= start || r.w.eof {
			r.w.p = min(int(start-r.w.pos), r.w.n)
			return nil
		}
		r.w.p = r.w.n
	}
}

// findStart moves to the first row of a piece, and tells the readers of later pieces the state in which this one ends.
func (r *reader) findStart(ctx context.Context, mine *pieceState, start int64) error {
	w, d := &r.w, &r.x.d
	lo, hi, fresh, err := w.border(ctx, d.newline, start)
	if !r.x.sieve {
		w.marks.find(w.buf, lo, hi, d)
	}
	var inside, next bool
	if err == nil && d.quote != 0 {
		inside, err = r.s.quotes.before(ctx, r.rng.File, r.rng.K)
	}
	switch {
	case err != nil:
	case r.x.sieve:
		next = w.walk.begin(w.buf, lo, hi, inside && !fresh, d)
	default:
		next = w.marks.resolve(w.buf, inside && !fresh, d)
		if !w.marks.sound {
			next = d.after(w.buf[lo:hi], inside && !fresh)
		}
	}
	if mine != nil {
		r.s.quotes.set(mine, next, err != nil)
	}
	if err != nil {
		return err
	}
	r.toRow(inside)
	if at := w.pos + int64(w.p); at < start {
		w.p = int(min(start-w.pos, int64(w.n)))
	}
	return nil
}

// toRow moves to the first row that starts in the piece, given whether its first line end is inside quotes.
func (r *reader) toRow(inside bool) {
	w, d := &r.w, &r.x.d
	text := w.buf[:max(0, min(w.n, int(w.limit-w.pos)))]
	if w.pos == 0 && r.rng.Lo == 0 {
		w.p = 0
		return
	}
	p := bytes.IndexByte(text, d.newline) + 1
	if p > 0 && inside {
		p = d.rowEnd(text, p)
	}
	if w.p = p; p <= 0 {
		w.p = len(text) // no row starts in this piece
	}
}

func (r *reader) close() error {
	var err error
	if r.w.src != nil {
		err = r.w.src.Close()
		r.w.src = nil
	}
	if r.w.file != nil {
		r.s.files.Release(r.rng.File)
		r.w.file = nil
	}
	return err
}

// read returns the next batch of the range, or io.EOF.
func (r *reader) read(ctx context.Context) (*data.Batch, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	b, err := r.next(ctx)
	if err != nil {
		r.failed = err
		if err != io.EOF {
			r.s.broken.Store(true)
			r.failed = r.s.position(r.rng, err)
		}
	}
	return b, r.failed
}

func (r *reader) next(ctx context.Context) (*data.Batch, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if r.s.limited && r.s.left.Load() <= 0 {
			return nil, io.EOF
		}
		text, err := r.index(ctx)
		if err != nil {
			return nil, err
		}
		if text == nil {
			return nil, io.EOF
		}
		n, err := r.parse(ctx, text)
		if err != nil {
			return nil, err
		}
		r.rows += int64(n)
		if n = r.s.take(n); n > 0 {
			return r.deliver(n, text), nil
		}
	}
}

// index finds the next rows. It returns their text, or nil at the end of the range.
func (r *reader) index(ctx context.Context) ([]byte, error) {
	w := &r.w
	if text, err := r.nextRows(ctx); text != nil || err != nil {
		return text, r.checkRows(text, err)
	}
	r.ended = true
	lines := int64(-1) // not known for a piece, whose text ends inside a line
	if r.rng.Whole() {
		lines = w.lineAt(w.n)
	}
	return nil, r.pile.End(ctx, lines, r.rows)
}

// checkRows refuses rows that are longer than the limit. One that is no smaller than what is held of a file anyway is the window's to check.
func (r *reader) checkRows(text []byte, err error) error {
	if err != nil || r.w.max >= windowSize {
		return err
	}
	for i := range r.x.rows {
		if n := int(r.x.ends[(i+1)*r.x.fields-1] - r.x.starts[i]); n > r.w.max {
			e := tooLong(r.w.max)
			e.Pos.Line = r.w.lineAt(r.w.p-len(text)+int(r.x.starts[i])) + 1
			e.Pos.Source = r.s.files.List[r.rng.File].Path
			return e
		}
	}
	return nil
}

// nextRows indexes the next rows and returns their text, or nil if there are none.
func (r *reader) nextRows(ctx context.Context) ([]byte, error) {
	w := &r.w
	for !r.ended {
		text := w.text()
		if len(text) == 0 && (w.limit >= 0 || w.eof) {
			break
		}
		if w.marks.sound || w.walk.sound {
			if text = r.quick(); r.x.rows > 0 {
				return text, nil
			}
			continue
		}
		most := r.most
		if w.tail {
			most = 1
		}
		q := r.x.build(text, 0, most)
		if r.x.rows > 0 {
			w.p += q
			r.ended = w.tail
			return text[:q:q], nil
		}
		switch r.x.fail {
		case noProblem:
			// Only empty lines and comments, or nothing as the last row ended with the window.
			if w.p += q; w.src != nil && w.p == w.n && !w.eof {
				if err := w.more(ctx); err != nil {
					return nil, err
				}
			}
		case incomplete:
			w.p += q
			if !w.eof || w.limit >= 0 && !w.tail {
				if err := w.more(ctx); err != nil {
					return nil, err
				}
			} else if !w.finish(r.x.d.newline) {
				return nil, r.unclosed(ctx)
			}
		default:
			w.p += r.x.failRow
			if err := r.badRow(ctx); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// quick indexes the next rows of a piece and returns their text. Where that needs a closer look it finds no row.
func (r *reader) quick() []byte {
	w := &r.w
	from, limit := w.p, int(w.limit-w.pos)
	if w.walk.sound {
		w.p += r.x.fromWalk(&w.walk, w.buf, from, limit, r.most)
	} else {
		w.p += r.x.fromMarks(&w.marks, w.buf, from, limit, r.most)
	}
	return w.buf[from:w.p:w.p]
}

// parse fills the columns from the indexed rows and returns how many rows there are after the policy took those that do not fit.
func (r *reader) parse(ctx context.Context, text []byte) (int, error) {
	p := r.parser
	for {
		p.text, p.bad = text, p.bad[:0]
		for _, c := range r.cols {
			p.parse(c)
		}
		if len(p.bad) == 0 {
			return r.x.rows, nil
		}
		slices.SortStableFunc(p.bad, func(a, b misfit) int { return a.row - b.row })
		dropped, err := r.misfits(ctx, text)
		if err != nil || !dropped || r.x.rows == 0 {
			return r.x.rows, err
		}
	}
}

// misfits applies the policy to the values that do not fit; dropped says that rows are gone and the rest must be parsed again.
func (r *reader) misfits(ctx context.Context, text []byte) (dropped bool, err error) {
	base := r.w.p - len(text)
	last := -1
	var rows []int
	for _, m := range r.parser.bad {
		e := r.describe(m, text)
		start := int(r.x.starts[m.row])
		e.Pos.Line = r.w.lineAt(base + start)
		if r.s.t.OnError.Mode == fs.NullOut {
			m.col.setNull(m.row)
			if err := r.pile.Null(ctx, e); err != nil {
				return false, err
			}
			continue
		}
		if m.row == last {
			continue
		}
		last = m.row
		rows = append(rows, m.row)
		end := int(r.x.ends[(m.row+1)*r.x.fields-1])
		if err := r.pile.Row(ctx, fs.Misfit{Err: e, Raw: text[start:end]}); err != nil {
			return false, err
		}
	}
	for i := len(rows) - 1; i >= 0; i-- {
		r.x.drop(rows[i])
	}
	return len(rows) > 0, nil
}

// describe is the error for a value.
func (r *reader) describe(m misfit, text []byte) *fault.Error {
	col := r.s.t.schema.Fields[r.table[slices.Index(r.cols, m.col)]]
	e := fault.New(fault.Data, "the value is not of type %s", col.Type)
	if m.utf8 {
		e = fault.New(fault.Data, "the text is not UTF-8").WithHint("convert the file, for example with iconv")
	} else if m.col.exact {
		e.Hint = "the type was inferred from a sample: declare it with types, or raise sample_rows (-1 reads all)"
	}
	e.Pos.Column, e.Pos.Value = col.Name, fault.Quote(string(text[m.lo:m.hi]))
	return e
}

// badRow hands the row at p, whose shape is wrong, to the policy and passes over its line.
func (r *reader) badRow(ctx context.Context) error {
	w, x := &r.w, &r.x
	var e *fault.Error
	switch x.fail {
	case tooFew, tooMany:
		n := "more than"
		have := x.fields
		if x.fail == tooFew {
			n, have = "", x.failN
		}
		e = fault.New(fault.Data, "%s fields in a row of a table with %d columns", strings.TrimSpace(n+" "+strconv.Itoa(have)), x.fields)
		if x.fail == tooFew {
			e.Hint = "null_padding: true takes missing fields for null"
		}
	default:
		e = fault.New(fault.Data, "text after the quote that closes a field").WithHint("quotes inside a quoted field are doubled; quote: '' reads quotes as text")
	}
	e.Pos.Line = w.lineAt(w.p)
	end := bytes.IndexByte(w.buf[w.p:w.n], x.d.newline)
	for end < 0 && !w.eof {
		if err := w.more(ctx); err != nil {
			return err
		}
		end = bytes.IndexByte(w.buf[w.p:w.n], x.d.newline)
	}
	next := end + 1
	if end < 0 {
		end = w.n - w.p
		next = end
	}
	raw := w.buf[w.p : w.p+end]
	e.Pos.Value = fault.Quote(string(raw))
	if err := r.pile.Row(ctx, fs.Misfit{Err: e, Raw: raw}); err != nil {
		return err
	}
	w.p += next
	return nil
}

// unclosed hands a row whose quote is never closed to the policy; nothing follows it.
func (r *reader) unclosed(ctx context.Context) error {
	w := &r.w
	e := fault.New(fault.Data, "a quote is not closed before the end of the file")
	e.Pos.Line = w.lineAt(w.p)
	raw := w.buf[w.p:w.n]
	if err := r.pile.Row(ctx, fs.Misfit{Err: e, Raw: raw}); err != nil {
		return err
	}
	w.p = w.n
	return nil
}

func (r *reader) deliver(n int, text []byte) *data.Batch {
	if m := r.s.spec.Meter; m != nil {
		m.Rows.Add(int64(n))
	}
	r.name.Len = n
	r.from = r.w.p - len(text)
	r.batch.Len = n
	r.batch.Cols = r.batch.Cols[:0]
	for _, c := range r.order {
		if c < 0 {
			r.batch.Cols = append(r.batch.Cols, r.name)
		} else {
			r.batch.Cols = append(r.batch.Cols, r.cols[c].column(n, text))
		}
	}
	return &r.batch
}

// locate returns the place of a row of the last batch, whose text is still there.
func (r *reader) locate(ctx context.Context, row int) (fault.Pos, error) {
	return r.pile.Place(ctx, r.w.lineAt(r.from+int(r.x.starts[row])))
}
