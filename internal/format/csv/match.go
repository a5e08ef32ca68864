package csv

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
)

// infoHead is how much of a file is read to find its header.
const infoHead = 64 << 10

// info returns where the rows of file i start and checks its header, reading it with the handles of a scan.
func (t *table) info(ctx context.Context, files *fs.Files, i int) (*fileInfo, error) {
	t.mu.Lock()
	known := t.infos[i]
	t.mu.Unlock()
	if known != nil {
		return known, nil
	}
	info, err := t.readInfo(ctx, files, i)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.infos[i] = info
	t.mu.Unlock()
	return info, nil
}

func (t *table) readInfo(ctx context.Context, files *fs.Files, i int) (*fileInfo, error) {
	for size := int64(infoHead); ; size *= 16 {
		raw, mark, whole, err := head(ctx, files, i, size)
		if err != nil {
			return nil, err
		}
		d := t.dialectOf(i, raw, whole)
		first, start, ok := d.firstRow(raw)
		if !ok && !whole {
			continue
		}
		return t.match(i, d, first, int64(start+mark))
	}
}

// dialectOf returns how the text of file i is cut: as the base file, unless that does not fit its first row and another dialect does.
func (t *table) dialectOf(i int, text []byte, whole bool) dialect {
	if i == t.base || t.delimSet && t.quoteSet {
		return t.dialect
	}
	if first, _, _ := t.dialect.firstRow(text); len(first) == 0 || len(first) == t.fields && t.fields > 1 {
		return t.dialect
	}
	o := t.given
	o.sniff(text, whole)
	if rate(&o.dialect, text, whole).share == 0 {
		return t.dialect
	}
	o.dialect.header = t.dialect.header
	return o.dialect
}

// firstRow returns the fields of the first row and where the rows below the header start; without a header that is where comments and empty lines may
// still come, which the reader knows.
func (d *dialect) firstRow(text []byte) (row []string, start int, ok bool) {
	var first cells
	p := len(text) - len(skipLines(d, text))
	top := p
	for p < len(text) {
		c := text[p]
		i := slices.Index(text[p:], d.newline)
		switch {
		case d.comment != 0 && c == d.comment && i >= 0:
			p += i + 1
			continue
		case c == d.newline:
			p++
			continue
		case c == '\r' && p+1 < len(text) && text[p+1] == '\n':
			p += 2
			continue
		}
		q, ended := first.cutRow(d, text, p)
		row := first.names()
		if !d.header {
			return row, top, ended
		}
		return row, min(q, len(text)), ended
	}
	if !d.header {
		p = top
	}
	return nil, p, false
}

// checkHeader refuses names that are not text; so starts a file in UTF-16, for example.
func (t *table) checkHeader(first []string, file string) error {
	if !t.header {
		return nil
	}
	for _, n := range first {
		if !utf8.ValidString(n) {
			e := fault.New(fault.Data, "the header is not UTF-8").WithHint("convert the file, for example with iconv")
			e.Pos.Source, e.Pos.Value = file, fault.Quote(n)
			return e
		}
	}
	return nil
}

// match maps the fields of a file to the columns of the table.
func (t *table) match(i int, d dialect, first []string, start int64) (*fileInfo, error) {
	cols := t.schema.Fields
	if n := t.stored; n > 0 {
		cols = cols[:n]
	}
	info := &fileInfo{d: d, start: start, fields: len(first), at: make([]int, len(cols))}
	for k := range cols {
		info.at[k] = k
	}
	file := t.files.List[i].Path
	if err := t.checkHeader(first, file); err != nil {
		return nil, err
	}
	switch {
	case len(first) == 0:
		info.fields = len(cols)
	case t.header && len(t.options.names) == 0 && (t.declared || t.UnionByName || i != t.base):
		return info, t.matchNames(info, first, file)
	case t.ragged && len(first) <= len(cols):
		info.fields = len(cols)
	case len(first) != len(cols):
		e := fault.New(fault.Data, "the file has %d columns, and the table has %d", len(first), len(cols)).
			WithHint("union_by_name: true unites files with different columns")
		e.Pos.Source = file
		return nil, e
	}
	return info, nil
}

// matchNames finds the columns in the header of a file. Other fields of the file are passed over.
func (t *table) matchNames(info *fileInfo, first []string, file string) error {
	have := t.called(first, len(first))
	for k := range info.at {
		name := t.schema.Fields[k].Name
		info.at[k] = slices.Index(have, name)
		if info.at[k] >= 0 || t.UnionByName && !t.declared {
			continue
		}
		e := &fault.Error{Code: fault.Name, Msg: fmt.Sprintf("no column %q in the header", name), Hint: fault.DidYouMean(name, have)}
		if e.Hint == "" {
			e.Hint = "columns: " + strings.Join(have, ", ")
		}
		if !t.declared {
			e.Code = fault.Data
			e.Hint += fmt.Sprintf("; it is in %s; union_by_name: true takes columns that a file lacks for null", t.files.List[t.base].Path)
		}
		e.Pos.Source = file
		return e
	}
	return nil
}
