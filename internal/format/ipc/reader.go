package ipc

import (
	"context"
	"io"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// share is a record batch that several splits read: the first of them loads it, the last frees it.
type share struct {
	meta *batchMeta
	once sync.Once
	body *body
	err  error
	left int // splits that are not closed yet
}

// dictionaries are those of a file in the file format, which the first reader loads.
type dictionaries struct {
	once sync.Once
	all  map[int64]*values
	err  error
}

// reader reads splits, one after another.
type reader struct {
	s      *scan
	p      piece
	f      *file
	in     spi.File      // in the file format
	src    io.ReadCloser // otherwise
	stream *stream
	dicts  map[int64]*values
	need   map[int64]bool // the dictionaries that a stream's wanted columns have codes for
	next   int            // the next record batch
	body   *body          // the current one
	shared bool
	at, hi int // rows of it that are left
	vecs   []*vec
	cols   []*data.Column // by column of the file, for one batch
	batch  data.Batch
	failed error
}

// Open implements spi.Scan.
func (s *scan) Open(ctx context.Context, split spi.Split) (spi.Reader, error) {
	p, ok := split.Data.(piece)
	if !ok {
		return nil, bug.Errorf("split %q is not of this scan", split.Name)
	}
	r := s.idle.Take()
	if r == nil {
		r = &reader{s: s}
	}
	if err := r.open(ctx, p); err != nil {
		r.close()
		return nil, place(s.files.List[p.file].Path, err)
	}
	end := func() error {
		defer s.idle.Put(r)
		return r.close()
	}
	return &fs.Lease{Next: r.read, End: end}, nil
}

func (r *reader) open(ctx context.Context, p piece) (err error) {
	defer recovered(&err)
	*r = reader{s: r.s, p: p, f: r.s.t.list[p.file], next: p.from, vecs: r.vecs, cols: r.cols, batch: data.Batch{Cols: r.batch.Cols[:0]}}
	if !r.f.seek {
		if r.src, err = r.s.files.Reader(ctx, p.file, r.s.spec.Meter); err != nil {
			return err
		}
		if r.stream, err = newStream(r.src); err != nil {
			return err
		}
		r.dicts = map[int64]*values{}
		sch, err := r.stream.schemaOf(ctx)
		if err != nil {
			return err
		}
		if !sch.typed.Equal(r.f.schema.typed) {
			return corrupt("the schema is not the one that the file had when it was opened")
		}
		// Codes find their values by the descriptions that were just read.
		r.f = &file{schema: sch, cols: r.f.cols}
		r.need = sch.needed(r.s.want[p.file])
	} else {
		if r.in, err = r.s.files.Acquire(ctx, p.file); err != nil {
			return err
		}
		d := &r.s.dicts[p.file]
		d.once.Do(func() { d.all, d.err = r.s.readDictionaries(ctx, r.f, r.in, r.s.want[p.file]) })
		if r.dicts = d.all; d.err != nil {
			return d.err
		}
	}
	for len(r.vecs) < len(r.f.schema.cols) {
		r.vecs = append(r.vecs, &vec{})
	}
	for _, v := range r.vecs {
		v.use(r.dicts)
	}
	return nil
}

// use lets the vec find the dictionaries.
func (v *vec) use(dicts map[int64]*values) {
	v.dicts, v.enums = dicts, nil
	for _, k := range v.kids {
		k.use(dicts)
	}
}

func (r *reader) close() error {
	r.drop()
	if r.p.hi >= 0 {
		r.s.leave(place2{r.p.file, r.p.from})
		r.p.hi = -1
	}
	if r.in != nil {
		r.s.files.Release(r.p.file)
		r.in = nil
	}
	var err error
	if r.src != nil {
		err = r.src.Close()
		r.src = nil
	}
	return err
}

// drop frees the current record batch.
func (r *reader) drop() {
	if r.body != nil && !r.shared {
		r.body.free()
	}
	r.body, r.shared, r.at, r.hi = nil, false, 0, 0
}

// leave is called once for each split of a shared record batch.
func (s *scan) leave(at place2) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shares[at]
	if sh == nil {
		return
	}
	if sh.left--; sh.left == 0 {
		if sh.body != nil {
			sh.body.free()
		}
		delete(s.shares, at)
	}
}

// read returns the next batch of the split, or io.EOF.
func (r *reader) read(ctx context.Context) (b *data.Batch, err error) {
	if r.failed != nil {
		return nil, r.failed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err = r.advance(ctx)
	if err != nil {
		r.failed = place(r.s.files.List[r.p.file].Path, err)
		return nil, r.failed
	}
	if m := r.s.spec.Meter; m != nil {
		m.Rows.Add(int64(b.Len))
	}
	return b, nil
}

func (r *reader) advance(ctx context.Context) (b *data.Batch, err error) {
	defer recovered(&err)
	for {
		if r.s.limited && r.s.left.Load() <= 0 {
			return nil, io.EOF
		}
		if r.at < r.hi {
			lo := r.at
			r.at = min(r.hi, lo+data.BatchRows)
			if n := r.s.take(r.at - lo); n > 0 {
				return r.deliver(lo, lo+n)
			}
			continue
		}
		r.drop()
		if err := r.nextBody(ctx); err != nil {
			return nil, err
		}
	}
}

// deliver decodes rows of the current record batch.
func (r *reader) deliver(lo, hi int) (*data.Batch, error) {
	r.cols = grown(r.cols, len(r.f.schema.cols))
	for i, p := range r.body.parts {
		if p == nil {
			continue
		}
		c, err := r.vecs[i].read(p, lo, hi)
		if err != nil {
			return nil, err
		}
		r.cols[i] = c
	}
	r.batch.Cols = r.batch.Cols[:0]
	for _, c := range r.s.spec.Cols {
		r.batch.Cols = append(r.batch.Cols, r.cols[r.f.cols[c]])
	}
	r.batch.Len = hi - lo
	return &r.batch, nil
}

// nextBody loads the next record batch of the split, or returns io.EOF.
func (r *reader) nextBody(ctx context.Context) (err error) {
	if r.stream != nil {
		return r.nextMessage(ctx)
	}
	if r.next >= r.p.to {
		return io.EOF
	}
	k := r.next
	r.next++
	if r.p.hi >= 0 {
		if r.body, err = r.s.shared(ctx, r.p.file, k, r.in); err != nil {
			return err
		}
		r.shared, r.at, r.hi = true, r.p.lo, r.p.hi
		return nil
	}
	b := r.f.batches[k]
	m, err := readBatchMeta(ctx, r.in, b, r.s.spec.Meter)
	if err != nil {
		return err
	}
	if r.body, err = r.s.loadAt(ctx, r.p.file, m, b, r.in); err != nil {
		return err
	}
	r.at, r.hi = 0, r.body.rows
	return nil
}

func (s *scan) loadAt(ctx context.Context, file int, m *batchMeta, b block, in spi.File) (*body, error) {
	src := &ranged{f: in, base: b.off + int64(b.meta), meter: s.spec.Meter}
	return s.load.load(ctx, m, s.t.list[file].schema.cols, s.want[file], src)
}

// shared returns a record batch that several splits read.
func (s *scan) shared(ctx context.Context, file, k int, in spi.File) (*body, error) {
	s.mu.Lock()
	sh := s.shares[place2{file, k}]
	s.mu.Unlock()
	if sh == nil {
		return nil, bug.Errorf("a split was opened twice")
	}
	sh.once.Do(func() {
		defer recovered(&sh.err)
		sh.body, sh.err = s.loadAt(ctx, file, sh.meta, s.t.list[file].batches[k], in)
	})
	return sh.body, sh.err
}

// nextMessage reads messages up to the next record batch.
func (r *reader) nextMessage(ctx context.Context) error {
	sch := r.f.schema
	for {
		m, err := r.stream.next(ctx)
		if err == io.EOF {
			if err := r.stream.finish(); err != nil {
				return err
			}
			return io.EOF
		}
		if err != nil {
			return err
		}
		switch m.kind {
		case headDictionary:
			d, err := parseDictionary(m)
			if err != nil {
				return err
			}
			if sch.dicts[d.id] == nil {
				return corrupt("a dictionary batch is for dictionary %d, which no column has", d.id)
			}
			if !r.need[d.id] {
				continue
			}
			if err := r.s.load.loadDictionary(ctx, sch, d, r.dicts, r.stream); err != nil {
				return err
			}
		case headBatch:
			meta, err := parseBatch(m.header, m.body)
			if err != nil {
				return err
			}
			if r.body, err = r.s.load.load(ctx, meta, sch.cols, r.s.want[r.p.file], r.stream); err != nil {
				return err
			}
			r.at, r.hi = 0, r.body.rows
			return nil
		default:
			return refuse("", "a message of kind %d is not read: only record batches and dictionaries are", m.kind)
		}
	}
}

// readDictionaries reads the dictionaries of a file in the file format that the wanted columns have codes for.
func (s *scan) readDictionaries(ctx context.Context, f *file, in spi.File, want []bool) (out map[int64]*values, err error) {
	defer recovered(&err)
	need := f.schema.needed(want)
	out = map[int64]*values{}
	if len(need) == 0 {
		return out, nil
	}
	for _, b := range f.dicts {
		m, err := readMeta(ctx, in, b, s.spec.Meter)
		if err != nil {
			return nil, err
		}
		if m.kind != headDictionary {
			return nil, corrupt("the footer calls the message at byte %d a dictionary, and it is none", b.off)
		}
		d, err := parseDictionary(m)
		if err != nil {
			return nil, err
		}
		if !need[d.id] {
			continue
		}
		if !d.delta && out[d.id] != nil {
			// Record batches can be read in any order, so that it would not be known which of the two they mean.
			return nil, corrupt("dictionary %d is replaced, which only streams can do", d.id)
		}
		src := &ranged{f: in, base: b.off + int64(b.meta), meter: s.spec.Meter}
		if err := s.load.loadDictionary(ctx, f.schema, d, out, src); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// needed returns the dictionaries that the wanted columns have codes for, directly or not.
func (s *schema) needed(want []bool) map[int64]bool {
	out := map[int64]bool{}
	for i, c := range s.cols {
		if want[i] {
			c.needs(out)
		}
	}
	return out
}

// needs adds the dictionaries below the node.
func (n *node) needs(to map[int64]bool) {
	if n.dict != nil {
		to[n.dict.id] = true
		n.dict.values.needs(to)
	}
	for _, k := range n.kids {
		k.needs(to)
	}
}
