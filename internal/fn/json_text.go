package fn

import (
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// A JSON value is handled as its text: a scan validates it, and a path is followed by skipping values. Numbers keep their digits.

// jsonDepthMax is how deep values may nest.
const jsonDepthMax = 1000

// jsonScan reads one text. Its methods return false at the first byte that is wrong, and leave at there.
type jsonScan struct {
	s     []byte
	at    int
	depth int
}

// checkJSON says where a text is no JSON value.
func checkJSON(s []byte) error {
	p := jsonScan{s: s}
	p.space()
	if p.value() {
		p.space()
		if p.at == len(s) {
			return nil
		}
	}
	return fault.New(fault.Value, "malformed JSON at byte %d of %s", p.at, fault.Quote(str(s)))
}

func (p *jsonScan) space() {
	for p.at < len(p.s) && (p.s[p.at] == ' ' || p.s[p.at] == '\n' || p.s[p.at] == '\t' || p.s[p.at] == '\r') {
		p.at++
	}
}

func (p *jsonScan) take(b byte) bool {
	if p.at < len(p.s) && p.s[p.at] == b {
		p.at++
		return true
	}
	return false
}

// value skips one value.
func (p *jsonScan) value() bool {
	if p.at >= len(p.s) {
		return false
	}
	switch p.s[p.at] {
	case '{':
		return p.group('}', true)
	case '[':
		return p.group(']', false)
	case '"':
		return p.text()
	case 't':
		return p.word("true")
	case 'f':
		return p.word("false")
	case 'n':
		return p.word("null")
	default:
		return p.number()
	}
}

// group skips an object or array.
func (p *jsonScan) group(end byte, keys bool) bool {
	if p.depth++; p.depth > jsonDepthMax {
		return false
	}
	p.at++
	p.space()
	if p.take(end) {
		p.depth--
		return true
	}
	for {
		p.space()
		if keys {
			if p.at >= len(p.s) || p.s[p.at] != '"' || !p.text() {
				return false
			}
			p.space()
			if !p.take(':') {
				return false
			}
			p.space()
		}
		if !p.value() {
			return false
		}
		p.space()
		if p.take(end) {
			p.depth--
			return true
		}
		if !p.take(',') {
			return false
		}
	}
}

func (p *jsonScan) word(w string) bool {
	if len(p.s)-p.at >= len(w) && str(p.s[p.at:p.at+len(w)]) == w {
		p.at += len(w)
		return true
	}
	return false
}

// text skips a string.
func (p *jsonScan) text() bool {
	p.at++
	for p.at < len(p.s) {
		switch b := p.s[p.at]; {
		case b == '"':
			p.at++
			return true
		case b < 0x20:
			return false
		case b == '\\':
			if !p.escape() {
				return false
			}
		default:
			p.at++
		}
	}
	return false
}

func (p *jsonScan) escape() bool {
	if p.at+1 >= len(p.s) {
		return false
	}
	switch p.s[p.at+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		p.at += 2
		return true
	case 'u':
		if p.at+6 > len(p.s) {
			return false
		}
		if _, err := strconv.ParseUint(str(p.s[p.at+2:p.at+6]), 16, 16); err != nil {
			return false
		}
		p.at += 6
		return true
	default:
		return false
	}
}

// number skips a number: no leading zeros, and digits on both sides of a point.
func (p *jsonScan) number() bool {
	p.take('-')
	if !p.take('0') && !p.run() {
		return false
	}
	if p.take('.') && !p.run() {
		return false
	}
	if p.take('e') || p.take('E') {
		if !p.take('+') {
			p.take('-')
		}
		return p.run()
	}
	return true
}

func (p *jsonScan) run() bool {
	from := p.at
	for p.at < len(p.s) && p.s[p.at]-'0' <= 9 {
		p.at++
	}
	return p.at > from
}

// eachMember calls f for the members of a valid object, or the elements of an array with a nil key, until f returns false.
func eachMember(v []byte, f func(key, value []byte) bool) {
	if v[0] != '{' && v[0] != '[' {
		return
	}
	p := jsonScan{s: v, at: 1}
	for {
		p.space()
		if p.at >= len(v) || v[p.at] == '}' || v[p.at] == ']' {
			return
		}
		var key []byte
		if v[0] == '{' {
			from := p.at
			p.text()
			key = v[from:p.at]
			p.space()
			p.at++
			p.space()
		}
		from := p.at
		p.value()
		if !f(key, v[from:p.at]) {
			return
		}
		p.space()
		p.take(',')
	}
}

// jsonStep is one step of a path.
type jsonStep struct {
	key     string
	index   int64
	isIndex bool
}

// noIndex is the index of a step that is only a key.
const noIndex = -1 << 62

// parsePath reads $.a[0]."b c", /a/0/b, or a plain key.
func parsePath(text string) ([]jsonStep, error) {
	switch {
	case text == "":
		return []jsonStep{}, nil
	case text[0] == '/':
		return parsePointer(text), nil
	case len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"':
		return []jsonStep{{key: text[1 : len(text)-1], index: noIndex}}, nil
	case text[0] != '$':
		return []jsonStep{{key: text, index: noIndex}}, nil
	}
	steps, rest := []jsonStep{}, text[1:]
	for rest != "" {
		st, size := parseStep(rest)
		if size == 0 {
			if strings.HasPrefix(rest, ".*") || strings.HasPrefix(rest, "[*]") || strings.HasPrefix(rest, "..") {
				return nil, fault.New(fault.Unsupported, "wildcards such as %s in the JSON path %s are not supported", fault.Quote(rest), fault.Quote(text))
			}
			return nil, fault.New(fault.Value, "bad JSON path %s near %s", fault.Quote(text), fault.Quote(rest))
		}
		steps = append(steps, st)
		rest = rest[size:]
	}
	return steps, nil
}

// parsePointer reads the path of RFC 6901; numbers serve as keys and as indexes.
func parsePointer(text string) []jsonStep {
	var steps []jsonStep
	for _, part := range strings.Split(text[1:], "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		st := jsonStep{key: part, index: noIndex}
		if k, err := strconv.ParseInt(part, 10, 64); err == nil && k >= 0 {
			st.index = k
		}
		steps = append(steps, st)
	}
	return steps
}

// parseStep reads .key, ."key", [3], [-1] or [#-1] and returns its length, or 0.
func parseStep(s string) (jsonStep, int) {
	switch {
	case strings.HasPrefix(s, `."`):
		if end := strings.IndexByte(s[2:], '"'); end >= 0 {
			return jsonStep{key: s[2 : 2+end], index: noIndex}, end + 3
		}
	case s[0] == '.':
		end := 1
		for end < len(s) && s[end] != '.' && s[end] != '[' {
			end++
		}
		if end > 1 && s[1] != '*' {
			return jsonStep{key: s[1:end], index: noIndex}, end
		}
	case s[0] == '[':
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return jsonStep{}, 0
		}
		if s[1:end] == "#" { // one past the last element
			return jsonStep{index: -noIndex, isIndex: true}, end + 1
		}
		k, err := strconv.ParseInt(strings.TrimPrefix(s[1:end], "#"), 10, 64)
		if err == nil && (s[1] != '#' || k < 0) {
			return jsonStep{index: k, isIndex: true}, end + 1
		}
	}
	return jsonStep{}, 0
}

// findJSON follows a path from a valid text.
func findJSON(s []byte, steps []jsonStep) ([]byte, bool) {
	v := trimSpaces(s)
	for _, st := range steps {
		var found []byte
		switch v[0] {
		case '{':
			if st.isIndex {
				return nil, false
			}
			eachMember(v, func(key, value []byte) bool {
				if keyIs(key, st.key) {
					found = value
				}
				return found == nil
			})
		case '[':
			k := st.index
			if k < 0 && k > noIndex {
				eachMember(v, func(_, _ []byte) bool { k++; return true })
			}
			eachMember(v, func(_, value []byte) bool {
				if k == 0 {
					found = value
				}
				k--
				return k >= 0
			})
		}
		if found == nil {
			return nil, false
		}
		v = found
	}
	return v, true
}

// keyIs compares a quoted key with a plain one.
func keyIs(quoted []byte, key string) bool {
	in := quoted[1 : len(quoted)-1]
	if strings.IndexByte(str(in), '\\') < 0 {
		return str(in) == key
	}
	return string(compute.AppendUnquoted(nil, quoted)) == key
}

// appendMinified appends a valid value without the white space between its parts.
func appendMinified(dst, v []byte) []byte {
	inText := false
	for i := 0; i < len(v); i++ {
		b := v[i]
		switch {
		case inText && b == '\\':
			dst = append(dst, b, v[i+1])
			i++
			continue
		case b == '"':
			inText = !inText
		case !inText && blank(b):
			continue
		}
		dst = append(dst, b)
	}
	return dst
}

// jsonTypeOf names the type of a valid value.
func jsonTypeOf(v []byte) string {
	switch v[0] {
	case '{':
		return "OBJECT"
	case '[':
		return "ARRAY"
	case '"':
		return "VARCHAR"
	case 't', 'f':
		return "BOOLEAN"
	case 'n':
		return "NULL"
	}
	if _, err := strconv.ParseUint(str(v), 10, 64); err == nil {
		return "UBIGINT"
	}
	if _, err := strconv.ParseInt(str(v), 10, 64); err == nil {
		return "BIGINT"
	}
	return "DOUBLE"
}

// holdsJSON reports whether a or a part of it at any depth covers b. An object covers one with some of its keys, whose values it covers, and an array one whose
// elements are each covered by an element.
func holdsJSON(a, b []byte) bool {
	if coversJSON(a, b) {
		return true
	}
	found := false
	eachMember(a, func(_, v []byte) bool {
		found = holdsJSON(v, b)
		return !found
	})
	return found
}

// coversJSON reports whether b is a, or holds only what a holds at the same place.
func coversJSON(a, b []byte) bool {
	switch {
	case a[0] == '{' && b[0] == '{':
		ok := true
		eachMember(b, func(key, want []byte) bool {
			v, found := findJSON(a, []jsonStep{{key: string(compute.AppendUnquoted(nil, key))}})
			ok = found && coversJSON(v, want)
			return ok
		})
		return ok
	case a[0] == '[' && b[0] == '[':
		ok := true
		eachMember(b, func(_, want []byte) bool {
			ok = holdsElement(a, want)
			return ok
		})
		return ok
	default:
		return sameJSON(a, b)
	}
}

func holdsElement(list, want []byte) bool {
	found := false
	eachMember(list, func(_, v []byte) bool {
		found = coversJSON(v, want)
		return !found
	})
	return found
}

// sameJSON compares two values that are not both containers.
func sameJSON(a, b []byte) bool {
	if a[0] == '"' && b[0] == '"' {
		return string(compute.AppendUnquoted(nil, a)) == string(compute.AppendUnquoted(nil, b))
	}
	if str(a) == str(b) {
		return true
	}
	x, errX := strconv.ParseFloat(str(a), 64)
	y, errY := strconv.ParseFloat(str(b), 64)
	return errX == nil && errY == nil && x == y
}
