package engine

import (
	"slices"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// upsert inserts the rows that meet no row with the same key, and ignores the others or updates the rows that they meet.
func (x *statement) upsert(s *ast.Insert, t *catalog.Entry, rel ast.Ident, rows []*data.Batch) (*Result, error) {
	if s.Conflict != nil && (s.Replace || s.Ignore) {
		return nil, x.fail(s.Conflict.Span, fault.Usage, "INSERT OR … and ON CONFLICT say the same; write one of them")
	}
	keys, err := x.conflictKeys(s, t)
	if err != nil {
		return nil, err
	}
	if len(keys) > 1 && (s.Replace || s.Conflict != nil && len(s.Conflict.Set) > 0) {
		return nil, x.fail(s.Span, fault.Usage, "%q has several keys; say which one counts with ON CONFLICT (…) DO UPDATE", t.Name)
	}
	if s.Conflict != nil && len(s.Conflict.Set) > 0 && strings.EqualFold(rel.Name, "excluded") {
		return nil, x.fail(rel.Span, fault.Name, "excluded is the name of the new row and of the table; give the table another alias")
	}
	updates := s.Replace || s.Conflict != nil && len(s.Conflict.Set) > 0
	m := newMeeting(t.Rows, keys)
	if m.twice = updates; !m.sort(rows) {
		return nil, x.fail(s.Span, fault.Check, "two of the new rows have the same key, and only one of them can update the row that has it")
	}
	news := &catalog.Rows{Schema: t.Rows.Schema, Batches: rows}
	fresh, _ := divide(news, func(row int64) bool { return m.met[row] == -1 })
	_, others := divide(news, func(row int64) bool { return m.met[row] < 0 })
	base, changed := t.Rows.Batches, []*data.Batch(nil)
	if updates {
		if base, changed, err = x.overwrite(s, t, rel, others, m.meets); err != nil {
			return nil, err
		}
	}
	touched := append(slices.Clone(fresh), changed...)
	return x.apply(change{t: t, rel: rel, all: append(slices.Clone(base), fresh...), fresh: touched, touched: touched}, s.Returning)
}

// overwrite updates the rows that new rows meet.
func (x *statement) overwrite(s *ast.Insert, t *catalog.Entry, rel ast.Ident, others []*data.Batch, meets []int64) (all, changed []*data.Batch, err error) {
	u := &touching{t: t, at: s.Table.At(), rel: rel, extra: map[string]frame.Node{"#excluded": excluded(t.Rows, others, meets)}}
	u.more = []ast.TableRef{&ast.Table{Span: u.at, Name: ast.Name{{Span: u.at, Name: "#excluded"}}}}
	u.where = &ast.Binary{Span: u.at, Op: ast.OpEq, L: &ast.ColumnRef{Span: u.at, Parts: ast.Name{{Span: u.at, Name: rowColumn}}},
		R: &ast.ColumnRef{Span: u.at, Parts: ast.Name{{Span: u.at, Name: "#meets"}}}}
	var set []ast.Assignment
	if c := s.Conflict; c != nil {
		set = c.Set
		if c.Where != nil {
			u.where = &ast.Logic{Span: u.at, Args: []ast.Expr{u.where, c.Where}}
		}
	} else {
		for _, f := range t.Rows.Schema.Fields {
			if len(s.Columns) > 0 && !slices.ContainsFunc(s.Columns, func(id ast.Ident) bool { return strings.EqualFold(id.Name, f.Name) }) {
				continue
			}
			id := ast.Ident{Span: u.at, Name: f.Name}
			set = append(set, ast.Assignment{Columns: []ast.Name{{id}}, Value: &ast.ColumnRef{Span: u.at, Parts: ast.Name{{Span: u.at, Name: "excluded"}, id}}})
		}
	}
	return x.assigned(u, set)
}

// conflictKeys returns the columns of the keys that count: those that ON CONFLICT names, or of every key.
func (x *statement) conflictKeys(s *ast.Insert, t *catalog.Entry) ([][]int, error) {
	var keys [][]int
	for _, r := range t.Rows.Rules {
		if r.Kind == catalog.Unique {
			keys = append(keys, r.Columns)
		}
	}
	if s.Conflict != nil && len(s.Conflict.Columns) > 0 {
		var named []int
		for _, id := range s.Conflict.Columns {
			at, err := x.column(t, id)
			if err != nil {
				return nil, err
			}
			named = append(named, at)
		}
		slices.Sort(named)
		for _, k := range keys {
			if sorted := slices.Sorted(slices.Values(k)); slices.Equal(sorted, named) {
				return [][]int{k}, nil
			}
		}
		return nil, x.fail(s.Conflict.Span, fault.Usage, "the columns of ON CONFLICT are not a primary key or unique in %q", t.Name)
	}
	if len(keys) == 0 {
		return nil, x.fail(s.Span, fault.Usage, "%q has no primary key and nothing unique, so no row can be in conflict", t.Name)
	}
	return keys, nil
}

// passedOver marks new rows that give way to an earlier one with the same key.
const passedOver = -3

// meeting finds for new rows the rows with the same key.
type meeting struct {
	keys  [][]int
	rows  []map[string]int64 // of each key: the row that has it
	twice bool               // a second new row for the same key is a mistake
	met   map[int64]int64    // number of a new row → row that it meets; -1 for none, passedOver if an earlier new row meets it too
	meets []int64            // rows met, in the order of the new rows that meet one
}

func newMeeting(t *catalog.Rows, keys [][]int) *meeting {
	m := &meeting{keys: keys, met: map[int64]int64{}}
	for range keys {
		m.rows = append(m.rows, map[string]int64{})
	}
	row := int64(0)
	eachRow(t.Batches, func(b *data.Batch, i int) {
		for k := range keys {
			if text, ok := keyText(b, i, keys[k]); ok {
				m.rows[k][text] = row
			}
		}
		row++
	})
	return m
}

// sort finds what each new row meets. Of several new rows with a key that is not there yet, the first one is inserted.
func (m *meeting) sort(rows []*data.Batch) bool {
	const inserted = -2
	ok, row, first := true, int64(0), map[int64]int64{}
	eachRow(rows, func(b *data.Batch, i int) {
		found := int64(-1)
		for k, columns := range m.keys {
			text, has := keyText(b, i, columns)
			if at, there := m.rows[k][text]; has && there {
				found = at
			}
		}
		m.met[row] = found
		switch {
		case found == -1:
			for k, columns := range m.keys {
				if text, has := keyText(b, i, columns); has {
					m.rows[k][text] = inserted
				}
			}
		case found == inserted:
			ok = ok && !m.twice
			m.met[row] = 0
		}
		if found >= 0 {
			if _, there := first[found]; !there {
				first[found] = row
			}
		}
		row++
	})
	if ok && m.twice { // of several new rows for a row the first one counts
		for row := range row {
			if found := m.met[row]; found >= 0 && first[found] != row {
				m.met[row] = passedOver
			}
		}
	}
	for row := range row {
		if m.met[row] >= 0 {
			m.meets = append(m.meets, m.met[row])
		}
	}
	return ok
}

// keyText is the key of a row as text; false if a part of it is null.
func keyText(b *data.Batch, i int, columns []int) (string, bool) {
	var out []byte
	for _, c := range columns {
		if b.Cols[c].IsNull(i) {
			return "", false
		}
		out = append(data.AppendText(out, b.Cols[c], i), 0)
	}
	return string(out), true
}
