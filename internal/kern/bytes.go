package kern

import "unsafe"

// The loops below see eight bytes at once in a word.
const (
	eachByte = 0x0101010101010101
	lowBits  = 0x7F * eachByte
)

// ASCII reports whether all bytes of b are below 0x80.
func ASCII(b []byte) bool {
	if hasVectors && len(b) >= 128 {
		return asciiVector(b)
	}
	return asciiWords(b)
}

func asciiWords(b []byte) bool {
	for len(b) >= 64 {
		x := (*[8]uint64)(unsafe.Pointer(unsafe.SliceData(b)))
		if (x[0]|x[1]|x[2]|x[3]|x[4]|x[5]|x[6]|x[7])&highBits != 0 {
			return false
		}
		b = b[64:]
	}
	o := byte(0)
	for _, c := range b {
		o |= c
	}
	return o < 0x80
}

// TextCheck tells whether texts are UTF-8, many short ones at a time where vectors make that faster. Its zero value is ready.
type TextCheck struct {
	n    int // bytes that wait in the buffer
	bad  bool
	room [4096]byte
}

// Add adds a text, whose bytes are not needed afterwards, and reports whether all is well as far as it knows.
func (c *TextCheck) Add(s []byte) bool {
	switch {
	case !hasVectors || len(s) >= len(c.room)/4:
		c.bad = c.bad || !ValidUTF8(s)
	case c.n+len(s) >= len(c.room):
		c.Sound()
		fallthrough
	default:
		copy(c.room[c.n:], s)
		c.n += len(s)
		c.room[c.n] = 0 // ends what the text may have left open
		c.n++
	}
	return !c.bad
}

// Sound reports whether all texts that were added are UTF-8.
func (c *TextCheck) Sound() bool {
	if c.n > 0 {
		c.bad = c.bad || !ValidUTF8(c.room[:c.n])
		c.n = 0
	}
	return !c.bad
}

// Marks are three bytes to look for.
type Marks struct{ Delim, End, Quote byte }

// Find sets bit i of seps if byte i of text is Delim or End, of ends if it is End, and of quotes if it is Quote, and reports whether some byte is
// not ASCII. text has 64 bytes for each word of seps; the others are as long as that.
func (m Marks) Find(seps, ends, quotes []uint64, text []byte) (wide bool) {
	ends, quotes, text = ends[:len(seps)], quotes[:len(seps)], text[:64*len(seps)]
	if hasVectors {
		return m.findVector(seps, ends, quotes, text)
	}
	return m.findWords(seps, ends, quotes, text)
}

func (m Marks) findWords(seps, ends, quotes []uint64, text []byte) bool {
	delim, end, quote := uint64(m.Delim)*eachByte, uint64(m.End)*eachByte, uint64(m.Quote)*eachByte
	others := (delim | end | quote) & highBits // not zero: marks that are not ASCII
	var all uint64
	for b := range seps {
		x := (*[8]uint64)(unsafe.Pointer(unsafe.SliceData(text[b<<6:])))
		s, e, q, seen := markASCII(x, delim, end, quote)
		if (seen|others)&highBits != 0 {
			s, e, q = markAny(x, delim, end, quote)
		}
		seps[b], ends[b], quotes[b] = s, e, q
		all |= seen
	}
	return all&highBits != 0
}

// markASCII returns the marks of 64 bytes, and all bytes ORed. Where one of these is not ASCII the marks are void; delim, end and quote must be
// ASCII.
func markASCII(x *[8]uint64, delim, end, quote uint64) (seps, ends, quotes, seen uint64) {
	for i := 7; i >= 0; i-- {
		w := x[i]
		seen |= w
		// The sums' high bits are clear in the bytes where there is a match.
		e := (w ^ end) + lowBits
		q := (w ^ quote) + lowBits
		w = ((w ^ delim) + lowBits) & e
		seps = seps<<8 | w&highBits*gatherHigh>>56
		ends = ends<<8 | e&highBits*gatherHigh>>56
		quotes = quotes<<8 | q&highBits*gatherHigh>>56
	}
	return ^seps, ^ends, ^quotes, seen
}

// markAny is markASCII for any bytes.
func markAny(x *[8]uint64, delim, end, quote uint64) (seps, ends, quotes uint64) {
	for i, w := range x {
		e := notZero(w ^ end)
		seps |= notZero(w^delim) & e & highBits * gatherHigh >> 56 << (8 * i)
		ends |= e & highBits * gatherHigh >> 56 << (8 * i)
		quotes |= notZero(w^quote) & highBits * gatherHigh >> 56 << (8 * i)
	}
	return ^seps, ^ends, ^quotes
}

// notZero sets the high bit of each byte of x that is not zero; the other bits are void.
func notZero(x uint64) uint64 { return (x&lowBits + lowBits) | x }

// gatherHigh multiplied with a word of high bits has the one of byte i at bit 56+i, as no two products of a bit of each meet.
const gatherHigh = 0x0002040810204081
