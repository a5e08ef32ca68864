package csv

import (
	"bytes"
	"context"
	"strconv"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// OpenSink implements spi.Format. Options: delim, quote, header, nullstr, compression, force_quote (true quotes all text).
func (f Format) OpenSink(_ context.Context, store spi.FS, path string, opts spi.Options) (spi.Sink, error) {
	o := fs.NewOptions(f.Name(), opts)
	def := byte(',')
	if f.As == "tsv" {
		def = '\t'
	}
	e := encoder{delim: o.Byte(def, "delim", "delimiter", "sep", "separator"), quote: o.Byte('"', "quote"), header: o.Bool(true, "header"),
		null: []byte(o.String("", "nullstr", "null")), force: o.Bool(false, "force_quote")}
	codec, err := fs.SinkCodec(o.String("auto", "compression"), path)
	if err != nil {
		o.Fail(err)
	}
	if e.delim == e.quote || e.delim == 0 || e.quote == 0 || e.delim == '\n' || e.delim == '\r' {
		o.Fail(fault.New(fault.Usage, "delimiter and quote must be two characters other than line ends"))
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	return &fs.FileSink{FS: store, Path: path, Codec: codec, New: func(s dtype.Schema) (fs.Encoder, error) {
		enc := e
		enc.schema = s
		for i := range enc.special {
			c := byte(i)
			enc.special[i] = c == enc.delim || c == enc.quote || c == '\n' || c == '\r'
		}
		return &enc, nil
	}}, nil
}

// encoder writes rows as CSV. Text is quoted where it needs it: when it has a delimiter, a quote or a line end, when it has blanks at its
// ends, or when it would read as null.
type encoder struct {
	schema  dtype.Schema
	delim   byte
	quote   byte
	header  bool
	null    []byte
	force   bool
	special [256]bool
	tmp     []byte
}

// Begin implements fs.Encoder.
func (e *encoder) Begin(dst []byte) []byte {
	if !e.header {
		return dst
	}
	for i, f := range e.schema.Fields {
		if i > 0 {
			dst = append(dst, e.delim)
		}
		dst = e.text(dst, []byte(f.Name))
	}
	return append(dst, '\n')
}

// End implements fs.Encoder.
func (e *encoder) End(dst []byte) []byte { return dst }

// Batch implements fs.Encoder.
func (e *encoder) Batch(dst []byte, b *data.Batch) ([]byte, error) {
	for row := range b.Len {
		for i, c := range b.Cols {
			if i > 0 {
				dst = append(dst, e.delim)
			}
			dst = e.value(dst, c, row)
		}
		dst = append(dst, '\n')
	}
	return dst, nil
}

// value appends row i of c in any form.
func (e *encoder) value(dst []byte, c *data.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, e.null...)
	}
	if c.Form != data.Flat {
		c, i = c.Row(i)
	}
	switch c.Type.Kind {
	case dtype.Int64:
		return strconv.AppendInt(dst, data.FixedSlice[int64](c.Buf)[i], 10)
	case dtype.Int32:
		return strconv.AppendInt(dst, int64(data.FixedSlice[int32](c.Buf)[i]), 10)
	case dtype.Date:
		return fs.AppendDate(dst, int64(data.FixedSlice[int32](c.Buf)[i]))
	case dtype.Timestamp:
		return fs.AppendTimestamp(dst, data.FixedSlice[int64](c.Buf)[i], &c.Type, ' ')
	case dtype.String, dtype.JSON:
		return e.text(dst, data.FixedSlice[data.View](c.Buf)[i].Bytes(c.Heap))
	case dtype.Float64, dtype.Bool, dtype.Decimal:
		return data.AppendText(dst, c, i)
	}
	e.tmp = data.AppendText(e.tmp[:0], c, i)
	return e.text(dst, e.tmp)
}

// text appends s, in quotes if it needs them.
func (e *encoder) text(dst, s []byte) []byte {
	need := e.force || bytes.Equal(s, e.null) || len(s) == 0 || s[0] == ' ' || s[len(s)-1] == ' '
	for _, c := range s {
		need = need || e.special[c]
	}
	if !need {
		return append(dst, s...)
	}
	dst = append(dst, e.quote)
	for {
		i := bytes.IndexByte(s, e.quote)
		if i < 0 {
			return append(append(dst, s...), e.quote)
		}
		dst = append(append(dst, s[:i+1]...), e.quote)
		s = s[i+1:]
	}
}
