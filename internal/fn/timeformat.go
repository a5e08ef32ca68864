package fn

import (
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// fmtItem is one piece of a date format: a literal or a specifier.
type fmtItem struct {
	code  byte // 0: literal
	bare  bool // %-d: without padding
	width int  // digits of a fraction; 0 is as many as there are
	lit   string
}

// dateFormat is a parsed format such as %Y-%m-%d. The specifiers are those of DuckDB; %F, %T, %D, %R, %e, %.f, %3f, %6f, %9f and %:z, which frames
// use, as well.
type dateFormat struct {
	text  string
	items []fmtItem
}

// composite formats stand for others.
var compositeFormats = map[byte]string{'c': "%Y-%m-%d %H:%M:%S", 'x': "%Y-%m-%d", 'X': "%H:%M:%S", 'F': "%Y-%m-%d", 'T': "%H:%M:%S", 'D': "%m/%d/%y", 'R': "%H:%M"}

const plainCodes = "aAwudbhBmyYGHIpMSgfnjUWVzZ"

// parseFormat reads a format, or says what is wrong with it.
func parseFormat(text string) (*dateFormat, error) {
	f := &dateFormat{text: text}
	if err := f.add(text); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *dateFormat) literal(s string) {
	if n := len(f.items); n > 0 && f.items[n-1].code == 0 {
		f.items[n-1].lit += s
		return
	}
	f.items = append(f.items, fmtItem{lit: s})
}

func (f *dateFormat) add(text string) error {
	for i := 0; i < len(text); {
		if text[i] != '%' {
			end := strings.IndexByte(text[i:], '%')
			if end < 0 {
				end = len(text) - i
			}
			f.literal(text[i : i+end])
			i += end
			continue
		}
		size, err := f.specifier(text[i:])
		if err != nil {
			return err
		}
		i += size
	}
	return nil
}

// specifier reads what starts with a percent sign and returns its length.
func (f *dateFormat) specifier(s string) (int, error) {
	rest, it := s[1:], fmtItem{}
	switch {
	case strings.HasPrefix(rest, "-"):
		it.bare, rest = true, rest[1:]
	case strings.HasPrefix(rest, ".f"):
		f.literal(".")
		it.width, rest = 9, rest[1:]
	case len(rest) > 1 && rest[1] == 'f' && strings.ContainsRune("369", rune(rest[0])):
		it.width, rest = int(rest[0]-'0'), rest[1:]
	case len(rest) > 2 && rest[0] == '.' && rest[2] == 'f' && strings.ContainsRune("369", rune(rest[1])):
		f.literal(".")
		it.width, rest = int(rest[1]-'0'), rest[2:]
	case strings.HasPrefix(rest, ":z"):
		rest = rest[1:]
	}
	if rest == "" {
		return 0, fault.New(fault.Value, "the date format %s ends with a lone %%", fault.Quote(f.text))
	}
	code := rest[0]
	size := len(s) - len(rest) + 1
	switch {
	case code == '%':
		f.literal("%")
	case code == 'e':
		f.items = append(f.items, fmtItem{code: 'd', bare: true})
	case compositeFormats[code] != "":
		return size, f.add(compositeFormats[code])
	case strings.IndexByte(plainCodes, code) >= 0:
		it.code = code
		f.items = append(f.items, it)
	default:
		return 0, fault.New(fault.Value, "unknown specifier %%%c in the date format %s", code, fault.Quote(f.text))
	}
	return size, nil
}

var (
	dayNames   = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
)

// TimeFormat reads text as times by a format such as %d/%m/%Y, for who has no column of text: readers of files. It is safe for concurrent use.
type TimeFormat struct{ f *dateFormat }

// NewTimeFormat reads a format, or says what is wrong with it.
func NewTimeFormat(text string) (*TimeFormat, error) {
	f, err := parseFormat(text)
	if err != nil {
		return nil, err
	}
	return &TimeFormat{f}, nil
}

// String returns the format as it is written.
func (f *TimeFormat) String() string { return f.f.text }

// Parse reads text as a Date, Time or Timestamp: days, microseconds, or units since the epoch. Space around the text is passed over.
func (f *TimeFormat) Parse(t dtype.Type, text []byte) (v int64, ok bool) {
	var p parsed
	if !f.f.parse(&p, trimSpaces(text)) {
		return 0, false
	}
	v, why := p.value(t)
	return v, why == ""
}
