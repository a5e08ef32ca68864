package siksik

import (
	"context"
	"iter"
	"reflect"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// FromRows makes a frame of structs: one column per exported field, named by the tag `siksik:"name"` or the field's name in snake case; "-" leaves
// a field out. Pointers are nullable. Fields may be of the types that Values takes, slices of them (lists) and structs (structs).
func FromRows[T any](rows []T) (*DataFrame, error) {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return nil, fault.New(fault.Usage, "FromRows takes structs, not %s", t)
	}
	fields, err := structFields(t)
	if err != nil {
		return nil, err
	}
	var s dtype.Schema
	for _, f := range fields {
		s.Fields = append(s.Fields, dtype.Field{Name: f.name, Type: f.typ})
	}
	var batches []*data.Batch
	for lo := 0; lo < len(rows); lo += data.BatchRows {
		part := rows[lo:min(lo+data.BatchRows, len(rows))]
		b := &data.Batch{Len: len(part)}
		for _, f := range fields {
			col := data.NewBuilder(f.typ, len(part))
			for i := range part {
				appendValue(col, reflect.ValueOf(&part[i]).Elem().FieldByIndex(f.index))
			}
			b.Cols = append(b.Cols, col.Build())
		}
		batches = append(batches, b)
	}
	return newDataFrame(s, batches), nil
}

// appendValue appends a Go value that structFields has approved.
func appendValue(b *data.Builder, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			b.AppendNull()
			return
		}
		v = v.Elem()
	}
	switch b.Type().Kind {
	case dtype.Struct:
		fields, _ := structFields(v.Type())
		for i, f := range fields {
			appendValue(b.Kid(i), v.FieldByIndex(f.index))
		}
		b.CloseRow()
	case dtype.List:
		for i := range v.Len() {
			appendValue(b.Kid(0), v.Index(i))
		}
		b.CloseList()
	default:
		s, err := scalarOf(v.Interface())
		if err != nil {
			b.AppendNull()
			return
		}
		b.AppendScalar(s)
	}
}

// field is one column of a struct type.
type field struct {
	name  string
	typ   dtype.Type
	index []int
}

// structFields lists the columns of a struct type.
func structFields(t reflect.Type) ([]field, error) {
	var out []field
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("siksik")
		if !f.IsExported() || f.Anonymous || tag == "-" {
			continue
		}
		name := tag
		if name == "" {
			name = snakeCase(f.Name)
		}
		typ, err := columnType(f.Type)
		if err != nil {
			return nil, fault.Wrap(fault.Type, err, "field %s", f.Name)
		}
		out = append(out, field{name, typ, f.Index})
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Type, "%s has no exported fields", t)
	}
	return out, nil
}

// columnType is the column type of a Go type.
func columnType(t reflect.Type) (dtype.Type, error) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if b, ok := basicType(t); ok {
		return b, nil
	}
	switch t.Kind() {
	case reflect.Slice:
		elem, err := columnType(t.Elem())
		return dtype.ListOf(elem), err
	case reflect.Struct:
		fields, err := structFields(t)
		var members []dtype.Field
		for _, f := range fields {
			members = append(members, dtype.Field{Name: f.name, Type: f.typ})
		}
		return dtype.StructOf(members...), err
	}
	return dtype.Type{}, fault.New(fault.Type, "no column type holds %s", t)
}

// snakeCase turns UserID into user_id.
func snakeCase(s string) string {
	var out []byte
	upper := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= 'A' && s[i] <= 'Z' }
	for i := range len(s) {
		if upper(i) && i > 0 && (!upper(i-1) || i+1 < len(s) && !upper(i+1)) {
			out = append(out, '_')
		}
		c := s[i]
		if upper(i) {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

// scanner copies row i of a batch into a struct.
type scanner struct {
	index []int
	col   int
	name  string
	set   func(v reflect.Value, c *data.Column, i int) error
}

// scanners matches the fields of T with the columns of a schema, by name, ignoring case. Every field needs a column that it can hold.
func scanners[T any](s dtype.Schema) ([]scanner, error) {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return nil, fault.New(fault.Usage, "rows are read into structs, not %s", t)
	}
	fields, err := structFields(t)
	if err != nil {
		return nil, err
	}
	var out []scanner
	for _, f := range fields {
		i := s.IndexFold(f.name)
		if i < 0 {
			_, err := s.Lookup(f.name)
			return nil, err
		}
		goType := t.FieldByIndex(f.index).Type
		set, err := setter(goType, s.Fields[i].Type)
		if err != nil {
			return nil, fault.Wrap(fault.Type, err, "column %q", s.Fields[i].Name)
		}
		out = append(out, scanner{f.index, i, s.Fields[i].Name, set})
	}
	return out, nil
}

// Rows runs the query and yields its rows as structs; see FromRows for how fields find their columns. The schema is checked once, before the
// first row. A null in a field that is no pointer is an error. After an error nothing follows.
func Rows[T any](ctx context.Context, f LazyFrame) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		r, err := f.Prepare(ctx)
		if err != nil {
			yield(zero, err)
			return
		}
		sc, err := scanners[T](r.Schema())
		if err != nil {
			yield(zero, err)
			return
		}
		row := int64(0)
		for b, err := range r.batches(ctx) {
			if err != nil {
				yield(zero, err)
				return
			}
			for i := range b.Len {
				row++
				v, err := scanRow[T](sc, b, i, row)
				if !yield(v, err) || err != nil {
					return
				}
			}
		}
	}
}

func scanRow[T any](sc []scanner, b *data.Batch, i int, row int64) (T, error) {
	var v T
	r := reflect.ValueOf(&v).Elem()
	for _, s := range sc {
		if err := s.set(r.FieldByIndex(s.index), b.Cols[s.col], i); err != nil {
			e := fault.Wrap(fault.Value, err, "cannot read column %q", s.name)
			e.Pos.Row = row
			return v, e
		}
	}
	return v, nil
}

// ToStructs returns all rows as structs; see Rows.
func ToStructs[T any](d *DataFrame) ([]T, error) {
	sc, err := scanners[T](d.schema)
	if err != nil {
		return nil, err
	}
	out := make([]T, 0, d.rows)
	for _, b := range d.batches {
		for i := range b.Len {
			v, err := scanRow[T](sc, b, i, int64(len(out)+1))
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
	}
	return out, nil
}
