package ndjson

import (
	"bytes"
	"context"
	"fmt"
	"unicode/utf8"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/fs"
)

// decoder turns lines into columns. It is used by one goroutine.
type decoder struct {
	root    *object
	vecs    []*vec
	lenient bool // the types were declared
	nullOut bool // a value that does not fit becomes null

	block    []byte
	base     unsafe.Pointer // block's memory
	document bool           // line ends are white space
	values   bool           // rows are values of the only column, or of none that is wanted
	stamp    uint64
	depth    int
	any      field // for skipping where no field is
	heap     []byte
	scratch  []byte

	err    *fault.Error // what failed last
	errAt  int          // where, in block
	nulled []*fault.Error
	heads  [][]byte
}

// newDecoder returns a decoder of the columns cols of the schema. strict makes keys that the schema lacks an error.
func newDecoder(s dtype.Schema, cols []int, strict, declared bool) *decoder {
	d := &decoder{lenient: declared}
	d.any.link = link{noField, noField}
	d.root = newObject("", strict)
	byCol := make([]*vec, s.Len())
	for _, c := range cols {
		if byCol[c] == nil {
			byCol[c] = newVec(s.Fields[c].Type, s.Fields[c].Name, data.BatchRows)
			d.shape(byCol[c], strict)
		}
		d.vecs = append(d.vecs, byCol[c])
	}
	for i, f := range s.Fields {
		d.root.add(f.Name, byCol[i])
	}
	d.root.predict()
	if strict {
		// What is not projected keeps its declared shape too, so that an unknown key is found wherever it is.
		for i, f := range s.Fields {
			if byCol[i] == nil {
				d.root.fields[i].shape(f.Type, f.Name)
			}
		}
	}
	return d
}

// shape gives v and the structs below it their objects.
func (d *decoder) shape(v *vec, strict bool) {
	for _, k := range v.kids {
		d.shape(k, strict)
	}
	if v.typ.Kind != dtype.Struct {
		return
	}
	v.obj = newObject(v.path, strict)
	for i, f := range v.typ.Fields {
		v.obj.add(f.Name, v.kids[i])
	}
	v.obj.predict()
}

// shape is the same for a field that is passed over.
func (f *field) shape(t dtype.Type, path string) {
	switch t.Kind {
	case dtype.List, dtype.Array:
		f.elem = &field{link: link{noField, noField}}
		f.elem.shape(t.Elem(), path)
	case dtype.Struct:
		f.sub = newObject(path, true)
		for _, k := range t.Fields {
			f.sub.add(k.Name, nil).shape(k.Type, path+"."+k.Name)
		}
		f.sub.predict()
	}
}

// predict expects the fields in their order, in the usual compact spelling.
func (o *object) predict() {
	at := &o.start
	for _, f := range o.fields {
		f.learn(append(compute.AppendQuoted(nil, f.name), ':'))
		at.next = f
		at = &f.link
	}
}

// begin starts a batch over the block.
func (d *decoder) begin(block []byte) {
	d.block = block[:len(block):cap(block)]
	d.base = unsafe.Pointer(unsafe.SliceData(block))
	d.heap = d.heap[:0]
	for _, v := range d.vecs {
		v.reset()
	}
}

// line decodes the object at p into the row and returns the place after its line end, or a negative number after a failure, when the
// row is as if it had never been.
func (d *decoder) line(p, row int) int {
	d.depth = 0
	p = d.object(d.root, p+1, row)
	if p > 0 {
		if fs.Load1(d.base, p) == '\n' {
			return p + 1
		}
		if p = d.space(p); fs.Load1(d.base, p) == '\n' {
			return p + 1
		}
		p = d.unexpected(p, "the end of the line after the object")
	}
	d.forget(row)
	return p
}

// row decodes the object at p or, if rows are values, what stands there into the row and returns the place after it, or a negative number.
func (d *decoder) row(p, row int) int {
	switch {
	case !d.values && fs.Load1(d.base, p) == '{':
		return d.object(d.root, p+1, row)
	case !d.values:
		d.notObject(p)
		return -1
	case len(d.vecs) == 0:
		return d.skip(&d.any, p)
	default:
		return d.value(d.vecs[0], p, row)
	}
}

// valueLine is line for a value, which stands at p.
func (d *decoder) valueLine(p, row int) int {
	d.depth = 0
	if p = d.row(p, row); p > 0 {
		if p = d.space(p); fs.Load1(d.base, p) == '\n' {
			return p + 1
		}
		p = d.unexpected(p, "the end of the line after the value")
	}
	d.forget(row)
	return p
}

// forget undoes a row.
func (d *decoder) forget(row int) {
	for _, v := range d.vecs {
		v.forget(row)
	}
}

// columns returns the first n rows of the batch, whose text ends at end.
func (d *decoder) columns(dst []*data.Column, n, end int) []*data.Column {
	d.heads = append(d.heads[:0], d.block[:end:end], d.heap)
	for _, v := range d.vecs {
		dst = append(dst, v.column(n, d.heads))
	}
	return dst
}

// The failures. Each remembers an error and returns -1.

func (d *decoder) syntax(p int, format string, args ...any) int {
	d.err = fault.New(fault.Data, "invalid JSON: %s", fmt.Sprintf(format, args...))
	d.errAt = p
	return -1
}

func (d *decoder) unexpected(p int, wanted string) int {
	found := "the end of the file"
	if p < len(d.block) {
		c := d.block[p]
		r, n := utf8.DecodeRune(d.block[p:])
		switch {
		case c == '\n' && !d.document:
			found = "the end of the line"
		case r == utf8.RuneError && n <= 1:
			found = fmt.Sprintf("byte 0x%02x", c)
		default:
			found = fmt.Sprintf("%q", r)
		}
	}
	return d.syntax(p, "expected %s, found %s", wanted, found)
}

func (d *decoder) control(p int) int {
	if p >= len(d.block) || d.block[p] == '\n' && !d.document {
		return d.unexpected(p, "the end of a string")
	}
	return d.syntax(p, "control character 0x%02x in a string", d.block[p])
}

func (d *decoder) badUTF8(start, end int) int {
	d.syntax(start, "text that is not UTF-8")
	d.err.Pos.Value = fault.Quote(string(d.block[start:end]))
	return -1
}

func (d *decoder) unknownKey(o *object, name string, p int) int {
	full := name
	if o.path != "" {
		full = o.path + "." + name
	}
	d.err = fault.New(fault.Data, "key %q was not in the sample that the columns were inferred from", full).
		WithHint("raise sample_rows (-1 reads all), declare columns, or set ignore_unknown")
	d.errAt = p
	return -1
}

// misfit reports that the value at p is not one of v's type.
func (d *decoder) misfit(v *vec, p, row int) int {
	end := d.skip(&d.any, p)
	if end < 0 {
		return end
	}
	text := d.block[p:end]
	e := fault.New(fault.Data, "the value is not of type %s", v.typ)
	e.Pos.Column, e.Pos.Value = v.path, fault.Quote(string(text))
	if len(text) > 0 && text[0] == '"' && len(text) <= 80 {
		e.Pos.Value = string(text)
	}
	if !d.lenient {
		e.Hint = "the type was inferred from a sample: declare columns, or raise sample_rows (-1 reads all)"
	}
	if v.typ.Kind == dtype.Timestamp && bytes.IndexByte(text, '.') > 0 && v.typ.Unit != dtype.Nano {
		e.Hint = "declare the column as timestamp_ns to keep finer fractions"
	}
	if d.nullOut {
		v.forget(row)
		v.setNull(row)
		d.nulled = append(d.nulled, e)
		return end
	}
	d.err, d.errAt = e, p
	return -1
}

// report hands the nulled values of the row to the pile; if the row itself failed they do not count.
func (d *decoder) report(ctx context.Context, pile *fs.Pile, line int64) error {
	for _, e := range d.nulled {
		e.Pos.Line = line
		if err := pile.Null(ctx, e); err != nil {
			return err
		}
	}
	d.nulled = d.nulled[:0]
	return nil
}
