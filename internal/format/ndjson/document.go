package ndjson

import (
	"bytes"
	"context"
	"io"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
)

// document reads a file whose objects are not one a line: an array of objects, or objects with any white space between them. It hands out
// windows of text; an object that does not end in its window is decoded again in the next one.
type document struct {
	src    io.ReadCloser
	buf    []byte
	max    int
	eof    bool
	grow   bool // the last window did not hold one whole object: make it larger
	begun  bool // something has been read
	values bool // rows may be values of any kind
	state  docState
}

// docState says what may come next.
type docState uint8

const (
	docStart   docState = iota // a bracket or an object
	docFirst                   // an object or the end of the array
	docComma                   // a comma or the end of the array
	docElement                 // an object, after a comma
	docNext                    // an object or the end of the file: no array
	docEnd                     // nothing but white space
)

func newDocument(src io.ReadCloser, buf []byte, most int) *document {
	if len(buf) < blockSize+fs.BlockSlack {
		buf = make([]byte, blockSize+fs.BlockSlack)
	}
	return &document{src: src, buf: buf, max: most}
}

// Close implements source.
func (d *document) Close() error { return d.src.Close() }

// more returns a window that starts with rest, which is the end of the last one. Zeros follow the window, which end every scan.
func (d *document) more(ctx context.Context, rest []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if d.eof && !d.grow {
		if d.state != docEnd && d.state != docNext && d.state != docStart {
			return nil, fault.New(fault.Data, "invalid JSON: the file ends inside the array")
		}
		return nil, io.EOF
	}
	room := len(d.buf) - fs.BlockSlack
	next := d.buf
	if d.grow && len(rest) > room/2 {
		if room >= d.max {
			return nil, fault.New(fault.Data, "an object of the document is longer than %d bytes", d.max).WithHint("raise max_line_bytes")
		}
		next = make([]byte, 2*room+fs.BlockSlack)
		room *= 2
	}
	n := copy(next, rest)
	d.buf, d.grow = next, false
	for n < room && !d.eof {
		m, err := d.src.Read(next[n:room])
		n += m
		if err == io.EOF {
			d.eof = true
		} else if err != nil {
			return nil, err
		}
	}
	clear(next[n : n+fs.BlockSlack])
	if !d.begun && bytes.HasPrefix(next[:n], []byte("\xEF\xBB\xBF")) {
		copy(next, "   ") // a byte order mark
	}
	d.begun = true
	if n == 0 {
		return d.more(ctx, nil)
	}
	return next[:n], nil
}

// cut reports whether a value that ends at q, the end of the window, may go on behind it.
func (d *document) cut(q, window int) bool { return q >= window && !d.eof }

// advance passes over punctuation to the next object and returns its place, or -1 at the end of the window or the document. ok is false
// after a syntax error in dec.
func (d *document) advance(dec *decoder, p int) (q int, ok bool) {
	for {
		p = dec.space(p)
		if p >= len(dec.block) {
			return -1, true
		}
		c := dec.block[p]
		switch {
		case c == '{' && (d.state == docStart || d.state == docNext):
			d.state = docNext
			return p, true
		case c == '{' && (d.state == docFirst || d.state == docElement):
			d.state = docComma
			return p, true
		case c == '[' && d.state == docStart:
			d.state = docFirst
		case d.values && (d.state == docStart || d.state == docNext):
			d.state = docNext
			return p, true
		case (d.state == docElement || d.state == docFirst) && startsValue(c):
			d.state = docComma
			return p, true
		case c == ',' && d.state == docComma:
			d.state = docElement
		case c == ']' && (d.state == docFirst || d.state == docComma):
			d.state = docEnd
		default:
			dec.unexpected(p, [...]string{"an array or an object", "an object or ]", "a comma or ]", "an object", "an object", "the end of the file"}[d.state])
			return p, false
		}
		p++
	}
}

// startsValue reports whether a value other than an object may start with c.
func startsValue(c byte) bool { return c-'0' <= 9 || bytes.IndexByte([]byte("[\"-tfn"), c) >= 0 }

// cutNear is how near to the end of a window a failure may come from the cut; tokens other than strings are shorter.
const cutNear = 64

// fillDocument decodes objects of the window. A document that is broken cannot be resumed, so that its errors always end the scan; only
// an object whose values do not fit can be left out.
func (r *reader) fillDocument(ctx context.Context) (rows int, err error) {
	d, doc := r.dec, r.doc
	for rows < data.BatchRows {
		before := doc.state
		p, ok := doc.advance(d, r.p)
		if !ok {
			return 0, r.brokenDocument(ctx)
		}
		if p < 0 {
			r.consume(len(r.block))
			break
		}
		d.depth = 0
		q := d.row(p, rows)
		if doc.cut(q, len(r.block)) {
			q, d.errAt = -1, len(r.block)
		}
		if q > 0 {
			r.starts = append(r.starts, r.lines+int64(bytes.Count(r.block[r.p:p], []byte{'\n'})))
			r.consume(q)
			rows++
			if err := d.report(ctx, r.pile, r.lines); err != nil {
				return 0, err
			}
			continue
		}
		d.forget(rows)
		d.nulled = d.nulled[:0]
		if d.errAt+cutNear >= len(r.block) && !doc.eof {
			// The object goes on in the next window, where it is decoded again.
			doc.state = before
			if rows > 0 {
				break
			}
			doc.grow = true
			if r.block, err = doc.more(ctx, r.block[r.p:]); err != nil {
				return 0, err
			}
			r.p = 0
			d.begin(r.block)
			continue
		}
		if err := r.rejectObject(ctx, p); err != nil {
			return 0, err
		}
	}
	r.rows += int64(rows)
	return rows, nil
}

// consume moves to q and counts the lines.
func (r *reader) consume(q int) {
	r.lines += int64(bytes.Count(r.block[r.p:q], []byte{'\n'}))
	r.p = q
}

// brokenDocument returns the last failure, with its line.
func (r *reader) brokenDocument(ctx context.Context) error {
	e := *r.dec.err
	r.consume(max(r.p, min(r.dec.errAt, len(r.block))))
	e.Pos.Line = r.lines + 1
	e.Pos.Source = r.s.files.List[r.rng.File].Path
	return &e
}

// rejectObject hands the object at p, which failed, to the policy if it is an object at all.
func (r *reader) rejectObject(ctx context.Context, p int) error {
	d := r.dec
	e := *d.err
	at := d.errAt
	d.depth = 0
	end := d.skip(&d.any, p)
	if end < 0 {
		return r.brokenDocument(ctx)
	}
	e.Pos.Line = r.lines + int64(bytes.Count(r.block[r.p:at], []byte{'\n'}))
	raw := r.block[p:end]
	r.consume(end)
	return r.pile.Row(ctx, fs.Misfit{Err: &e, Raw: raw})
}
