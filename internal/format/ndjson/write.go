package ndjson

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/fs"
)

// encoder writes rows as JSON objects.
type encoder struct {
	schema  dtype.Schema
	keys    [][]byte // by column: the comma, the key and the colon
	array   bool     // one array instead of lines
	nanNull bool     // NaN and infinities become null instead of an error
	json    compute.JSON
	rows    int64
	err     error
}

func newEncoder(s dtype.Schema, array, nanNull bool) *encoder {
	e := &encoder{schema: s, array: array, nanNull: nanNull}
	e.json = compute.JSON{OneLine: true, NotNumber: e.notNumber, Timestamp: func(dst []byte, v int64, t *dtype.Type) []byte {
		return fs.AppendTimestamp(dst, v, t, 'T')
	}}
	for i, f := range s.Fields {
		var key []byte
		if i > 0 {
			key = append(key, ',')
		}
		e.keys = append(e.keys, append(compute.AppendQuoted(key, f.Name), ':'))
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
			dst = e.json.Append(dst, c, row)
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
		if e.json.Append(nil, c, row); e.err != nil {
			f := fault.New(fault.Value, "JSON has no %v", e.err)
			f.Pos.Column, f.Pos.Row = e.schema.Fields[i].Name, e.rows
			return f.WithHint("nan: null writes null instead")
		}
	}
	return err
}

// notNumber writes null for a float that JSON cannot hold, and notes it unless that is asked for.
func (e *encoder) notNumber(dst []byte, v float64) []byte {
	if !e.nanNull {
		e.err = notNumber(v)
	}
	return append(dst, "null"...)
}

// notNumber is a float that JSON cannot hold.
type notNumber float64

// Error implements error.
func (n notNumber) Error() string { return string(data.AppendFloat(nil, float64(n), 64)) }
