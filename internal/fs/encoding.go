package fs

import (
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/siksik-data/siksik/fault"
)

// Encoding is how characters are stored in text files.
type Encoding uint8

// The encodings.
const (
	UTF8   Encoding = iota
	UTF16           // little-endian unless a byte order mark says otherwise
	Latin1          // a byte for each of the first 256 characters, of which 128 to 159 are refused
)

// Encoding reads the option encoding.
func (o *Options) Encoding() Encoding {
	name := o.String("utf-8", "encoding")
	switch strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name)) {
	case "utf8":
	case "utf16", "utf16le":
		return UTF16
	case "latin1", "iso88591":
		return Latin1
	default:
		o.Fail(fault.New(fault.Unsupported, "encoding %q cannot be read", name).WithHint("known: utf-8, utf-16, latin-1; convert the file, for example with iconv"))
	}
	return UTF8
}

// Transcode makes Reader deliver UTF-8 from files in another encoding, which are then read from start to end.
func (s *Files) Transcode(e Encoding) { s.encoding = e }

// transcoder makes UTF-8 of the text that it reads.
type transcoder struct {
	io.ReadCloser
	from  Encoding
	path  string
	raw   []byte // read and not decoded yet
	buf   [32 << 10]byte
	out   []byte // decoded and not delivered yet
	text  []byte // the memory of out
	begun bool
	big   bool // UTF-16 with the high byte first
	err   error
}

// Read implements io.Reader.
func (t *transcoder) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		have := copy(t.buf[:], t.raw)
		n, err := t.ReadCloser.Read(t.buf[have:])
		t.raw, t.err = t.buf[:have+n], err
		t.decode()
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

// decode decodes what is whole of raw, and all of it at the end.
func (t *transcoder) decode() {
	t.text = t.text[:0]
	if t.from == Latin1 {
		for _, c := range t.raw {
			if c >= 0x80 && c < 0xA0 {
				t.fail("Latin-1")
				break
			}
			t.text = utf8.AppendRune(t.text, rune(c))
		}
		t.raw = nil
	} else {
		t.utf16()
	}
	t.out = t.text
}

func (t *transcoder) utf16() {
	b := t.raw
	if !t.begun && len(b) >= 2 {
		t.begun = true
		if mark := t.unit(b); mark == 0xFEFF {
			b = b[2:]
		} else if mark == 0xFFFE {
			t.big, b = true, b[2:]
		}
	}
	for len(b) >= 2 {
		r, size := rune(t.unit(b)), 2
		if utf16.IsSurrogate(r) {
			if len(b) < 4 {
				break
			}
			if r, size = utf16.DecodeRune(r, rune(t.unit(b[2:]))), 4; r == utf8.RuneError {
				t.fail("UTF-16")
				return
			}
		}
		t.text = utf8.AppendRune(t.text, r)
		b = b[size:]
	}
	if t.raw = b; t.err == io.EOF && len(b) > 0 {
		t.fail("UTF-16")
	}
}

// fail ends the text with an error after what is decoded so far. The bytes that Latin-1 has for control characters are letters in other encodings.
func (t *transcoder) fail(encoding string) {
	e := fault.New(fault.Data, "the text is not %s", encoding).WithHint("is the option encoding right?")
	e.Pos.Source = t.path
	t.err = e
}

func (t *transcoder) unit(b []byte) uint16 {
	if t.big {
		return uint16(b[0])<<8 | uint16(b[1])
	}
	return uint16(b[1])<<8 | uint16(b[0])
}
