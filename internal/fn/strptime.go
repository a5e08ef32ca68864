package fn

import (
	"strings"
	"unicode"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// Strptime is text as times.
var Strptime = &Set{add: func(register adder) {
	register(map[string]Maker{
		"strptime.string_string":        parseMaker(false),
		"strptime.list":                 parseMaker(false),
		"try_strptime.string_string":    parseMaker(true),
		"try_strptime.list":             parseMaker(true),
		"str_to_date.string_string":     parseMaker(false),
		"try_str_to_date.string_string": parseMaker(true),
		"str_to_time.string_string":     parseMaker(false),
		"try_str_to_time.string_string": parseMaker(true),
	})
}}

// parseMaker prepares one constant format or a constant list of them; try makes other text null.
func parseMaker(try bool) Maker {
	return func(consts []*data.Column, ret dtype.Type) (Impl, error) {
		var fixed []*dateFormat
		if k := consts[1]; k != nil && !k.IsNull(0) {
			var err error
			if fixed, err = formatsOf(k.Value(0)); err != nil {
				return nil, err
			}
		}
		return strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
			if c.Ret.Phys() == dtype.PhysI32 {
				return parseRows[int32](c, args, fixed, try, n, valid)
			}
			return parseRows[int64](c, args, fixed, try, n, valid)
		}), nil
	}
}

// formatsOf parses a format or a list of formats.
func formatsOf(v data.Scalar) ([]*dateFormat, error) {
	list := []data.Scalar{v}
	if v.Type.Kind == dtype.List {
		list = v.Kids
	}
	var out []*dateFormat
	for _, k := range list {
		if k.Null {
			continue
		}
		if k.S == "" {
			return nil, fault.New(fault.Value, "a date format must not be empty")
		}
		f, err := parseFormat(k.S)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func parseRows[T int32 | int64](c *Ctx, args []*data.Column, fixed []*dateFormat, try bool, n int, valid data.Bitmap) (*data.Column, error) {
	dst, s := compute.Make[T](c.Scratch, n), textsOf(args[0])
	clear(dst)
	formats := fixed
	var gone nulls
	err := eachValid(valid, n, func(i int) error {
		if fixed == nil {
			var err error
			if formats, err = formatsOf(args[1].Value(i)); err != nil {
				return atRow(i, err)
			}
		}
		own := s.at(i)
		v, ok, err := parseFirst(c.Ret, own, formats)
		switch {
		case ok:
			dst[i] = T(v)
		case try:
			gone.mark(c, i, n, valid)
		case err != nil:
			return atRow(i, err)
		default:
			return atRow(i, unparsed(own, formats))
		}
		return nil
	})
	return num(c, dst, gone.or(valid)), err
}

func unparsed(s []byte, formats []*dateFormat) error {
	texts := make([]string, len(formats))
	for i, f := range formats {
		texts[i] = fault.Quote(f.text)
	}
	return fault.New(fault.Value, "%s does not match the date format %s", fault.Quote(str(s)), strings.Join(texts, " or "))
}

// parseFirst parses by the first format that fits. The error is that of the last format whose shape fitted while its date does not exist.
func parseFirst(t dtype.Type, s []byte, formats []*dateFormat) (v int64, ok bool, err error) {
	s = trimSpaces(s)
	if v, ok := specialDate(t, s); ok {
		return v, true, nil
	}
	for _, f := range formats {
		var p parsed
		if !f.parse(&p, s) {
			continue
		}
		v, why := p.value(t)
		if why == "" {
			return v, true, nil
		}
		err = fault.New(fault.Value, "%s is no date: %s", fault.Quote(str(s)), why)
	}
	return 0, false, err
}

// trimSpaces cuts white space at both ends.
func trimSpaces(s []byte) []byte {
	for len(s) > 0 && blank(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func blank(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

// specialDate reads infinity and -infinity.
func specialDate(t dtype.Type, s []byte) (int64, bool) {
	if len(s) < 8 || s[0] != 'i' && s[0] != '-' || t.Kind == dtype.Time {
		return 0, false
	}
	v := data.TimestampInfinity
	if t.Kind == dtype.Date {
		v = data.DateInfinity
	}
	switch str(s) {
	case "infinity":
		return v, true
	case "-infinity":
		return -v, true
	default:
		return 0, false
	}
}

// parsed is what a text said; parts that it did not mention have their defaults.
type parsed struct {
	year, month, dom     int64
	hour, minute, second int64
	nanos                int64
	offset               int64 // seconds
	dayOfYear            int64 // from 1; 0: not given
	weekday              int64 // Monday is 0; with week
	week                 int64
	weekKind             byte // U, W or V; 0: not given
	hasWeekday           bool
	isoYear              int64
	from                 byte // what the day follows from instead of year, month and day: U, W, V, G or j; 0 for none
	hasYear, hasDom      bool
	clash                bool // two specifiers that cannot go together
	half                 int8 // 1: AM, 2: PM
	zone                 string
}

// parse reads s by the format and reports whether it fits to its end.
func (f *dateFormat) parse(p *parsed, s []byte) bool {
	p.year, p.month, p.dom = 1900, 1, 1
	at := 0
	var ok bool
	for i := range f.items {
		it := &f.items[i]
		if it.code == 0 {
			if at = literalEnd(s, at, it.lit); at < 0 {
				return false
			}
			continue
		}
		if at, ok = p.item(it, s, at); !ok {
			return false
		}
	}
	return at == len(s) && !p.clash && p.finish()
}

// literalEnd matches a literal at s[at:]; a space matches any run of white space.
func literalEnd(s []byte, at int, lit string) int {
	for k := 0; k < len(lit); k++ {
		if lit[k] == ' ' {
			for at < len(s) && blank(s[at]) {
				at++
			}
			continue
		}
		if at >= len(s) || s[at] != lit[k] {
			return -1
		}
		at++
	}
	return at
}

// finish settles the hour of the half day, which must be one of 1 to 12.
func (p *parsed) finish() bool {
	if p.half != 0 && (p.hour < 1 || p.hour > 12) {
		return false
	}
	switch p.half {
	case 1:
		p.hour %= 12
	case 2:
		p.hour = p.hour%12 + 12
	}
	return true
}

// follow notes that the day follows from a week, ISO year or day of the year. Two of them clash, except for an ISO week in an ISO year, and so do an ISO week
// or a year counted in weeks and a plain year before them; an ISO year after a plain one is passed over. It reports whether the specifier counts.
func (p *parsed) follow(code byte) bool {
	switch {
	case code == 'G' && p.hasYear:
		return false
	case p.from == 0, p.from == code, p.from == 'V' && code == 'G', p.from == 'G' && code == 'V':
		p.clash = p.clash || code == 'V' && p.hasYear && !p.hasDom
	default:
		p.clash = true
	}
	p.from = code
	return true
}

// plainYear sets the year, which takes the place of an ISO year or week before it.
func (p *parsed) plainYear(v int64) {
	p.year, p.hasYear = v, true
	if p.from == 'G' || p.from == 'V' {
		p.from, p.isoYear, p.weekKind = 0, 0, 0
	}
}

// digits reads a number of up to most digits at s[at:].
func digits(s []byte, at, most int) (v int64, end int, ok bool) {
	end = at
	for end < len(s) && end-at < most {
		d := s[end] - '0'
		if d > 9 {
			break
		}
		v = v*10 + int64(d)
		end++
	}
	return v, end, end > at
}

// numeric lists the specifiers that are plain numbers: most digits and range.
var numeric = [128]struct {
	most   int
	lo, hi int64
}{'d': {2, 1, 31}, 'm': {2, 1, 12}, 'H': {2, 0, 23}, 'I': {2, 1, 12}, 'M': {2, 0, 59}, 'S': {2, 0, 59}, 'j': {3, 1, 366}, 'y': {2, 0, 99},
	'w': {1, 0, 6}, 'u': {1, 1, 7}, 'U': {2, 0, 53}, 'W': {2, 0, 53}, 'V': {2, 1, 53}}

// item reads one specifier.
func (p *parsed) item(it *fmtItem, s []byte, at int) (int, bool) {
	if r := numeric[it.code]; r.most > 0 {
		v, end, ok := digits(s, at, r.most)
		if !ok || v < r.lo || v > r.hi {
			return at, false
		}
		p.set(it.code, v)
		return end, true
	}
	switch it.code {
	case 'Y', 'G':
		return p.yearItem(it.code, s, at)
	case 'f', 'g', 'n':
		return p.fraction(it, s, at)
	case 'a', 'A':
		k, end := nameAt(s, at, dayNames[:], it.code == 'A')
		p.weekday, p.hasWeekday = int64(k+6)%7, true
		return end, k >= 0
	case 'b', 'h', 'B':
		k, end := nameAt(s, at, monthNames[:], it.code == 'B')
		p.month = int64(k) + 1
		return end, k >= 0
	case 'p':
		if at+2 > len(s) || s[at+1]|32 != 'm' || s[at]|32 != 'a' && s[at]|32 != 'p' {
			return at, false
		}
		p.half = 1
		if s[at]|32 == 'p' {
			p.half = 2
		}
		return at + 2, true
	case 'z':
		return p.offsetItem(s, at)
	default: // 'Z'
		end := at
		for end < len(s) && (unicode.IsLetter(rune(s[end])) || strings.IndexByte("/_+-0123456789", s[end]) >= 0) {
			end++
		}
		p.zone = string(s[at:end])
		return end, end > at
	}
}

// set stores a plain number.
func (p *parsed) set(code byte, v int64) {
	switch code {
	case 'd':
		p.dom, p.hasDom = v, true
	case 'm':
		p.month = v
	case 'H', 'I':
		p.hour = v
	case 'M':
		p.minute = v
	case 'S':
		p.second = v
	case 'j':
		p.follow(code)
		p.dayOfYear = v
	case 'y':
		if v < 69 {
			v += 100
		}
		p.plainYear(1900 + v)
	case 'w':
		p.weekday, p.hasWeekday = (v+6)%7, true
	case 'u':
		p.weekday, p.hasWeekday = v-1, true
	default: // U, W, V
		p.follow(code)
		p.week, p.weekKind = v, code
	}
}

func (p *parsed) yearItem(code byte, s []byte, at int) (int, bool) {
	negative := at < len(s) && s[at] == '-'
	if negative {
		at++
	}
	v, end, ok := digits(s, at, 4)
	if negative {
		v = -v
	}
	if code == 'Y' {
		p.plainYear(v)
	} else if p.follow(code) {
		p.year, p.isoYear = v, v
	}
	return end, ok
}

// fraction reads the digits after a decimal point: up to six for %f, three for %g, nine for %n.
func (p *parsed) fraction(it *fmtItem, s []byte, at int) (int, bool) {
	most := 6
	switch {
	case it.width > 0:
		most = it.width
	case it.code == 'g':
		most = 3
	case it.code == 'n':
		most = 9
	}
	v, end, ok := digits(s, at, most)
	for k := end - at; k < 9; k++ {
		v *= 10
	}
	p.nanos = v
	return end, ok
}

// offsetItem reads Z, +HH, +HHMM or +HH:MM with optional seconds.
func (p *parsed) offsetItem(s []byte, at int) (int, bool) {
	if at < len(s) && (s[at] == 'Z' || s[at] == 'z') {
		return at + 1, true
	}
	if at >= len(s) || s[at] != '+' && s[at] != '-' {
		return at, false
	}
	sign := int64(44 - int(s[at]))
	h, end, ok := digits(s, at+1, 2)
	if !ok || end != at+3 {
		return at, false
	}
	off := h * 3600
	for _, scale := range []int64{60, 1} {
		k := end
		if k < len(s) && s[k] == ':' {
			k++
		}
		v, e, ok := digits(s, k, 2)
		if !ok || e != k+2 {
			break
		}
		off, end = off+v*scale, e
	}
	p.offset = sign * off
	return end, true
}

// nameAt finds a name, or its first three letters, at s[at:], ignoring case, and returns its number or -1.
func nameAt(s []byte, at int, names []string, full bool) (k, end int) {
	for k, name := range names {
		if !full {
			name = name[:3]
		}
		if end := at + len(name); end <= len(s) && strings.EqualFold(str(s[at:end]), name) {
			return k, end
		}
	}
	return -1, at
}

// value puts the parts together as a value of t; why says what is wrong with them, if anything.
func (p *parsed) value(t dtype.Type) (v int64, why string) {
	per := int64(1_000_000)
	if t.Kind == dtype.Timestamp {
		per = t.Unit.PerSecond()
	}
	clock := (p.hour*3600+p.minute*60+p.second)*per + p.nanos/(nanosPerSecond/per)
	if t.Kind == dtype.Time {
		return clock, ""
	}
	day, why := p.day()
	switch {
	case why != "":
		return 0, why
	case t.Kind == dtype.Date:
		return day, ""
	}
	v = day*daySeconds*per + clock
	if v/per/daySeconds-day > 1 || v/per/daySeconds-day < -1 {
		return 0, "it is out of the range of " + t.String()
	}
	if p.zone != "" {
		z, err := openZone(p.zone)
		if err != nil {
			return 0, err.Error()
		}
		return v - (floorDiv(v, per)-z.instant(floorDiv(v, per)))*per, ""
	}
	return v - p.offset*per, ""
}

// day finds the day from the parts that were given.
func (p *parsed) day() (day int64, why string) {
	switch {
	case p.weekKind != 0 && !p.hasDom:
		return p.weekDay()
	case p.dayOfYear > 0:
		day = data.DaysFromCivil(p.year, 1, 1) + p.dayOfYear - 1
		if p.dayOfYear == 366 && data.DaysInMonth(p.year, 2) != 29 {
			return 0, "the year has 365 days"
		}
		return day, ""
	case p.dom > 28 && p.dom > int64(data.DaysInMonth(p.year, int(p.month))):
		return 0, "the month has fewer days"
	}
	return data.DaysFromCivil(p.year, int(p.month), int(p.dom)), ""
}

// weekDay finds the day from a week number and a weekday, Monday if none was given (Sunday for %U).
func (p *parsed) weekDay() (int64, string) {
	switch p.weekKind {
	case 'V':
		y := p.year
		if p.isoYear != 0 {
			y = p.isoYear
		}
		fourth := data.DaysFromCivil(y, 1, 4)
		return fourth - floorMod(fourth+3, 7) + 7*(p.week-1) + p.weekday, ""
	case 'W':
		jan := data.DaysFromCivil(p.year, 1, 1)
		return jan + floorMod(7-floorMod(jan+3, 7), 7) + 7*(p.week-1) + p.weekday, ""
	default: // 'U'
		wd := int64(0)
		if p.hasWeekday {
			wd = (p.weekday + 1) % 7
		}
		jan := data.DaysFromCivil(p.year, 1, 1)
		return jan + floorMod(7-floorMod(jan+4, 7), 7) + 7*(p.week-1) + wd, ""
	}
}
