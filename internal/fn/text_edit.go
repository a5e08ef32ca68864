package fn

import (
	"bytes"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// TextEdit is changes of text.
var TextEdit = &Set{add: func(register adder) {
	register(map[string]Maker{
		"replace.string_string_string":          strict(replaceAll),
		"replace_n.string_string_string_bigint": strict(replaceSome),
		"translate.string_string_string":        strict(translate),
		"reverse.string":                        textMap(reverse),
		"repeat.string_bigint":                  strict(repeat),
		"lpad.string_integer_string":            strict(padder(true)),
		"rpad.string_integer_string":            strict(padder(false)),
		"concat_op.string_string":               strict(concatOp),
		"concat_op.binary_binary":               strict(concatOp),
		"concat.any":                            lenient(concat),
		"concat_ws.string_any":                  lenient(concatWS),
		"split.string_string":                   strict(split),
		"split_part.string_string_bigint":       strict(splitPart),
		"chr.integer":                           textOf(chr),
		"strip_accents.string":                  textMap(stripAccents),
		"bar.double_double_double_double":       strict(bar),
	})
}}

func hasPrefix(s, p []byte) bool { return len(s) >= len(p) && str(s[:len(p)]) == str(p) }
func hasSuffix(s, p []byte) bool { return len(s) >= len(p) && str(s[len(s)-len(p):]) == str(p) }

// appendReplaced appends s with the first count occurrences of old (all if negative) replaced; an empty old changes nothing.
func appendReplaced(dst, s, old, repl []byte, count int64) []byte {
	for len(old) > 0 && count != 0 {
		j := bytes.Index(s, old)
		if j < 0 {
			break
		}
		dst = append(append(dst, s[:j]...), repl...)
		s = s[j+len(old):]
		count--
	}
	return append(dst, s...)
}

func replaceAll(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	s, old, repl := textsOf(args[0]), textsOf(args[1]), textsOf(args[2])
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		return appendReplaced(dst, s.at(i), old.at(i), repl.at(i), -1), true, nil
	})
}

func replaceSome(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	s, old, repl, count := textsOf(args[0]), textsOf(args[1]), textsOf(args[2]), numsOf[int64](args[3])
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		return appendReplaced(dst, s.at(i), old.at(i), repl.at(i), count.at(i)), true, nil
	})
}

func translate(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	s, from, to := textsOf(args[0]), textsOf(args[1]), textsOf(args[2])
	var table map[rune]rune
	fixed := args[1].Form == data.Const && args[2].Form == data.Const
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		if table == nil || !fixed {
			table = translation(str(from.at(i)), []rune(str(to.at(i))))
		}
		for _, r := range str(s.at(i)) {
			x, ok := table[r]
			switch {
			case !ok:
				dst = utf8.AppendRune(dst, r)
			case x >= 0:
				dst = utf8.AppendRune(dst, x)
			}
		}
		return dst, true, nil
	})
}

// translation maps characters of from to those at the same place in to, or to -1; the first mention of a character counts.
func translation(from string, to []rune) map[rune]rune {
	m := map[rune]rune{}
	k := 0
	for _, r := range from {
		if _, seen := m[r]; !seen {
			m[r] = -1
			if k < len(to) {
				m[r] = to[k]
			}
		}
		k++
	}
	return m
}

// reverse keeps letters with their accents, and whatever else people see as one character.
func reverse(dst, s []byte) []byte {
	if ascii(s) {
		for i := len(s) - 1; i >= 0; i-- {
			dst = append(dst, s[i])
		}
		return dst
	}
	at := len(dst) + len(s)
	dst = append(dst, s...)
	for len(s) > 0 {
		size := firstGrapheme(s)
		at -= size
		copy(dst[at:], s[:size])
		s = s[size:]
	}
	return dst
}

// textMax is the longest text that a function may make for one row, 1 GiB.
const textMax = 1 << 30

func tooLong(what string, size int64) error {
	return fault.New(fault.Value, "%s would make a text of %d bytes, more than %d", what, size, textMax)
}

func repeat(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	s, count := textsOf(args[0]), numsOf[int64](args[1])
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		own, k := s.at(i), count.at(i)
		if len(own) > 0 && k > textMax/int64(len(own)) {
			return nil, false, tooLong("repeat", k)
		}
		for ; k > 0 && len(own) > 0; k-- {
			dst = append(dst, own...)
		}
		return dst, true, nil
	})
}

// padder fills to a length in characters, cutting longer text at the end.
func padder(onLeft bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		s, length, fill := textsOf(args[0]), numsOf[int32](args[1]), textsOf(args[2])
		return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
			own, want, with := s.at(i), int64(max(length.at(i), 0)), fill.at(i)
			missing := want - int64(utf8.RuneCount(own))
			switch {
			case missing <= 0:
				return append(dst, own[:runeOffset(own, want)]...), true, nil
			case len(with) == 0:
				return nil, false, fault.New(fault.Value, "padding %s to %d characters needs a fill text that is not empty", fault.Quote(str(own)), want)
			case missing*4 > textMax:
				return nil, false, tooLong("padding", missing)
			}
			if !onLeft {
				return appendFill(append(dst, own...), with, missing), true, nil
			}
			return append(appendFill(dst, with, missing), own...), true, nil
		})
	}
}

// appendFill appends count characters of with, over and over.
func appendFill(dst, with []byte, count int64) []byte {
	width := int64(utf8.RuneCount(with))
	for ; count >= width; count -= width {
		dst = append(dst, with...)
	}
	return append(dst, with[:runeOffset(with, count)]...)
}

func concatOp(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	a, b := textsOf(args[0]), textsOf(args[1])
	t := c.Scratch.Text(n)
	for i := range n {
		if valid.Get(i) {
			t.Buf = append(append(t.Buf, a.at(i)...), b.at(i)...)
			t.Row(i)
		}
	}
	return t.Column(c.Scratch, c.Ret, valid), nil
}

func concat(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	return build(c, n, nil, func(dst []byte, i int) ([]byte, bool, error) {
		for _, a := range args {
			dst = appendText(dst, a, i)
		}
		return dst, true, nil
	})
}

// appendText appends row i of any Flat column as text, nothing for a null.
func appendText(dst []byte, a *data.Column, i int) []byte {
	if a.Type.Phys() == dtype.PhysView && a.Type.Kind != dtype.Binary {
		return append(dst, a.Bytes(i)...)
	}
	return data.AppendText(dst, a, i)
}

func concatWS(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	return build(c, n, args[0].Valid, func(dst []byte, i int) ([]byte, bool, error) {
		sep, later := args[0].Bytes(i), false
		for _, a := range args[1:] {
			if a.IsNull(i) {
				continue
			}
			if later {
				dst = append(dst, sep...)
			}
			later = true
			dst = appendText(dst, a, i)
		}
		return dst, true, nil
	})
}

// split makes lists whose elements share the memory of the text.
func split(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	s, sep := textsOf(args[0]), textsOf(args[1])
	out := newPieces(c, n)
	for i := range n {
		if valid.Get(i) {
			out.split(&s.views[i&s.mask], s.heap, sep.at(i))
		}
		out.close()
	}
	return out.column(c, s.heap, valid), nil
}

// pieces collects lists of parts of one text column.
type pieces struct {
	offsets []int32
	views   []data.View
}

func newPieces(c *Ctx, n int) *pieces {
	p := &pieces{offsets: compute.Make[int32](c.Scratch, n+1)[:1], views: compute.Make[data.View](c.Scratch, 4*n+8)[:0]}
	p.offsets[0] = 0
	return p
}

func (p *pieces) close() { p.offsets = append(p.offsets, int32(len(p.views))) }

func (p *pieces) add(v *data.View, heap [][]byte, lo, hi int) {
	p.views = append(p.views, cut(v, heap, lo, hi))
}

func (p *pieces) split(v *data.View, heap [][]byte, sep []byte) {
	s := v.Bytes(heap)
	if len(sep) == 0 {
		for at := 0; at < len(s); {
			_, size := utf8.DecodeRune(s[at:])
			p.add(v, heap, at, at+size)
			at += size
		}
		if len(s) == 0 {
			p.add(v, heap, 0, 0)
		}
		return
	}
	at := 0
	for {
		j := bytes.Index(s[at:], sep)
		if j < 0 {
			p.add(v, heap, at, len(s))
			return
		}
		p.add(v, heap, at, at+j)
		at += j + len(sep)
	}
}

func (p *pieces) column(c *Ctx, heap [][]byte, valid data.Bitmap) *data.Column {
	kid := compute.Flat(c.Scratch, c.Ret.Elem(), p.views, nil)
	kid.Heap = heap
	return listOf(c, p.offsets, kid, valid)
}

// listOf is the list column of c.Ret over kid.
func listOf(c *Ctx, offsets []int32, kid *data.Column, valid data.Bitmap) *data.Column {
	out := c.Scratch.Column()
	out.Type, out.Len, out.Valid, out.Offsets = c.Ret, len(offsets)-1, valid, offsets
	out.Kids = c.Scratch.Columns(1)
	out.Kids[0] = kid
	return out
}

func splitPart(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	sep, index := textsOf(args[1]), numsOf[int64](args[2])
	return slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		k, by := index.at(i), sep.at(i)
		if len(by) == 0 {
			return charSpan(s, k)
		}
		if k < 0 {
			k += int64(bytes.Count(s, by)) + 2
			if k < 1 {
				return 0, 0
			}
		}
		if k == 0 {
			return 0, 0
		}
		at := 0
		for ; k > 1; k-- {
			j := bytes.Index(s[at:], by)
			if j < 0 {
				return 0, 0
			}
			at += j + len(by)
		}
		if j := bytes.Index(s[at:], by); j >= 0 {
			return at, at + j
		}
		return at, len(s)
	})
}

// charSpan is the place of character k from 1, negative from the end.
func charSpan(s []byte, k int64) (lo, hi int) {
	if k < 0 {
		k += int64(utf8.RuneCount(s)) + 1
		if k < 1 {
			return 0, 0
		}
	}
	if k == 0 {
		return 0, 0
	}
	return span(s, k-1, k)
}

func chr(dst []byte, code int32) ([]byte, error) {
	if !utf8.ValidRune(code) {
		return dst, fault.New(fault.Value, "%d is no Unicode code point", code)
	}
	return utf8.AppendRune(dst, code), nil
}

// bar draws x between low and high with a resolution of an eighth of a character.
func bar(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	x, low, high := numsOf[float64](args[0]), numsOf[float64](args[1]), numsOf[float64](args[2])
	width := nums[float64]{vals: []float64{80}}
	if len(args) > 3 {
		width = numsOf[float64](args[3])
	}
	blocks := []string{" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"}
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		lo, hi, w := low.at(i), high.at(i), width.at(i)
		if !(w >= 1 && w <= 1000) {
			return nil, false, fault.New(fault.Value, "the width of a bar must be 1 to 1000, not %v", w)
		}
		cells := w
		switch v := x.at(i); {
		case v < hi:
			cells = w * max((v-lo)/(hi-lo), 0)
		case v != v:
			cells = 0
		}
		full := int(cells)
		for range full {
			dst = append(dst, blocks[8]...)
		}
		if part := int(8 * (cells - float64(full))); part > 0 {
			dst = append(dst, blocks[part]...)
			full++
		}
		return append(dst, bytes.Repeat([]byte{' '}, max(int(w)-full, 0))...), true, nil
	})
}

// accents lists letters with marks that decompose to a plain letter, grouped by that letter.
var accents = map[rune]string{'a': "àáâãäåāăąǎạảấầẩẫậắằẳẵặ", 'A': "ÀÁÂÃÄÅĀĂĄǍẠẢẤẦẨẪẬẮẰẲẴẶ", 'c': "çćĉċč", 'C': "ÇĆĈĊČ", 'd': "ď", 'D': "Ď",
	'e': "èéêëēĕėęěẹẻẽếềểễệ", 'E': "ÈÉÊËĒĔĖĘĚẸẺẼẾỀỂỄỆ", 'g': "ĝğġģ", 'G': "ĜĞĠĢ", 'h': "ĥ", 'H': "Ĥ", 'i': "ìíîïĩīĭįǐỉị", 'I': "ÌÍÎÏĨĪĬĮİǏỈỊ", 'j': "ĵ", 'J': "Ĵ",
	'k': "ķ", 'K': "Ķ", 'l': "ĺļľ", 'L': "ĹĻĽ", 'n': "ñńņňǹ", 'N': "ÑŃŅŇǸ", 'o': "òóôõöōŏőǒơọỏốồổỗộớờởỡợ", 'O': "ÒÓÔÕÖŌŎŐǑƠỌỎỐỒỔỖỘỚỜỞỠỢ", 'r': "ŕŗř", 'R': "ŔŖŘ",
	's': "śŝşšș", 'S': "ŚŜŞŠȘ", 't': "ţťț", 'T': "ŢŤȚ", 'u': "ùúûüũūŭůűųǔưụủứừửữự", 'U': "ÙÚÛÜŨŪŬŮŰŲǓƯỤỦỨỪỬỮỰ", 'w': "ŵ", 'W': "Ŵ", 'y': "ýÿŷỳỵỷỹ", 'Y': "ÝŸŶỲỴỶỸ",
	'z': "źżž", 'Z': "ŹŻŽ"}

var plainLetter = invertAccents()

func invertAccents() map[rune]rune {
	m := map[rune]rune{}
	for base, list := range accents {
		for _, r := range list {
			m[r] = base
		}
	}
	return m
}

// stripAccents maps letters with marks to plain ones and drops combining marks.
func stripAccents(dst, s []byte) []byte {
	if ascii(s) {
		return append(dst, s...)
	}
	for _, r := range str(s) {
		if p, ok := plainLetter[r]; ok {
			r = p
		}
		if r < 0x300 || r > 0x36f {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}
