package fn

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/kern"
)

// Like is LIKE, ILIKE and glob.
var Like = &Set{add: func(register adder) {
	register(map[string]Maker{
		"like.string_string_string":      likeMaker(false, false),
		"not_like.string_string_string":  likeMaker(false, true),
		"ilike.string_string_string":     likeMaker(true, false),
		"not_ilike.string_string_string": likeMaker(true, true),
		"glob.string_string":             strict(globMatch),
	})
}}

// matcher tests a whole text column against one prepared pattern: it sets bit i of dst to the outcome for row i.
type matcher func(dst data.Bitmap, a []data.View, heap [][]byte)

// matching is the Impl of a prepared pattern; the arguments but the first are constants that the matcher knows.
func matching(m matcher, negate bool) Impl {
	run := strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst := c.Scratch.Zeros(n)
		m(dst, data.Slice[data.View](args[0])[:n], args[0].Heap)
		if negate {
			kern.BitmapNot(dst, dst, n)
		}
		return c.Scratch.Bool(dst, valid, n), nil
	})
	return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) { return run(c, args[:1], n) }
}

// matchEach makes a matcher of a test of one text.
func matchEach(test func(s []byte) bool) matcher {
	return func(dst data.Bitmap, a []data.View, heap [][]byte) {
		for i := range a {
			dst[i>>6] |= bit(test(a[i].Bytes(heap))) << (uint(i) & 63)
		}
	}
}

func matchExact(p []byte) matcher {
	// The bytes of a short view lie in the view itself, so the pattern is its own heap.
	heap := [][]byte{p}
	v := kern.MakeView(p, 0, 0)
	return func(dst data.Bitmap, a []data.View, bufs [][]byte) {
		if v.Len() <= kern.InlineMax {
			kern.EqViewConst(dst, kernViews(a), bufs, v, heap)
			return
		}
		for i := range a {
			dst[i>>6] |= bit(str(a[i].Bytes(bufs)) == str(p)) << (uint(i) & 63)
		}
	}
}

// matchPrefix compares the first four bytes, which every view holds itself, before it looks at the rest.
func matchPrefix(p []byte) matcher {
	var head, mask uint64
	for i, b := range p[:min(len(p), 4)] {
		head |= uint64(b) << (32 + 8*i)
		mask |= 0xff << (32 + 8*i)
	}
	return func(dst data.Bitmap, a []data.View, heap [][]byte) {
		for i := range a {
			v := &a[i]
			if v.A&mask == head && v.Len() >= len(p) && (len(p) <= 4 || str(v.Bytes(heap)[4:len(p)]) == str(p[4:])) {
				dst[i>>6] |= 1 << (uint(i) & 63)
			}
		}
	}
}

func matchSuffix(p []byte) matcher {
	return func(dst data.Bitmap, a []data.View, heap [][]byte) {
		for i := range a {
			v := &a[i]
			if v.Len() >= len(p) && hasSuffix(v.Bytes(heap), p) {
				dst[i>>6] |= 1 << (uint(i) & 63)
			}
		}
	}
}

func matchContains(p []byte) matcher {
	return func(dst data.Bitmap, a []data.View, heap [][]byte) {
		for i := range a {
			v := &a[i]
			if v.Len() >= len(p) && bytes.Contains(v.Bytes(heap), p) {
				dst[i>>6] |= 1 << (uint(i) & 63)
			}
		}
	}
}

// matchParts is prefix%part%part%suffix: texts in this order, with anything between them.
func matchParts(prefix, suffix []byte, parts [][]byte) matcher {
	return matchEach(func(s []byte) bool {
		if len(s) < len(prefix)+len(suffix) || !hasPrefix(s, prefix) || !hasSuffix(s, suffix) {
			return false
		}
		s = s[len(prefix) : len(s)-len(suffix)]
		for _, p := range parts {
			j := bytes.Index(s, p)
			if j < 0 {
				return false
			}
			s = s[j+len(p):]
		}
		return true
	})
}

// likeItem is one piece of a pattern: a literal text, % or _.
type likeItem struct {
	text []byte // literal if not nil
	any  bool   // %; otherwise, with nil text, _
}

// parseLike splits a pattern; escape is -1 for none.
func parseLike(pattern string, escape rune) ([]likeItem, error) {
	var items []likeItem
	var lit []byte
	flush := func() {
		if lit != nil {
			items = append(items, likeItem{text: lit})
			lit = nil
		}
	}
	for i := 0; i < len(pattern); {
		r, size := utf8.DecodeRuneInString(pattern[i:])
		text := pattern[i : i+size]
		i += size
		switch {
		case r == escape:
			if i == len(pattern) {
				return nil, fault.New(fault.Value, "the LIKE pattern %s ends with its escape character", fault.Quote(pattern))
			}
			_, size = utf8.DecodeRuneInString(pattern[i:])
			lit = append(lit, pattern[i:i+size]...)
			i += size
		case r == '%':
			flush()
			if len(items) == 0 || !items[len(items)-1].any {
				items = append(items, likeItem{any: true})
			}
		case r == '_':
			flush()
			items = append(items, likeItem{})
		default:
			lit = append(lit, text...)
		}
	}
	flush()
	return items, nil
}

// compileLike picks the cheapest way to test for the pattern.
func compileLike(pattern string, escape rune, fold bool) (matcher, error) {
	items, err := parseLike(pattern, escape)
	if err != nil {
		return nil, err
	}
	if fold {
		if m := foldLike(items); m != nil {
			return m, nil
		}
		return matchEach(func(s []byte) bool { return likeMatch(s, items, true) }), nil
	}
	if m := plainLike(items); m != nil {
		return m, nil
	}
	return matchEach(func(s []byte) bool { return likeMatch(s, items, false) }), nil
}

// plainLike handles patterns of literals and % only.
func plainLike(items []likeItem) matcher {
	var prefix, suffix []byte
	for _, it := range items {
		if it.text == nil && !it.any {
			return nil
		}
	}
	n := len(items)
	switch {
	case n == 0:
		return matchExact(nil)
	case n == 1 && items[0].any:
		return matchPrefix(nil)
	case n == 1:
		return matchExact(items[0].text)
	case n == 2 && items[1].any:
		return matchPrefix(items[0].text)
	case n == 2:
		return matchSuffix(items[1].text)
	case n == 3 && items[0].any && items[2].any:
		return matchContains(items[1].text)
	}
	if !items[0].any {
		prefix, items = items[0].text, items[1:]
	}
	if last := len(items) - 1; !items[last].any {
		suffix, items = items[last].text, items[:last]
	}
	var parts [][]byte
	for _, it := range items {
		if !it.any {
			parts = append(parts, it.text)
		}
	}
	return matchParts(prefix, suffix, parts)
}

// foldLike handles %text% without regard to case, for ASCII text.
func foldLike(items []likeItem) matcher {
	if len(items) != 3 || !items[0].any || items[1].text == nil || !items[2].any || !ascii(items[1].text) {
		return nil
	}
	low := bytes.ToLower(items[1].text)
	for _, b := range low {
		if b == 'k' || b == 's' {
			return nil // the Kelvin sign and the long s fold to them
		}
	}
	up := bytes.ToUpper(low)
	return matchEach(func(s []byte) bool {
		for i := 0; i+len(low) <= len(s); i++ {
			j := 0
			for j < len(low) && (s[i+j] == low[j] || s[i+j] == up[j]) {
				j++
			}
			if j == len(low) {
				return true
			}
		}
		return false
	})
}

// foldRune is the least character that r equals without regard to case.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf && r != 'k' && r != 'K' && r != 's' && r != 'S' {
		if 'a' <= r && r <= 'z' {
			r -= 32
		}
		return r
	}
	least := r
	for x := unicode.SimpleFold(r); x != r; x = unicode.SimpleFold(x) {
		least = min(least, x)
	}
	return least
}

// likeMatch walks the items; on a mismatch it goes back to the last % and tries one character further, which is enough, since an earlier
// % could not do better.
func likeMatch(s []byte, items []likeItem, fold bool) bool {
	at, k := 0, 0
	backAt, backItem := -1, 0
	for {
		if k < len(items) {
			it := items[k]
			switch {
			case it.any:
				backAt, backItem = at, k+1
				k++
				continue
			case it.text == nil && at < len(s):
				_, size := utf8.DecodeRune(s[at:])
				at += size
				k++
				continue
			case it.text != nil:
				if size := literalAt(s[at:], it.text, fold); size >= 0 {
					at += size
					k++
					continue
				}
			}
		} else if at == len(s) {
			return true
		}
		if backAt < 0 || backAt >= len(s) {
			return false
		}
		_, size := utf8.DecodeRune(s[backAt:])
		backAt += size
		at, k = backAt, backItem
	}
}

// literalAt returns how many bytes at the start of s match text, or -1.
func literalAt(s, text []byte, fold bool) int {
	if !fold {
		if hasPrefix(s, text) {
			return len(text)
		}
		return -1
	}
	at := 0
	for len(text) > 0 {
		if at == len(s) {
			return -1
		}
		a, n := utf8.DecodeRune(s[at:])
		b, m := utf8.DecodeRune(text)
		if a != b && foldRune(a) != foldRune(b) {
			return -1
		}
		at, text = at+n, text[m:]
	}
	return at
}

// escapeOf reads an ESCAPE text: one character, or none at all.
func escapeOf(text string) (rune, error) {
	if text == "" {
		return -1, nil
	}
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) {
		return 0, fault.New(fault.Value, "the escape of LIKE must be one character, not %s", fault.Quote(text))
	}
	return r, nil
}

// likeMaker prepares constant patterns; others are compiled per row, the last one being kept.
func likeMaker(fold, negate bool) Maker {
	return func(consts []*data.Column, ret dtype.Type) (Impl, error) {
		pattern, ok := constText(consts[1])
		escape, escOK := "", true
		if len(consts) > 2 {
			escape, escOK = constText(consts[2])
		}
		if !ok || !escOK {
			return strictImpl(likeRows(fold, negate)), nil
		}
		esc, err := escapeOf(escape)
		if err != nil {
			return nil, err
		}
		m, err := compileLike(pattern, esc, fold)
		if err != nil {
			return nil, err
		}
		return matching(m, negate), nil
	}
}

// likeRows parses each row's pattern, unless it is that of the row before.
func likeRows(fold, negate bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst, s, p := c.Scratch.Zeros(n), textsOf(args[0]), textsOf(args[1])
		var items []likeItem
		var last, lastEsc string
		known := false
		err := eachValid(valid, n, func(i int) error {
			esc := ""
			if len(args) > 2 {
				esc = str(textsOf(args[2]).at(i))
			}
			if own := str(p.at(i)); !known || own != last || esc != lastEsc {
				r, err := escapeOf(esc)
				if err != nil {
					return atRow(i, err)
				}
				if items, err = parseLike(own, r); err != nil {
					return atRow(i, err)
				}
				last, lastEsc, known = own, esc, true
			}
			dst[i>>6] |= bit(likeMatch(s.at(i), items, fold) != negate) << (uint(i) & 63)
			return nil
		})
		return c.Scratch.Bool(dst, valid, n), err
	}
}

// globMatch tests shell patterns.
func globMatch(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst, s, p := c.Scratch.Zeros(n), textsOf(args[0]), textsOf(args[1])
	for i := range n {
		dst[i>>6] |= bit(glob(s.at(i), p.at(i))) << (uint(i) & 63)
	}
	return c.Scratch.Bool(dst, valid, n), nil
}

// glob matches * (anything), ? (a character), [a-z] and [!a-z] (a class), and \ before a character that stands for itself.
func glob(s, p []byte) bool {
	at, k := 0, 0
	backAt, backK := -1, 0
	for {
		switch {
		case k == len(p) && at == len(s):
			return true
		case k < len(p) && p[k] == '*':
			k++
			backAt, backK = at, k
			continue
		case k < len(p) && at < len(s):
			if n, m := globOne(s[at:], p[k:]); n > 0 {
				at, k = at+n, k+m
				continue
			}
		}
		if backAt < 0 || backAt >= len(s) {
			return false
		}
		_, size := utf8.DecodeRune(s[backAt:])
		backAt += size
		at, k = backAt, backK
	}
}

// globOne matches one character of s with the first item of p, and returns the bytes taken of both, or 0.
func globOne(s, p []byte) (n, m int) {
	r, size := utf8.DecodeRune(s)
	switch p[0] {
	case '?':
		return size, 1
	case '[':
		if m, ok := globClass(r, p); m > 0 {
			if ok {
				return size, m
			}
			return 0, 0
		}
		return 0, 0
	case '\\':
		if len(p) > 1 {
			q, width := utf8.DecodeRune(p[1:])
			if q == r {
				return size, 1 + width
			}
			return 0, 0
		}
	}
	q, width := utf8.DecodeRune(p)
	if q != r {
		return 0, 0
	}
	return size, width
}

// globClass tests r against the class at the start of p and returns its length, or 0 if it does not end.
func globClass(r rune, p []byte) (size int, ok bool) {
	i := 1
	negate := i < len(p) && p[i] == '!'
	if negate {
		i++
	}
	for first := true; i < len(p); first = false {
		if p[i] == ']' && !first {
			return i + 1, ok != negate
		}
		lo, n := utf8.DecodeRune(p[i:])
		i += n
		hi := lo
		if i+1 < len(p) && p[i] == '-' && p[i+1] != ']' {
			hi, n = utf8.DecodeRune(p[i+1:])
			i += 1 + n
		}
		ok = ok || lo <= r && r <= hi
	}
	return 0, false
}
