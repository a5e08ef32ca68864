package csv

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
)

var bom = []byte("\xEF\xBB\xBF")

// head reads the start of file i, up to size bytes, without a byte order mark, whose length is mark. whole says that it is all of the file.
func head(ctx context.Context, files *fs.Files, i int, size int64) (b []byte, mark int, whole bool, err error) {
	r, err := files.Reader(ctx, i, nil)
	if err != nil {
		return nil, 0, false, err
	}
	defer r.Close()
	buf := make([]byte, 0, min(size, max(files.List[i].Size, 0)+1))
	for int64(len(buf)) < size {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):min(int64(cap(buf)), size)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			whole = true
			break
		}
		if err != nil {
			return nil, 0, false, err
		}
	}
	b = bytes.TrimPrefix(buf, bom)
	return b, len(buf) - len(b), whole, nil
}

// cells are the fields of a sampled row. The texts are borrowed from the sample where they have no escapes.
type cells struct {
	texts  [][]byte
	plain  []bool // by text: not in quotes
	broken bool   // in some row a quote did not close, or was followed by text
	quoted int    // fields in quotes, of all rows
}

// names returns the texts as strings.
func (s *cells) names() []string {
	out := make([]string, len(s.texts))
	for i, t := range s.texts {
		out[i] = string(t)
	}
	return out
}

// next cuts the row at p, or the first one behind it if comments or empty lines stand there, and returns the place after it. ok is false if there
// is none, or if the text cuts it off and is not whole. Quotes are taken leniently; the reader is strict.
func (s *cells) next(d *dialect, text []byte, p int, whole bool) (q int, ok bool) {
	for p < len(text) {
		if d.comment != 0 && text[p] == d.comment {
			i := bytes.IndexByte(text[p:], d.newline)
			if i < 0 {
				break
			}
			p += i + 1
			continue
		}
		broken := s.broken
		q, ended := s.cutRow(d, text, p)
		if q >= len(text) && !ended && !whole {
			s.broken = broken // a quote may close behind the text
			break
		}
		if p = q; len(s.texts) > 1 || len(s.texts[0]) > 0 || !s.plain[0] {
			return p, true
		}
	}
	return p, false
}

// skipLines passes over the lines before the table.
func skipLines(d *dialect, text []byte) []byte {
	for range d.skip {
		i := bytes.IndexByte(text, d.newline)
		if i < 0 {
			return nil
		}
		text = text[i+1:]
	}
	return text
}

// opening returns where the quote is that opens the field at p, or -1 if the field is not in quotes.
func (d *dialect) opening(text []byte, p int) int {
	if d.quote == 0 {
		return -1
	}
	if d.spaced {
		for p < len(text) && text[p] == ' ' {
			p++
		}
	}
	if p < len(text) && text[p] == d.quote {
		return p
	}
	return -1
}

// cutRow cuts the row at p and returns the place after it; ok says that its line end was seen.
func (s *cells) cutRow(d *dialect, text []byte, p int) (q int, ok bool) {
	s.texts, s.plain = s.texts[:0], s.plain[:0]
	for {
		open := d.opening(text, p)
		quoted := open >= 0
		var field []byte
		if quoted {
			field, p = s.cutQuoted(d, text, open+1)
			s.quoted++
		}
		from := p
		for p < len(text) && text[p] != d.delim && text[p] != d.newline {
			p++
		}
		rest := text[from:p]
		end := p >= len(text) || text[p] == d.newline
		if end && d.newline == '\n' {
			rest = bytes.TrimSuffix(rest, []byte("\r"))
		}
		if !quoted {
			field = rest
		} else if len(rest) > 0 && !(d.spaced && len(bytes.Trim(rest, " ")) == 0) {
			s.broken = true
		}
		s.texts, s.plain = append(s.texts, field), append(s.plain, !quoted)
		if end {
			return p + 1, p < len(text)
		}
		p++
	}
}

// cutQuoted returns the field whose inside starts at p, unescaped, and the place after its closing quote.
func (s *cells) cutQuoted(d *dialect, text []byte, p int) (field []byte, q int) {
	start, copied := p, false
	for ; p < len(text); p++ {
		c := text[p]
		if c == d.escape && p+1 < len(text) && (text[p+1] == d.quote || c != d.quote && text[p+1] == d.escape) {
			if !copied {
				field, copied = append(field, text[start:p]...), true
			}
			p++
			field = append(field, text[p])
			continue
		}
		if c == d.quote {
			if !copied {
				field = text[start:p]
			}
			return field, p + 1
		}
		if copied {
			field = append(field, c)
		}
	}
	s.broken = true
	if !copied {
		field = text[start:]
	}
	return field, p
}

// names are the columns' names from a header, made unique; nil makes names of numbers.
func names(header []string, fields int) []string {
	out := make([]string, fields)
	seen := map[string]int{}
	for i := range out {
		name := "column" + strconv.Itoa(i)
		if i < len(header) && strings.TrimSpace(header[i]) != "" {
			name = strings.TrimSpace(header[i])
		}
		out[i] = distinct(name, seen)
	}
	return out
}

// empty is the error for files without anything in them.
func empty(path string) error {
	e := fault.New(fault.Data, "there are no columns: the file is empty").WithHint("declare columns")
	e.Pos.Source = path
	return e
}
