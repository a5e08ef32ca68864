package fn

import (
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
)

// Regexp is regular expressions.
var Regexp = &Set{add: func(register adder) {
	register(map[string]Maker{
		"regexp_matches.string_string_string":             regexMaker(2, false, regexTest),
		"regexp_full_match.string_string_string":          regexMaker(2, true, regexTest),
		"regexp_replace.string_string_string_string":      regexMaker(3, false, regexReplace),
		"regexp_extract.string_string_integer_string":     regexMaker(3, false, regexExtract),
		"regexp_extract.string_string_stringlist_string":  regexMaker(3, false, regexStruct),
		"regexp_extract_all.string_string_integer_string": regexMaker(3, false, regexExtractAll),
		"regexp_split.string_string_string":               regexMaker(2, false, regexSplit),
		"regexp_count.string_string":                      regexMaker(2, false, regexCount),
		"regexp_escape.string":                            textMap(appendLiteral),
		"str_extract.string_string_integer":               regexMaker(9, false, strExtract),
		"str_replace_regex.string_string_string_bigint":   regexMaker(9, false, strReplaceRegex),
	})
}}

// appendLiteral writes a pattern that matches s only: what is neither a letter of ASCII, a digit, _ nor beyond ASCII is escaped.
func appendLiteral(dst, s []byte) []byte {
	for _, b := range s {
		switch {
		case b >= utf8.RuneSelf, b == '_', b-'0' < 10, b|0x20 >= 'a' && b|0x20 <= 'z':
			dst = append(dst, b)
		case b == 0:
			dst = append(dst, `\x00`...)
		default:
			dst = append(dst, '\\', b)
		}
	}
	return dst
}

func regexReplace(c *Ctx, p *patterns, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	s, repl := textsOf(args[0]), textsOf(args[2])
	var t template
	last, known := "", false
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		q, err := p.at(i)
		if err != nil {
			return nil, false, err
		}
		if own := str(repl.at(i)); !known || own != last {
			t, last, known = parseTemplate(own), own, true
		}
		count := int64(1)
		if q.global {
			count = -1
		}
		return appendReplacedRegex(dst, s.at(i), q, &t, count), true, nil
	})
}

func strReplaceRegex(c *Ctx, p *patterns, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	s, repl, count := textsOf(args[0]), textsOf(args[2]), numsOf[int64](args[3])
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		q, err := p.at(i)
		if err != nil {
			return nil, false, err
		}
		t := parseDollars(str(repl.at(i)), q.re)
		return appendReplacedRegex(dst, s.at(i), q, &t, count.at(i)), true, nil
	})
}

// groupAt returns the place of a group of the first match, and whether it took part in it.
func groupAt(p *patterns, i int, s []byte, group int32) (lo, hi int, ok bool, err error) {
	q, err := p.at(i)
	if err != nil {
		return 0, 0, false, err
	}
	if err := q.group(int64(group)); err != nil {
		return 0, 0, false, err
	}
	var own places
	loc := q.find(s, &own)
	if loc == nil || int(group) >= len(loc)/2 || loc[2*group] < 0 {
		return 0, 0, false, nil
	}
	return loc[2*group], loc[2*group+1], true, nil
}

func regexExtract(c *Ctx, p *patterns, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	group := nums[int32]{vals: []int32{0}}
	if len(args) > 2 {
		group = numsOf[int32](args[2])
	}
	var fail error
	out, _ := slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		lo, hi, _, err := groupAt(p, i, s, group.at(i))
		if err != nil && fail == nil {
			fail = atRow(i, err)
		}
		return lo, hi
	})
	return out, fail
}

// strExtract is regexExtract that gives null where nothing was found.
func strExtract(c *Ctx, p *patterns, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	group := numsOf[int32](args[2])
	var fail error
	var gone nulls
	out, _ := slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		lo, hi, ok, err := groupAt(p, i, s, group.at(i))
		if err != nil && fail == nil {
			fail = atRow(i, err)
		}
		if !ok {
			gone.mark(c, i, n, valid)
		}
		return lo, hi
	})
	out.Valid = gone.or(valid)
	return out, fail
}

// regexStruct gives the groups of the first match as fields of a struct, empty where there is none.
func regexStruct(c *Ctx, p *patterns, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	out := c.Scratch.Column()
	out.Type, out.Len, out.Valid = c.Ret, n, valid
	out.Kids = c.Scratch.Columns(len(c.Ret.Fields))
	for k, f := range c.Ret.Fields {
		own := *c
		own.Ret = f.Type
		group := compute.Make[int32](c.Scratch, 1)
		group[0] = int32(k + 1)
		col := compute.Flat(c.Scratch, c.Ret, group, nil)
		kid, err := regexExtract(&own, p, []*data.Column{args[0], args[1], c.Scratch.Const(col, n)}, n, valid)
		if err != nil {
			return nil, err
		}
		out.Kids[k] = kid
	}
	return out, nil
}

func regexExtractAll(c *Ctx, p *patterns, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	group := nums[int32]{vals: []int32{0}}
	if len(args) > 2 {
		group = numsOf[int32](args[2])
	}
	s, out := textsOf(args[0]), newPieces(c, n)
	for i := range n {
		if valid.Get(i) {
			q, err := p.at(i)
			if err == nil {
				err = q.group(int64(group.at(i)))
			}
			if err != nil {
				return nil, atRow(i, err)
			}
			v, g := &s.views[i&s.mask], group.at(i)
			if own := v.Bytes(s.heap); q.may(own) {
				for _, loc := range q.re.FindAllSubmatchIndex(own, -1) {
					if int(g) < len(loc)/2 && loc[2*g] >= 0 {
						out.add(v, s.heap, loc[2*g], loc[2*g+1])
					} else {
						out.add(v, s.heap, 0, 0)
					}
				}
			}
		}
		out.close()
	}
	return out.column(c, s.heap, valid), nil
}

func regexSplit(c *Ctx, p *patterns, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	s, out := textsOf(args[0]), newPieces(c, n)
	for i := range n {
		if valid.Get(i) {
			q, err := p.at(i)
			if err != nil {
				return nil, atRow(i, err)
			}
			v := &s.views[i&s.mask]
			own, at := v.Bytes(s.heap), 0
			for _, loc := range q.re.FindAllIndex(own, -1) {
				if loc[1] == 0 || loc[0] == len(own) && loc[1] == loc[0] {
					continue
				}
				out.add(v, s.heap, at, loc[0])
				at = loc[1]
			}
			out.add(v, s.heap, at, len(own))
		}
		out.close()
	}
	return out.column(c, s.heap, valid), nil
}

func regexCount(c *Ctx, p *patterns, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst, s := compute.Make[int64](c.Scratch, n), textsOf(args[0])
	clear(dst)
	err := eachValid(valid, n, func(i int) error {
		q, err := p.at(i)
		if err != nil {
			return atRow(i, err)
		}
		if own := s.at(i); q.may(own) {
			dst[i] = int64(len(q.re.FindAllIndex(own, -1)))
		}
		return nil
	})
	return num(c, dst, valid), err
}
