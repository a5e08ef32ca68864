package parquet

import (
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// binding says where a file has a column of the table.
type binding struct {
	col  *column    // or nil: the file lacks it, or it is virtual
	cast dtype.Type // the table's type, if col has another
	wide bool       // cast applies
}

// unify makes one schema of those of the files. Columns are matched by name. The first file decides which there are, and every other must
// have them, unless byName is set: then columns are collected from all files and are null where a file lacks them. Types widen without loss.
func unify(files []*file, byName bool) (dtype.Schema, error) {
	schema := schemaOf(files[0].cols)
	names := map[string]int{}
	for i, f := range schema.Fields {
		if _, ok := names[f.Name]; !ok {
			names[f.Name] = i
		}
	}
	for _, f := range files[1:] {
		seen := 0
		for _, c := range f.cols {
			i, ok := names[c.name]
			if !ok {
				if byName {
					names[c.name] = len(schema.Fields)
					schema.Fields = append(schema.Fields, dtype.Field{Name: c.name, Type: c.typ})
				}
				continue
			}
			seen++
			t, ok := widen(schema.Fields[i].Type, c.typ)
			if !ok {
				return schema, fault.New(fault.Type, "column %q is %s in %s and %s in %s", c.name, c.typ, f.info.Path, schema.Fields[i].Type,
					files[0].info.Path).WithHint("read the files apart and cast one of them")
			}
			schema.Fields[i].Type = t
			schema.Fields[i].Required = schema.Fields[i].Required && !c.nullable
		}
		if seen < len(names) && !byName {
			return schema, missing(schema, f, files[0])
		}
	}
	if byName && len(files) > 1 {
		for i := range schema.Fields {
			schema.Fields[i].Required = false
		}
	}
	return schema, nil
}

// missing names the first column that f lacks.
func missing(schema dtype.Schema, f, first *file) error {
	have := schemaOf(f.cols)
	for _, s := range schema.Fields {
		if have.Index(s.Name) < 0 {
			return fault.New(fault.Type, "file %s has no column %q, which %s has", f.info.Path, s.Name, first.info.Path).
				WithHint("set union_by_name = true to fill missing columns with NULL")
		}
	}
	return nil
}

// bind connects the columns of the table to those of the file.
func (f *file) bind(schema dtype.Schema, stored int) {
	f.binds = make([]binding, stored)
	byName := map[string]*column{}
	for i := len(f.cols) - 1; i >= 0; i-- {
		byName[f.cols[i].name] = f.cols[i]
	}
	for i, s := range schema.Fields[:stored] {
		c := byName[s.Name]
		if i < len(f.cols) && f.cols[i].name == s.Name {
			c = f.cols[i] // repeated names are matched by position
		}
		f.binds[i] = binding{col: c}
		if c != nil && !c.typ.Equal(s.Type) {
			f.binds[i].cast, f.binds[i].wide = s.Type, true
		}
	}
}

// widen returns the type that holds all values of both, where one of them converts to it exactly.
func widen(a, b dtype.Type) (dtype.Type, bool) {
	switch {
	case a.Equal(b):
		return a, true
	case widens(a, b):
		return b, true
	case widens(b, a):
		return a, true
	case a.Kind == dtype.Decimal && b.Kind == dtype.Decimal && a.Scale == b.Scale:
		return dtype.DecimalOf(int(max(a.Precision, b.Precision)), int(a.Scale)), true
	}
	return a, false
}

// widens reports whether every value of a is one of b.
func widens(a, b dtype.Type) bool {
	switch {
	case a.Kind == dtype.Null:
		return !b.IsNested()
	case a.Kind == dtype.Float32 && b.Kind == dtype.Float64:
		return true
	case a.IsInteger() && b.IsInteger():
		wa, wb := a.Phys().Width(), b.Phys().Width()
		if a.IsUnsigned() == b.IsUnsigned() {
			return wa < wb
		}
		return a.IsUnsigned() && wa < wb
	case a.IsInteger() && b.Kind == dtype.Float64:
		return a.Phys().Width() <= 4
	case a.Kind == dtype.Decimal && b.Kind == dtype.Decimal:
		return a.Scale == b.Scale && a.Precision < b.Precision
	}
	return false
}
