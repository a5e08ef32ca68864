package siksik

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// TableStyle limits how a DataFrame is printed. Zero values mean the defaults.
type TableStyle struct {
	MaxRows  int // rows shown, half from each end; default 40, negative means all
	MaxWidth int // characters in one line, by which wide tables lose middle columns; default 120, negative means any
	MaxCell  int // characters in one cell; default 40
}

func (s TableStyle) withDefaults() TableStyle {
	if s.MaxRows == 0 {
		s.MaxRows = 40
	}
	if s.MaxWidth == 0 {
		s.MaxWidth = 120
	}
	if s.MaxCell == 0 {
		s.MaxCell = 40
	}
	return s
}

// String prints the frame as a table with at most 40 rows, and its height and width below.
func (d *DataFrame) String() string { return d.Table(TableStyle{}) + d.summary() }

// summary is the line under a printed frame.
func (d *DataFrame) summary() string {
	return fmt.Sprintf("%s %s × %d %s", group(fmt.Sprint(d.rows)), plural(d.rows, "row"), d.Width(), plural(d.Width(), "column"))
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// Table prints the frame as a table that ends with a new line.
func (d *DataFrame) Table(s TableStyle) string {
	t := d.grid(s.withDefaults())
	t.fit(s.withDefaults().MaxWidth)
	return t.render()
}

// grid is the text of the cells, column by column.
type grid struct {
	cols []gridCol
	rows int
	gap  int // row before which rows were left out, or -1
}

type gridCol struct {
	name, typ string
	cells     []string
	right     bool
	width     int
}

func (d *DataFrame) grid(s TableStyle) *grid {
	shown, gap := d, -1
	if s.MaxRows > 0 && d.rows > s.MaxRows {
		half := s.MaxRows / 2
		gap = s.MaxRows - half
		shown = newDataFrame(d.schema, append(d.Head(gap).batches, d.tail(half)...))
	}
	return shown.cells(s, gap)
}

// cells formats all rows; before row gap some were left out.
func (d *DataFrame) cells(s TableStyle, gap int) *grid {
	g := &grid{rows: d.rows, gap: gap}
	for i, f := range d.schema.Fields {
		c := gridCol{name: clip(f.Name, s.MaxCell), typ: clip(f.Type.String(), s.MaxCell), right: f.Type.IsNumeric()}
		for _, b := range d.batches {
			for r := range b.Len {
				c.cells = append(c.cells, clip(cell(b.Cols[i], r), s.MaxCell))
			}
		}
		c.width = max(width(c.name), width(c.typ))
		for _, x := range c.cells {
			c.width = max(c.width, width(x))
		}
		g.cols = append(g.cols, c)
	}
	return g
}

// tail returns the batches of the last n rows.
func (d *DataFrame) tail(n int) []*data.Batch {
	var out []*data.Batch
	for i := len(d.batches) - 1; i >= 0 && n > 0; i-- {
		b := d.batches[i]
		if b.Len > n {
			b = b.Slice(b.Len-n, b.Len)
		}
		out = append([]*data.Batch{b}, out...)
		n -= b.Len
	}
	return out
}

// cell formats a value for people.
func cell(c *data.Column, i int) string {
	if c.IsNull(i) {
		return "NULL"
	}
	s := string(data.AppendText(nil, c, i))
	if c.Type.IsInteger() || c.Type.Kind == dtype.Decimal {
		return group(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '␤'
		}
		return r
	}, s)
}

// group separates thousands.
func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, frac, point := strings.Cut(s, ".")
	var b strings.Builder
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(whole[i])
	}
	if point {
		return sign + b.String() + "." + frac
	}
	return sign + b.String()
}

// clip shortens s to n characters.
func clip(s string, n int) string {
	if n < 0 || width(s) <= n {
		return s
	}
	var b strings.Builder
	w := 0
	for _, r := range s {
		if w += runeWidth(r); w >= n {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}

func width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// runeWidth is the columns that a character takes on a terminal.
func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && (r <= 0x115f || unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) ||
		r >= 0xff01 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff):
		return 2
	default:
		return 1
	}
}

// fit drops middle columns until a line has at most n characters.
func (g *grid) fit(n int) {
	if n < 0 {
		return
	}
	total := func() int {
		w := 1
		for _, c := range g.cols {
			w += c.width + 3
		}
		return w
	}
	if total() <= n || len(g.cols) < 3 {
		return
	}
	dots := gridCol{name: "…", typ: "", width: 1, cells: make([]string, g.rows)}
	for i := range dots.cells {
		dots.cells[i] = "…"
	}
	at := len(g.cols) / 2
	g.cols[at] = dots
	for total() > n && len(g.cols) > 3 {
		if at > len(g.cols)-1-at {
			at--
			g.cols = append(g.cols[:at], g.cols[at+1:]...)
		} else {
			g.cols = append(g.cols[:at+1], g.cols[at+2:]...)
		}
	}
}

func (g *grid) render() string {
	var b strings.Builder
	rule := func(l, m, r string) {
		b.WriteString(l)
		for i, c := range g.cols {
			if i > 0 {
				b.WriteString(m)
			}
			b.WriteString(strings.Repeat("─", c.width+2))
		}
		b.WriteString(r + "\n")
	}
	line := func(text func(c *gridCol) (string, bool)) {
		for i := range g.cols {
			c := &g.cols[i]
			s, right := text(c)
			pad := strings.Repeat(" ", c.width-width(s))
			if right {
				s = pad + s
			} else {
				s += pad
			}
			b.WriteString("│ " + s + " ")
		}
		b.WriteString("│\n")
	}
	rule("┌", "┬", "┐")
	line(func(c *gridCol) (string, bool) { return c.name, c.right })
	line(func(c *gridCol) (string, bool) { return c.typ, c.right })
	rule("├", "┼", "┤")
	for i := range g.rows {
		if i == g.gap {
			line(func(c *gridCol) (string, bool) { return "…", c.right })
		}
		line(func(c *gridCol) (string, bool) { return c.cells[i], c.right })
	}
	rule("└", "┴", "┘")
	return b.String()
}
