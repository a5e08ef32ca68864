package fn

import (
	"crypto/md5"  //nolint:gosec // asked for by name, not for security
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash/crc32"
	"math/bits"
	"net/url"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/kern"
)

// Coding is digests and encodings of text and binary.
var Coding = &Set{add: func(register adder) {
	for _, t := range []string{"string", "binary"} {
		register(map[string]Maker{
			"md5." + t:       textMap(func(dst, s []byte) []byte { h := md5.Sum(s); return hex.AppendEncode(dst, h[:]) }),
			"sha1." + t:      textMap(func(dst, s []byte) []byte { h := sha1.Sum(s); return hex.AppendEncode(dst, h[:]) }),
			"sha256." + t:    textMap(func(dst, s []byte) []byte { h := sha256.Sum256(s); return hex.AppendEncode(dst, h[:]) }),
			"crc32." + t:     measure(func(s []byte) int64 { return int64(crc32.ChecksumIEEE(s)) }),
			"hex." + t:       textMap(appendHex),
			"to_base64." + t: textMap(base64.StdEncoding.AppendEncode),
		})
	}
	register(map[string]Maker{
		"hex.int":                        strict(hexInt),
		"bin.int":                        strict(binInt),
		"bin.string":                     textMap(binText),
		"unhex.string":                   textTry(unhex),
		"to_base.bigint_integer_integer": strict(toBase),
		"encode.string":                  strict(retype),
		"decode.binary":                  strict(decode),
		"from_base64.string":             textTry(fromBase64),
		"url_encode.string": textMap(func(dst, s []byte) []byte {
			return append(dst, strings.ReplaceAll(url.QueryEscape(str(s)), "+", "%20")...)
		}),
		"url_decode.string": textMap(urlDecode),
	})
}}

const upperDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func appendHex(dst, s []byte) []byte {
	for _, b := range s {
		dst = append(dst, upperDigits[b>>4], upperDigits[b&15])
	}
	return dst
}

// appendBase appends a 128-bit pattern in a base that is a power of two, without leading zeros.
func appendBase(dst []byte, v data.Int128, shift uint) []byte {
	hi, lo := uint64(v.Hi), v.Lo
	var buf [128]byte
	i := len(buf)
	for {
		i--
		buf[i] = upperDigits[lo&(1<<shift-1)]
		lo = lo>>shift | hi<<(64-shift)
		if hi >>= shift; hi == 0 && lo == 0 {
			return append(dst, buf[i:]...)
		}
	}
}

// patternOf is an integer of any width as its bits: a negative one fills 64 bits, a negative hugeint 128.
func patternOf(a *data.Column, i int) data.Int128 {
	v := intAt(a, i)
	if v.Hi < 0 && a.Type.Phys().Width() < 16 {
		v.Hi = 0
	}
	return v
}

func hexInt(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		return appendBase(dst, patternOf(args[0], i), 4), true, nil
	})
}

func binInt(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		return appendBase(dst, patternOf(args[0], i), 1), true, nil
	})
}

func binText(dst, s []byte) []byte {
	for _, b := range s {
		for k := 7; k >= 0; k-- {
			dst = append(dst, '0'+b>>k&1)
		}
	}
	return dst
}

func unhex(dst, s []byte) ([]byte, error) {
	if len(s)%2 == 1 {
		s = append([]byte{'0'}, s...)
	}
	start := len(dst)
	out, err := hex.AppendDecode(dst, s)
	if err != nil {
		return dst[:start], fault.New(fault.Value, "%s is not hexadecimal", fault.Quote(str(s)))
	}
	return out, nil
}

func toBase(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	x, base := numsOf[int64](args[0]), numsOf[int32](args[1])
	width := nums[int32]{vals: []int32{0}}
	if len(args) > 2 {
		width = numsOf[int32](args[2])
	}
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		v, b, w := x.at(i), base.at(i), width.at(i)
		switch {
		case v < 0:
			return nil, false, fault.New(fault.Value, "to_base needs a number that is not negative, not %d", v)
		case b < 2 || b > 36:
			return nil, false, fault.New(fault.Value, "to_base needs a base of 2 to 36, not %d", b)
		case w < 0 || w > 64:
			return nil, false, fault.New(fault.Value, "to_base pads to 0 to 64 digits, not %d", w)
		}
		var buf [64]byte
		k, u := len(buf), uint64(v)
		for u > 0 || k == len(buf) || len(buf)-k < int(w) {
			var r uint64
			u, r = bits.Div64(0, u, uint64(b))
			k--
			buf[k] = upperDigits[r]
		}
		return append(dst, buf[k:]...), true, nil
	})
}

// retype gives the same bytes another type.
func retype(c *Ctx, args []*data.Column, _ int, _ data.Bitmap) (*data.Column, error) {
	return c.Scratch.As(args[0], c.Ret), nil
}

func decode(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	s := textsOf(args[0])
	err := eachValid(valid, n, func(i int) error {
		if b := s.at(i); !kern.ValidUTF8(b) {
			return rowError(i, "the bytes %s are not UTF-8", fault.Quote(str(b)))
		}
		return nil
	})
	return c.Scratch.As(args[0], c.Ret), err
}

func fromBase64(dst, s []byte) ([]byte, error) {
	start := len(dst)
	out, err := base64.StdEncoding.AppendDecode(dst, s)
	if err != nil {
		return dst[:start], fault.New(fault.Value, "%s is not base64", fault.Quote(str(s)))
	}
	return out, nil
}

// urlDecode leaves percent signs that introduce no byte as they are.
func urlDecode(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if b, err := hex.DecodeString(str(s[i+1 : i+3])); err == nil {
				dst = append(dst, b[0])
				i += 2
				continue
			}
		}
		dst = append(dst, s[i])
	}
	return dst
}
