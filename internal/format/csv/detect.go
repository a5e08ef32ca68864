package csv

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fn"
)

// detect finds dialect and header from the first file that has rows, and the columns from it and from others: from all if they are united by name.
func (t *table) detect(ctx context.Context) error {
	s, err := t.firstSample(ctx)
	if err != nil {
		return err
	}
	t.findHeader(s)
	cols, kinds := t.columnsOf(s)
	t.schema = dtype.Schema{}
	switch {
	case t.Columns != nil:
		t.schema = *t.Columns
		t.declared = true
		t.exact = make([]bool, t.schema.Len())
		for i, f := range t.schema.Fields {
			if at := i; len(kinds) > 0 {
				if t.header {
					at = slices.Index(cols, f.Name)
				}
				if at >= 0 && at < len(kinds) {
					t.addFormat(i, kinds[at].format)
				}
			}
		}
	case len(cols) == 0:
		return empty(t.files.List[0].Path)
	default:
		if kinds, err = t.others(ctx, &cols, kinds); err != nil {
			return err
		}
		for i, n := range cols {
			t.schema.Fields = append(t.schema.Fields, dtype.Field{Name: n, Type: kinds[i].typ})
			t.exact = append(t.exact, true)
			t.addFormat(i, kinds[i].format)
		}
		if err := t.override(); err != nil {
			return err
		}
	}
	t.settleFormats()
	_, err = t.info(ctx, t.files, t.base)
	return err
}

// firstSample samples the first file that has rows, or the first one if none of those looked at has any.
func (t *table) firstSample(ctx context.Context) (s *sample, err error) {
	for t.base = 0; t.base < len(t.files.List) && t.base < maxEmpty; t.base++ {
		t.options.dialect = t.given.dialect
		if s, err = t.sample(ctx); err != nil || s.rows > 0 {
			return s, err
		}
	}
	t.base = 0
	return s, nil
}

// maxEmpty is how many files without rows may come before the first that has some.
const maxEmpty = 100

// sample reads as much of the base file as the sample's rows take, and completes the dialect from it.
func (t *table) sample(ctx context.Context) (*sample, error) {
	rows := t.SampleRows
	switch {
	case t.Columns != nil:
		rows = 100 // only the dialect and the header are not known
	case rows >= 0:
		rows = max(rows, 2) // a header shows no types
	}
	s, p := &sample{o: &t.options}, 0
	for size := min(int64(1<<20), t.SampleBytes); ; size = min(4*size, t.SampleBytes) {
		text, _, whole, err := head(ctx, t.files, t.base, size)
		if err != nil {
			return nil, err
		}
		if s.rows == 0 {
			t.sniff(text, whole)
			p = len(text) - len(skipLines(&t.dialect, text))
		}
		p = s.add(text, p, whole, rows)
		if whole || size >= t.SampleBytes || rows >= 0 && int64(s.rows) >= rows {
			return s, nil
		}
	}
}

// columnsOf returns names and types of the sampled columns of the base file.
func (t *table) columnsOf(s *sample) ([]string, []kind) {
	if s.rows == 0 {
		if n := len(t.typeList); n > 0 {
			return t.called(nil, n), make([]kind, n)
		}
		return nil, nil
	}
	fields := len(s.first.texts)
	t.fields = fields
	if t.ragged {
		fields = s.fields
	}
	var header []string
	if t.header {
		header = s.first.names()
	}
	return t.called(header, fields), s.kinds(fields, !t.header)
}

// called returns the names of so many columns: those of the header, made words if that is wanted, or the given ones in their place.
func (t *table) called(header []string, fields int) []string {
	if t.normalize {
		header = words(header)
	}
	out := names(header, fields)
	for i, n := range t.options.names {
		if i < len(out) {
			out[i] = n
		}
	}
	return out
}

// others adds what the other files show: their types where they have the same columns, and their columns if they are united by name.
func (t *table) others(ctx context.Context, cols *[]string, kinds []kind) ([]kind, error) {
	if t.UnionByName && !t.header {
		return nil, fault.New(fault.Usage, "union_by_name needs files with a header")
	}
	for i := range t.files.List {
		if i == t.base {
			continue
		}
		if !t.UnionByName && (t.sniffFiles >= 0 && int64(i) >= t.sniffFiles || t.allVarchar) {
			break
		}
		text, _, whole, err := head(ctx, t.files, i, max(t.SampleBytes/32, 64<<10))
		if err != nil {
			return nil, err
		}
		d := t.dialectOf(i, text, whole)
		o := t.options
		o.dialect = d
		s := &sample{o: &o}
		s.add(text, len(text)-len(skipLines(&d, text)), whole, t.SampleRows)
		if s.rows == 0 {
			continue
		}
		theirs := s.kinds(len(s.first.texts), !t.header)
		for k, n := range t.called(s.first.names(), len(s.first.texts)) {
			at := k
			if t.header && len(t.options.names) == 0 {
				at = slices.Index(*cols, n)
			}
			switch {
			case at >= 0 && at < len(*cols):
				kinds[at] = wider(kinds[at], theirs[k])
			case t.UnionByName:
				*cols, kinds = append(*cols, n), append(kinds, theirs[k])
			}
		}
	}
	return kinds, nil
}

// wider is a kind that holds both.
func wider(a, b kind) kind {
	x, y := a.typ, b.typ
	switch {
	case a.unknown:
		return b
	case b.unknown || a.format == b.format && x.Equal(y):
		return a
	case a.format != "" || b.format != "":
	case x.Kind == dtype.Int64 && y.Kind == dtype.Float64 || x.Kind == dtype.Float64 && y.Kind == dtype.Int64:
		return kind{typ: dtype.Of(dtype.Float64)}
	case isMoment(x) && isMoment(y):
		return kind{typ: widerMoment(x, y)}
	case x.IsInteger() && y.IsInteger():
		return kind{typ: dtype.Of(dtype.Int128)}
	}
	return kind{typ: dtype.Of(dtype.String)}
}

func isMoment(t dtype.Type) bool { return t.Kind == dtype.Date || t.Kind == dtype.Timestamp }

// widerMoment is a type of dates and timestamps that has what either has: a time of day, a zone, nanoseconds.
func widerMoment(a, b dtype.Type) dtype.Type {
	if a.Kind == dtype.Date {
		a, b = b, a
	}
	if b.Kind == dtype.Timestamp {
		a.Unit = max(a.Unit, b.Unit)
		if a.Zone == "" {
			a.Zone = b.Zone
		}
	}
	return a
}

// override applies the option types.
func (t *table) override() error {
	if n := len(t.typeList); n > t.schema.Len() {
		return fault.New(fault.Usage, "option types lists %d types, and the file has %d columns", n, t.schema.Len())
	}
	for i, typ := range t.typeList {
		t.schema.Fields[i].Type, t.exact[i] = typ, false
	}
	if t.types == nil {
		return nil
	}
	for _, f := range t.types.Fields {
		i, err := t.schema.Lookup(f.Name)
		if err != nil {
			return fmt.Errorf("option types: %w", err)
		}
		t.schema.Fields[i].Type, t.exact[i] = f.Type, false
	}
	return nil
}

// addFormat notes how the dates of column i are written.
func (t *table) addFormat(i int, format string) {
	for len(t.formats) <= i {
		t.formats = append(t.formats, nil)
	}
	if f, err := fn.NewTimeFormat(format); err == nil && format != "" {
		t.formats[i] = f
	}
}

// settleFormats puts the formats of the options in the place of those that were found. Of these only the ones of columns that have the type found stay.
func (t *table) settleFormats() {
	for i, f := range t.schema.Fields {
		t.addFormat(i, "")
		switch found := t.formats[i]; {
		case f.Type.Kind == dtype.Date && t.dateFormat != nil:
			t.formats[i] = t.dateFormat
		case f.Type.Kind == dtype.Timestamp && t.stampFormat != nil:
			t.formats[i] = t.stampFormat
		case found != nil && !f.Type.Equal(foundType(found)):
			t.formats[i] = nil
		}
	}
}

// foundType is the type of the values that a format was found for.
func foundType(f *fn.TimeFormat) dtype.Type {
	if strings.Contains(f.String(), ":") {
		return dtype.TimestampOf(dtype.Micro, "")
	}
	return dtype.Of(dtype.Date)
}
