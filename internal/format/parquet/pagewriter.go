package parquet

import (
	"bytes"
	"encoding/binary"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// pageWriter encodes the column chunks of a row group, one leaf after another, and keeps its buffers.
type pageWriter struct {
	opts *sinkOptions
	dict dictBuilder
	seen []int32
	out  []byte // the encoded chunk
	body []byte // a page before compression
	comp []byte
	zstd *zstd.Encoder
	gzip *gzip.Writer
	lz4  lz4.Compressor
	gz   bytes.Buffer
}

// writtenPage is what the page index says of a page.
type writtenPage struct {
	at     int64 // in the chunk
	size   int32
	row    int64
	nulls  int64
	bounds writeBounds
}

// writtenChunk describes an encoded chunk.
type writtenChunk struct {
	leaf      *leafWriter
	at        int64 // in the file
	dictAt    int64 // in the chunk, or -1
	dataAt    int64
	size, raw int64
	pages     []writtenPage
	encodings []int32
	bounds    writeBounds
	nulls     int64
	values    int64
	distinct  int64 // or -1
	indexAt   int64
	indexLen  int
	offsetAt  int64
	offsetLen int
}

// pageRows bounds the rows of a page, so that the page index can tell rows apart in narrow columns as well.
const pageRows = 20_000

// encode encodes the leaf's values as a chunk, into w.out.
func (w *pageWriter) encode(l *leafWriter) (*writtenChunk, error) {
	w.out = w.out[:0]
	c := &writtenChunk{leaf: l, dictAt: -1, values: int64(l.n), distinct: -1, encodings: []int32{encRLE}}
	coded := w.opts.dictionary && w.dict.build(l)
	if coded {
		c.dictAt, c.distinct = 0, int64(len(w.dict.first))
		c.encodings = append(c.encodings, encPlain, encRLEDict)
		if err := w.dictPage(l, c); err != nil {
			return nil, err
		}
		if cap(w.seen) < len(w.dict.first) {
			w.seen = make([]int32, 2*len(w.dict.first))
		}
		w.seen = w.seen[:len(w.dict.first)]
		for i := range w.seen {
			w.seen[i] = -1
		}
	} else {
		c.encodings = append(c.encodings, encPlain)
	}
	c.dataAt = int64(len(w.out))
	for e, v, row := 0, 0, int64(0); e < l.n || len(c.pages) == 0; {
		e2, v2, rows := w.pageEnd(l, e, v, coded)
		if err := w.dataPage(l, c, span4{e, e2, v, v2}, row, rows, coded); err != nil {
			return nil, err
		}
		e, v, row = e2, v2, row+rows
	}
	for i := range c.pages {
		p := &c.pages[i]
		c.bounds.merge(l.order, &p.bounds)
		c.nulls += p.nulls
	}
	c.size = int64(len(w.out))
	return c, nil
}

// span4 is a range of entries and the range of their values.
type span4 struct{ e, e2, v, v2 int }

// pageEnd returns where a page that starts at entry e and value v ends, and its rows. Pages end where rows do.
func (w *pageWriter) pageEnd(l *leafWriter, e, v int, coded bool) (e2, v2 int, rows int64) {
	size := 0
	per := l.width + 1
	if coded {
		per = 2
	}
	for e2, v2 = e, v; e2 < l.n; e2++ {
		if l.maxRep == 0 || l.rep[e2] == 0 {
			if size >= w.opts.pageBytes || rows >= pageRows {
				break
			}
			rows++
		}
		if l.maxDef > 0 && l.def[e2] < l.maxDef {
			size++
			continue
		}
		size += per
		if l.width == 0 && !coded {
			size += len(l.text(v2)) + 3
		}
		v2++
	}
	return e2, v2, rows
}

func (w *pageWriter) dictPage(l *leafWriter, c *writtenChunk) error {
	w.body = w.body[:0]
	for _, i := range w.dict.first {
		w.body = appendPlain(w.body, l, i, i+1)
	}
	data, err := w.compress(w.body)
	if err != nil {
		return err
	}
	t := &thrift{b: w.out}
	t.i32(1, pageDict)
	t.i32(2, int32(len(w.body)))
	t.i32(3, int32(len(data)))
	t.begin(7)
	t.i32(1, int32(len(w.dict.first)))
	t.i32(2, encPlain)
	t.end()
	t.b = append(t.b, 0)
	c.raw += int64(len(t.b)-len(w.out)) + int64(len(w.body))
	w.out = append(t.b, data...)
	return nil
}

// appendPlain appends values [lo, hi) in PLAIN encoding.
func appendPlain(dst []byte, l *leafWriter, lo, hi int) []byte {
	switch {
	case l.phys == ptBool:
		return appendBits(dst, l.buf[lo:hi], 1, hi-lo)
	case l.width > 0:
		return append(dst, l.buf[lo*l.width:hi*l.width]...)
	}
	for i := lo; i < hi; i++ {
		v := l.text(i)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
		dst = append(dst, v...)
	}
	return dst
}

// levels appends the levels of a page with or without their length, and returns how many bytes they take.
func (w *pageWriter) levels(levels []uint8, limit uint8, prefix bool) int {
	if limit == 0 {
		return 0
	}
	from := len(w.body)
	if prefix {
		w.body = append(w.body, 0, 0, 0, 0)
	}
	w.body = appendHybrid(w.body, levels, levelWidth(limit))
	if prefix {
		binary.LittleEndian.PutUint32(w.body[from:], uint32(len(w.body)-from-4))
	}
	return len(w.body) - from
}

func (w *pageWriter) dataPage(l *leafWriter, c *writtenChunk, s span4, row, rows int64, coded bool) error {
	w.body = w.body[:0]
	v1 := w.opts.pageVersion == 1
	var rep, def []uint8
	if l.maxRep > 0 {
		rep = l.rep[s.e:s.e2]
	}
	if l.maxDef > 0 {
		def = l.def[s.e:s.e2]
	}
	repLen := w.levels(rep, l.maxRep, v1)
	defLen := w.levels(def, l.maxDef, v1)
	enc := int32(encPlain)
	if coded {
		enc = encRLEDict
		width := levelBits(len(w.dict.first) - 1)
		w.body = append(w.body, byte(width))
		w.body = appendHybrid(w.body, w.dict.codes[s.v:s.v2], width)
	} else {
		w.body = appendPlain(w.body, l, s.v, s.v2)
	}
	levels := 0
	if !v1 {
		levels = repLen + defLen
	}
	data, err := w.compress(w.body[levels:])
	if err != nil {
		return err
	}
	n := s.e2 - s.e
	p := writtenPage{at: int64(len(w.out)), row: row, nulls: int64(n - (s.v2 - s.v)),
		bounds: l.bounds(s.v, s.v2, &w.dict, coded, w.seen, int32(len(c.pages)))}
	t := &thrift{b: w.out}
	if v1 {
		t.i32(1, pageDataV1)
	} else {
		t.i32(1, pageDataV2)
	}
	t.i32(2, int32(len(w.body)))
	t.i32(3, int32(levels+len(data)))
	if v1 {
		t.begin(5)
		t.i32(1, int32(n))
		t.i32(2, enc)
		t.i32(3, encRLE)
		t.i32(4, encRLE)
	} else {
		t.begin(8)
		t.i32(1, int32(n))
		t.i32(2, int32(p.nulls))
		t.i32(3, int32(rows))
		t.i32(4, enc)
		t.i32(5, int32(defLen))
		t.i32(6, int32(repLen))
		t.bool(7, w.opts.codec != codecNone)
	}
	t.end()
	t.b = append(t.b, 0)
	c.raw += int64(len(t.b)-len(w.out)) + int64(len(w.body))
	w.out = append(t.b, w.body[:levels]...)
	w.out = append(w.out, data...)
	p.size = int32(int64(len(w.out)) - p.at)
	c.pages = append(c.pages, p)
	return nil
}

// compress returns b compressed, in memory that the next call reuses.
func (w *pageWriter) compress(b []byte) ([]byte, error) {
	switch w.opts.codec {
	case codecSnappy:
		if n := s2.MaxEncodedLen(len(b)); cap(w.comp) < n {
			w.comp = make([]byte, n)
		}
		return s2.EncodeSnappy(w.comp[:cap(w.comp)], b), nil
	case codecZstd:
		if w.zstd == nil {
			e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(w.opts.level)))
			if err != nil {
				return nil, err
			}
			w.zstd = e
		}
		w.comp = w.zstd.EncodeAll(b, w.comp[:0])
		return w.comp, nil
	case codecGzip:
		w.gz.Reset()
		if w.gzip == nil {
			z, err := gzip.NewWriterLevel(&w.gz, w.opts.level)
			if err != nil {
				return nil, err
			}
			w.gzip = z
		} else {
			w.gzip.Reset(&w.gz)
		}
		if _, err := w.gzip.Write(b); err != nil {
			return nil, err
		}
		err := w.gzip.Close()
		return w.gz.Bytes(), err
	case codecLZ4Raw:
		if n := lz4.CompressBlockBound(len(b)); cap(w.comp) < n {
			w.comp = make([]byte, n)
		}
		n, err := w.lz4.CompressBlock(b, w.comp[:cap(w.comp)])
		return w.comp[:n], err
	}
	return b, nil
}
