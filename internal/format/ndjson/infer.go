package ndjson

import (
	"context"
	"io"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
)

// sampleFilesMax is how many files inference looks into.
const sampleFilesMax = 32

// infer reads a sample of the files: the first one up to the limits of the options, and a part of that of some more, so that a column
// that appears later is found too.
func (t *table) infer(ctx context.Context) (dtype.Schema, error) {
	var sh shapeOf
	n := len(t.files.List)
	rows, size := t.text.SampleRows, t.text.SampleBytes
	most := min(n, sampleFilesMax)
	if rows < 0 {
		most = n
	}
	if !t.text.UnionByName {
		most = 1
	}
	for k := range most {
		// Files from all over the list: the first, the last, and those between.
		i := 0
		if most > 1 {
			i = k * (n - 1) / (most - 1)
		}
		if k > 0 && rows >= 0 {
			rows, size = max(t.text.SampleRows/32, 1), max(t.text.SampleBytes/32, 1)
		}
		if err := t.sample(ctx, i, rows, size, &sh); err != nil {
			return dtype.Schema{}, err
		}
	}
	if t.broken != nil && sh.seen() == 0 {
		return dtype.Schema{}, t.broken // all that the sample holds is no JSON
	}
	if t.values {
		return dtype.NewSchema(dtype.Field{Name: valueName, Type: sh.typ(t.text.Timestamps)}), nil
	}
	typ := sh.structType(t.text.Timestamps)
	if len(typ.Fields) > 0 {
		return dtype.Schema{Fields: typ.Fields}, nil
	}
	// There is no key that could be a column: rows are values, of which empty objects may get any key.
	t.values = true
	empty := dtype.Of(dtype.JSON)
	if sh.objects > 0 {
		empty = dtype.MapOf(dtype.Of(dtype.String), dtype.Of(dtype.JSON))
	}
	return dtype.NewSchema(dtype.Field{Name: valueName, Type: empty}), nil
}

// valueName is the column of files whose rows are values other than objects.
const valueName = "json"

// sample adds the objects at the start of file i to the shape. Lines that are not JSON are errors here only where they would be errors
// of the scan as well.
func (t *table) sample(ctx context.Context, i int, rows, size int64, sh *shapeOf) error {
	in := &inferrer{shape: sh, rows: rows, size: size, dec: newDecoder(dtype.Schema{}, nil, false, false),
		skip: t.text.OnError.Mode != fs.Fail}
	in.dec.document = t.docs[i]
	in.values = t.values
	if t.docs[i] {
		return in.document(ctx, t, i)
	}
	b, err := fs.OpenBlocks(ctx, t.files, fs.Range{File: i, Hi: -1}, nil, 128<<10, nil)
	if err != nil {
		return err
	}
	b.Max = t.text.MaxLineBytes
	defer b.Close()
	for lines := int64(0); in.rows != 0 && in.size > 0; {
		block, off, err := b.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if off == 0 && len(block) >= 3 && string(block[:3]) == "\xEF\xBB\xBF" {
			block = block[3:]
		}
		in.size -= int64(len(block))
		n, bad := in.lines(block)
		lines += n
		if t.broken == nil && in.bad != nil {
			t.broken = in.bad
			t.broken.Pos.Source = t.files.List[i].Path
		}
		if bad != nil {
			bad.Pos.Source, bad.Pos.Line = t.files.List[i].Path, lines
			return bad
		}
	}
	return nil
}

// inferrer walks over JSON and adds it to a shape. It uses a decoder for the checks.
type inferrer struct {
	shape  *shapeOf
	rows   int64
	size   int64
	dec    *decoder
	skip   bool         // pass over lines that are not JSON
	bad    *fault.Error // the first of them
	values bool         // rows need not be objects
}

// lines adds the objects of a block. It returns the lines seen, and the first error, which is on the last line if it stops there; when
// rows are left out on errors it goes on.
func (in *inferrer) lines(block []byte) (n int64, bad *fault.Error) {
	d := in.dec
	d.begin(block)
	for p := 0; p < len(block) && in.rows != 0; n++ {
		end := p
		for block[end] != '\n' {
			end++
		}
		q := d.space(p)
		switch {
		case block[q] == '\n':
		case block[q] != '{' && !in.values:
			d.notObject(q)
			bad = d.err
		default:
			d.depth = 0
			in.rows--
			if q = in.value(q, in.shape); q > 0 {
				if q = d.space(q); block[q] != '\n' {
					q = d.unexpected(q, "the end of the line after the object")
				}
			}
			if q < 0 {
				bad = d.err
			}
		}
		if bad != nil && !in.skip {
			return n + 1, bad
		}
		if in.bad == nil {
			in.bad = bad
		}
		bad = nil
		p = end + 1
	}
	return n, nil
}

func (in *inferrer) document(ctx context.Context, t *table, i int) error {
	src, err := t.files.Reader(ctx, i, nil)
	if err != nil {
		return err
	}
	doc := newDocument(src, nil, t.text.MaxLineBytes)
	doc.values = in.values
	defer doc.Close()
	r := &reader{dec: in.dec, doc: doc, rng: fs.Range{File: i}, s: &scan{files: t.files}}
	for in.rows != 0 && in.size > 0 {
		if r.block, err = doc.more(ctx, r.block[min(r.p, len(r.block)):]); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		r.p = 0
		in.dec.begin(r.block)
		for in.rows != 0 {
			before := doc.state
			p, ok := doc.advance(in.dec, r.p)
			if !ok {
				return r.brokenDocument(ctx)
			}
			if p < 0 {
				r.consume(len(r.block))
				break
			}
			in.dec.depth = 0
			q := in.element(p)
			if cut := doc.cut(q, len(r.block)); q < 0 || cut {
				if cut || in.dec.errAt+cutNear >= len(r.block) && !doc.eof {
					doc.state, doc.grow = before, true
					break
				}
				return r.brokenDocument(ctx)
			}
			in.rows--
			in.size -= int64(q - p)
			r.consume(q)
		}
	}
	return nil
}

// element adds a row of a document. What is no object where rows are objects is an error, or passed over where such rows are left out.
func (in *inferrer) element(p int) int {
	if in.values || in.dec.block[p] == '{' {
		return in.value(p, in.shape)
	}
	if q := in.dec.skip(&in.dec.any, p); q < 0 || in.skip {
		return q
	}
	in.dec.notObject(p)
	return -1
}

// object adds the object whose brace stands before p.
func (in *inferrer) object(p int, sh *shapeOf) int {
	d := in.dec
	if d.depth++; d.depth > depthMax {
		return d.syntax(p, "nested deeper than %d levels", depthMax)
	}
	sh.objects++
	p = d.space(p)
	if fs.Load1(d.base, p) == '}' {
		d.depth--
		return p + 1
	}
	for {
		if p = d.space(p); fs.Load1(d.base, p) != '"' {
			return d.unexpected(p, "a key in double quotes")
		}
		name, q, _ := d.text(p)
		if q < 0 {
			return q
		}
		if q = d.space(q); fs.Load1(d.base, q) != ':' {
			return d.unexpected(q, "a colon after the key")
		}
		if p = in.value(d.space(q+1), sh.member(name)); p < 0 {
			return p
		}
		p = d.space(p)
		c := fs.Load1(d.base, p)
		if c != ',' && c != '}' {
			return d.unexpected(p, "a comma or } after the value")
		}
		p++
		if c == '}' {
			d.depth--
			return p
		}
	}
}

// value adds the value at p.
func (in *inferrer) value(p int, sh *shapeOf) int {
	d := in.dec
	switch fs.Load1(d.base, p) {
	case '{':
		return in.object(p+1, sh)
	case '[':
		return in.array(p+1, sh)
	case '"':
		s, e, _ := d.text(p)
		if e > 0 {
			sh.text(s)
		}
		return e
	case 't', 'f':
		sh.bools++
		return d.skip(&d.any, p)
	case 'n':
		return d.skip(&d.any, p)
	default:
		e := d.number(p)
		if e > 0 {
			sh.number(d.block[p:e])
		}
		return e
	}
}

func (in *inferrer) array(p int, sh *shapeOf) int {
	d := in.dec
	if d.depth++; d.depth > depthMax {
		return d.syntax(p, "nested deeper than %d levels", depthMax)
	}
	sh.lists++
	if sh.elem == nil {
		sh.elem = &shapeOf{}
	}
	if p = d.space(p); fs.Load1(d.base, p) == ']' {
		d.depth--
		return p + 1
	}
	for {
		if p = in.value(d.space(p), sh.elem); p < 0 {
			return p
		}
		p = d.space(p)
		switch fs.Load1(d.base, p) {
		case ',':
			p++
		case ']':
			d.depth--
			return p + 1
		default:
			return d.unexpected(p, "a comma or ] after the element")
		}
	}
}
