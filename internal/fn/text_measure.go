package fn

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// TextMeasure is lengths of text and searches in it.
var TextMeasure = &Set{add: func(register adder) {
	register(map[string]Maker{
		"length.string":             strict(countChars),
		"length.binary":             strict(countBytes),
		"length.list":               strict(countItems),
		"strlen.string":             strict(countBytes),
		"strlen.binary":             strict(countBytes),
		"bit_length.string":         measure(func(s []byte) int64 { return 8 * int64(len(s)) }),
		"contains.string_string":    finder(bytesContain, matchContains),
		"starts_with.string_string": finder(hasPrefix, matchPrefix),
		"ends_with.string_string":   finder(hasSuffix, matchSuffix),
		"instr.string_string":       measure2(instr),
		"str_find.string_string":    strict(strFind),
		"str_count.string_string":   measure2(countParts),
		"ascii.string":              measure(func(s []byte) int32 { return firstRune(s, 0) }),
		"unicode.string":            measure(func(s []byte) int32 { return firstRune(s, -1) }),
	})
}}

func bytesContain(s, p []byte) bool { return bytes.Contains(s, p) }

func firstRune(s []byte, none int32) int32 {
	if len(s) == 0 {
		return none
	}
	r, _ := utf8.DecodeRune(s)
	return r
}

// runes counts characters eight bytes at once: those that do not continue one.
func runes(s []byte) int64 {
	n := len(s)
	for ; len(s) >= 8; s = s[8:] {
		w := binary.LittleEndian.Uint64(s)
		n -= bits.OnesCount64(w &^ (w << 1) & highBits)
	}
	for _, b := range s {
		if b&0xc0 == 0x80 {
			n--
		}
	}
	return int64(n)
}

const highBits = 0x8080808080808080

func countChars(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst, a := compute.Make[int64](c.Scratch, n), args[0]
	for i, v := range data.Slice[data.View](a)[:n] {
		if v.Len() <= data.InlineMax {
			x := v.A &^ 0xffffffff
			dst[i] = int64(v.Len() - bits.OnesCount64(x&^(x<<1)&highBits) - bits.OnesCount64(v.B&^(v.B<<1)&highBits))
			continue
		}
		dst[i] = runes(v.Bytes(a.Heap))
	}
	return num(c, dst, valid), nil
}

func countBytes(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst := compute.Make[int64](c.Scratch, n)
	for i, v := range data.Slice[data.View](args[0])[:n] {
		dst[i] = int64(v.Len())
	}
	return num(c, dst, valid), nil
}

func countItems(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst, o := compute.Make[int64](c.Scratch, n), args[0].Offsets[:n+1]
	for i := range dst {
		dst[i] = int64(o[i+1] - o[i])
	}
	return num(c, dst, valid), nil
}

// finder is a test of a text with a part: by general for parts that vary, and by a prepared matcher for a constant one.
func finder(general func(s, p []byte) bool, prepare func(p []byte) matcher) Maker {
	vary := testText2(general)
	return func(consts []*data.Column, ret dtype.Type) (Impl, error) {
		part, ok := constText(consts[1])
		if !ok {
			return vary(consts, ret)
		}
		return matching(prepare([]byte(part)), false), nil
	}
}

func instr(s, part []byte) (int64, error) {
	j := bytes.Index(s, part)
	if j < 0 {
		return 0, nil
	}
	return runes(s[:j]) + 1, nil
}

func strFind(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst, s, part := compute.Make[int64](c.Scratch, n), textsOf(args[0]), textsOf(args[1])
	var gone nulls
	for i := range dst {
		dst[i] = int64(bytes.Index(s.at(i), part.at(i)))
		if dst[i] < 0 {
			gone.mark(c, i, n, valid)
		}
	}
	return num(c, dst, gone.or(valid)), nil
}

func countParts(s, part []byte) (int64, error) {
	if len(part) == 0 {
		return 0, fault.New(fault.Value, "the part to count must not be empty")
	}
	return int64(bytes.Count(s, part)), nil
}
