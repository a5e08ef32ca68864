package ndjson

import (
	"bytes"
	"context"
	"io"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
)

// reader decodes splits, one after another.
type reader struct {
	s       *scan
	dec     *decoder
	cols    []int // positions in dec.vecs, or -1 for the file's name
	names   *data.Column
	buf     []byte
	rng     fs.Range
	blocks  *fs.Blocks
	doc     *document
	pile    *fs.Pile
	block   []byte
	p       int   // place of the next line in block
	lines   int64 // lines of the split before block[p]
	rows    int64
	batch   data.Batch
	first   int64   // lines of the split before the batch
	gone    []int64 // lines of the batch that were rejected
	starts  []int64 // of a document: the line at which each row of the batch begins
	ended   bool
	failed  error
	started bool // a block has been read
}

func (s *scan) newReader() *reader {
	r := &reader{s: s}
	var stored []int
	for _, c := range s.spec.Cols {
		if c >= s.t.stored {
			r.cols = append(r.cols, -1)
			continue
		}
		r.cols = append(r.cols, len(stored))
		stored = append(stored, c)
	}
	if s.t.text.OnError.Whole() {
		for c := range s.t.stored {
			if !slices.Contains(stored, c) {
				stored = append(stored, c)
			}
		}
	}
	declared := s.t.text.Columns != nil
	r.dec = newDecoder(dtype.Schema{Fields: s.t.schema.Fields[:s.t.stored]}, stored, !declared && !s.t.text.IgnoreUnknown, declared)
	r.dec.values = s.t.values
	r.dec.nullOut = s.t.text.OnError.Mode == fs.NullOut
	return r
}

func (r *reader) open(ctx context.Context, rng fs.Range) error {
	r.rng, r.block, r.p, r.lines, r.rows = rng, nil, 0, 0, 0
	r.ended, r.failed, r.started = false, nil, false
	r.names = data.ConstColumn(data.StringScalar(r.s.files.List[rng.File].Path), 0)
	r.pile = r.s.rejects.Begin(rng)
	r.dec.document = r.s.t.docs[rng.File]
	meter := r.s.spec.Meter
	if r.dec.document {
		src, err := r.s.files.Reader(ctx, rng.File, meter)
		if err != nil {
			return err
		}
		r.doc = newDocument(src, r.buf, r.s.t.text.MaxLineBytes)
		r.doc.values = r.dec.values
		return nil
	}
	var err error
	r.blocks, err = fs.OpenBlocks(ctx, r.s.files, rng, r.buf, blockSize, meter)
	if err == nil {
		r.blocks.Max = r.s.t.text.MaxLineBytes
		r.blocks.Reserve = r.s.spec.Reserve
	}
	return err
}

func (r *reader) close() error {
	var err error
	if r.blocks != nil {
		r.buf = r.blocks.Buffer()
		err = r.blocks.Close()
		r.blocks = nil
	}
	if r.doc != nil {
		r.buf = r.doc.buf
		err = r.doc.Close()
		r.doc = nil
	}
	return err
}

// read returns the next batch of the split, or io.EOF.
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
	if r.s.limited && r.s.left.Load() <= 0 {
		return nil, io.EOF
	}
	for {
		if r.p >= len(r.block) {
			if err := r.nextBlock(ctx); err != nil {
				return nil, err
			}
		}
		n, err := r.fill(ctx)
		if err != nil {
			return nil, err
		}
		if n = r.s.take(n); n > 0 {
			return r.deliver(n), nil
		}
		if r.s.limited && r.s.left.Load() <= 0 {
			return nil, io.EOF
		}
	}
}

// nextBlock moves on, or ends the split.
func (r *reader) nextBlock(ctx context.Context) error {
	if r.ended {
		return io.EOF
	}
	var err error
	if r.doc != nil {
		r.block, err = r.doc.more(ctx, r.block[min(r.p, len(r.block)):])
	} else {
		r.block, _, err = r.blocks.Next(ctx)
	}
	r.p = 0
	if err == io.EOF {
		r.ended = true
		if err := r.pile.End(ctx, r.lines, r.rows); err != nil {
			return err
		}
		return io.EOF
	}
	if err == nil && !r.started {
		r.started = true
		if r.rng.Lo == 0 && bytes.HasPrefix(r.block, []byte("\xEF\xBB\xBF")) {
			r.p = 3
		}
	}
	return err
}

// fill decodes lines of the block until the batch or the block is full.
func (r *reader) fill(ctx context.Context) (rows int, err error) {
	d := r.dec
	// The batch views its own part of the block, so that it does not count for more memory than it uses.
	r.block, r.p = r.block[r.p:], 0
	r.first, r.gone, r.starts = r.lines, r.gone[:0], r.starts[:0]
	d.begin(r.block)
	if r.doc != nil {
		return r.fillDocument(ctx)
	}
	for rows < data.BatchRows && r.p < len(r.block) {
		p := r.p
		if fs.Load1(d.base, p) == '{' && !d.values {
			if q := d.line(p, rows); q > 0 {
				r.p = q
				r.lines++
				rows++
				if len(d.nulled) > 0 {
					if err := d.report(ctx, r.pile, r.lines-1); err != nil {
						return rows, err
					}
				}
				continue
			}
			d.nulled = d.nulled[:0]
		} else if p = d.space(p); fs.Load1(d.base, p) == '{' && !d.values {
			r.p = p
			continue
		} else if fs.Load1(d.base, p) == '\n' {
			r.p = p + 1
			r.lines++
			continue
		} else if d.values {
			if q := d.valueLine(p, rows); q > 0 {
				r.p = q
				r.lines++
				rows++
				if err := d.report(ctx, r.pile, r.lines-1); err != nil {
					return rows, err
				}
				continue
			}
			d.nulled = d.nulled[:0]
		} else {
			d.notObject(p)
		}
		if err := r.reject(ctx); err != nil {
			return rows, err
		}
	}
	r.rows += int64(rows)
	return rows, nil
}

// reject hands the line at p, which failed, to the policy and passes over it.
func (r *reader) reject(ctx context.Context) error {
	end := r.p + bytes.IndexByte(r.block[r.p:], '\n')
	raw := r.block[r.p:end]
	r.dec.err.Pos.Line = r.lines
	if err := r.pile.Row(ctx, fs.Misfit{Err: r.dec.err, Raw: raw}); err != nil {
		return err
	}
	r.p = end + 1
	r.gone = append(r.gone, r.lines)
	r.lines++
	return nil
}

// locate returns the place of a row of the last batch, whose text is still there.
func (r *reader) locate(ctx context.Context, row int) (fault.Pos, error) {
	if r.doc != nil {
		return r.pile.Place(ctx, r.starts[row])
	}
	line := r.first
	for text := r.block[:r.p]; len(text) > 0; line++ {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			end = len(text) - 1
		}
		empty := len(bytes.Trim(text[:end], " \t\r")) == 0
		text = text[end+1:]
		if empty || slices.Contains(r.gone, line) {
			continue
		}
		if row == 0 {
			break
		}
		row--
	}
	return r.pile.Place(ctx, line)
}

// notObject explains what stands where an object should.
func (d *decoder) notObject(p int) {
	d.errAt = p
	what := "line"
	if d.document {
		what = "document"
	}
	switch c := d.block[p]; {
	case c == '[':
		d.err = fault.New(fault.Data, "the %s holds an array, not an object", what).WithHint("a file that is one array is read with format: array, and one of such rows with records: false")
	case c == '"' || c == '-' || c-'0' <= 9 || c == 't' || c == 'f' || c == 'n':
		if d.skip(&d.any, p) > 0 {
			d.err = fault.New(fault.Data, "the %s holds a single value, not an object", what).WithHint("records: false reads rows of any kind as one column")
		}
	default:
		d.unexpected(p, "an object")
	}
}

func (r *reader) deliver(n int) *data.Batch {
	if m := r.s.spec.Meter; m != nil {
		m.Rows.Add(int64(n))
	}
	stored := r.dec.columns(r.batch.Cols[:0], n, r.p)
	if len(stored) == len(r.cols) {
		r.batch.Cols = stored
	} else {
		cols := make([]*data.Column, len(r.cols))
		r.names.Len = n
		for i, c := range r.cols {
			if c < 0 {
				cols[i] = r.names
			} else {
				cols[i] = stored[c]
			}
		}
		r.batch.Cols = cols
	}
	r.batch.Len = n
	return &r.batch
}
