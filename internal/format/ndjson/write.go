package ndjson

import (
	"math"
	"strconv"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
)

// encoder writes rows as JSON objects.
type encoder struct {
	schema  dtype.Schema
	keys    [][]byte // by column: the comma, the key and the colon
	array   bool     // one array instead of lines
	nanNull bool     // NaN and infinities become null instead of an error
	rows    int64
	err     error
}

func newEncoder(s dtype.Schema, array, nanNull bool) *encoder {
	e := &encoder{schema: s, array: array, nanNull: nanNull}
	for i, f := range s.Fields {
		var key []byte
		if i > 0 {
			key = append(key, ',')
		}
		e.keys = append(e.keys, append(appendString(key, f.Name), ':'))
	}
	return e
}

// Begin implements fs.Encoder.
func (e *encoder) Begin(dst []byte) []byte {
	if e.array {
		return append(dst, '[')
	}
	return dst
}

// End implements fs.Encoder.
func (e *encoder) End(dst []byte) []byte {
	if e.array {
		return append(dst, "\n]\n"...)
	}
	return dst
}

// Batch implements fs.Encoder.
func (e *encoder) Batch(dst []byte, b *data.Batch) ([]byte, error) {
	for row := range b.Len {
		if e.array {
			if e.rows > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, '\n')
		}
		e.rows++
		dst = append(dst, '{')
		for i, c := range b.Cols {
			dst = append(dst, e.keys[i]...)
			dst = e.value(dst, c, row)
		}
		dst = append(dst, '}')
		if !e.array {
			dst = append(dst, '\n')
		}
		if e.err != nil {
			return dst, e.locate(b, row)
		}
	}
	return dst, nil
}

// locate finds the column of a value that JSON cannot hold.
func (e *encoder) locate(b *data.Batch, row int) error {
	err := e.err
	for i, c := range b.Cols {
		e.err = nil
		if e.value(nil, c, row); e.err != nil {
			f := fault.New(fault.Value, "JSON has no %v", e.err)
			f.Pos.Column, f.Pos.Row = e.schema.Fields[i].Name, e.rows
			return f.WithHint("nan: null writes null instead")
		}
	}
	return err
}

// value appends row i of c in any form.
func (e *encoder) value(dst []byte, c *data.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, "null"...)
	}
	if c.Form != data.Flat {
		c, i = c.Row(i)
	}
	switch c.Type.Phys() {
	case dtype.PhysView:
		return e.text(dst, c, data.FixedSlice[data.View](c.Buf)[i].Bytes(c.Heap), i)
	case dtype.PhysI64:
		v := data.FixedSlice[int64](c.Buf)[i]
		switch c.Type.Kind {
		case dtype.Int64:
			return strconv.AppendInt(dst, v, 10)
		case dtype.Timestamp:
			return append(fs.AppendTimestamp(append(dst, '"'), v, &c.Type, 'T'), '"')
		}
	case dtype.PhysI32:
		v := data.FixedSlice[int32](c.Buf)[i]
		switch c.Type.Kind {
		case dtype.Int32:
			return strconv.AppendInt(dst, int64(v), 10)
		case dtype.Date:
			return append(fs.AppendDate(append(dst, '"'), int64(v)), '"')
		}
	case dtype.PhysF64:
		return e.float(dst, data.FixedSlice[float64](c.Buf)[i], 64)
	case dtype.PhysF32:
		return e.float(dst, float64(data.FixedSlice[float32](c.Buf)[i]), 32)
	case dtype.PhysList:
		return e.items(dst, c, int(c.Offsets[i]), int(c.Offsets[i+1]))
	case dtype.PhysArray:
		return e.items(dst, c, i*c.Type.Len, (i+1)*c.Type.Len)
	case dtype.PhysStruct:
		for k, f := range c.Type.Fields {
			dst = append(dst, ",{"[b2i(k == 0)])
			dst = e.value(append(appendString(dst, f.Name), ':'), c.Kids[k], i)
		}
		if len(c.Kids) == 0 {
			dst = append(dst, '{')
		}
		return append(dst, '}')
	}
	if quoted(c.Type) {
		return append(appendPlain(append(dst, '"'), data.AppendText(nil, c, i)), '"')
	}
	return data.AppendText(dst, c, i)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// quoted reports whether values of a type that has no case of its own are JSON strings; numbers and booleans are bare.
func quoted(t dtype.Type) bool { return !t.IsNumeric() && t.Kind != dtype.Bool }

func (e *encoder) text(dst []byte, c *data.Column, s []byte, i int) []byte {
	switch c.Type.Kind {
	case dtype.JSON:
		for _, b := range s {
			// Line ends in JSON text are white space, and would end the line.
			if b == '\n' || b == '\r' {
				b = ' '
			}
			dst = append(dst, b)
		}
		return dst
	case dtype.Binary:
		return appendString(dst, data.AppendText(nil, c, i))
	default:
		return appendString(dst, s)
	}
}

func (e *encoder) float(dst []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		if !e.nanNull {
			e.err = notNumber(v)
		}
		return append(dst, "null"...)
	}
	return data.AppendFloat(dst, v, bits)
}

// notNumber is a float that JSON cannot hold.
type notNumber float64

// Error implements error.
func (n notNumber) Error() string { return string(data.AppendFloat(nil, float64(n), 64)) }

func (e *encoder) items(dst []byte, c *data.Column, lo, hi int) []byte {
	kid := c.Kids[0]
	if c.Type.Kind == dtype.Map {
		dst = append(dst, '{')
		for j := lo; j < hi; j++ {
			if j > lo {
				dst = append(dst, ',')
			}
			dst = append(e.mapKey(dst, kid.Kids[0], j), ':')
			dst = e.value(dst, kid.Kids[1], j)
		}
		return append(dst, '}')
	}
	dst = append(dst, '[')
	for j := lo; j < hi; j++ {
		if j > lo {
			dst = append(dst, ',')
		}
		dst = e.value(dst, kid, j)
	}
	return append(dst, ']')
}

// mapKey appends a key, which is a string whatever its type.
func (e *encoder) mapKey(dst []byte, c *data.Column, i int) []byte {
	return appendString(dst, data.AppendText(nil, c, i))
}

// appendPlain appends the inside of a JSON string.
func appendPlain(dst, s []byte) []byte {
	quoted := appendString(nil, s)
	return append(dst, quoted[1:len(quoted)-1]...)
}

// appendString appends s as a JSON string. The text is valid UTF-8.
func appendString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}
