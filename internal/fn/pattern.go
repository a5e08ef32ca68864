package fn

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// pattern is a compiled regular expression with what is known to be in every match.
type pattern struct {
	re     *regexp.Regexp
	walk   *walker // does what re does, or nil
	need   []byte  // a text that every match contains; empty if none is known
	exact  bool    // need is all there is to match, anywhere
	global bool    // option g
}

// compilePattern compiles a pattern with option letters; whole makes it match all of a text.
func compilePattern(text, options string, whole bool) (*pattern, error) {
	flags, p := "", &pattern{}
	for _, o := range options {
		switch o {
		case 'i':
			flags += "i"
		case 'c':
			flags = strings.ReplaceAll(flags, "i", "")
		case 's':
			flags += "s"
		case 'm', 'n', 'p':
			flags = strings.ReplaceAll(flags, "s", "")
		case 'l':
			text = regexp.QuoteMeta(text)
		case 'g':
			p.global = true
		case ' ', '\t', '\n':
		default:
			return nil, fault.New(fault.Value, "unknown option %q of a regular expression; there are c, i, l, m, n, p, s and g", o)
		}
	}
	src := text
	if flags != "" {
		src = "(?" + flags + ")" + src
	}
	if whole {
		src = `\A(?:` + src + `)\z`
	}
	re, err := regexp.Compile(src)
	if err != nil {
		reason := err
		if e, ok := err.(*syntax.Error); ok {
			reason = fault.New(fault.Value, "%s %s", e.Code, fault.Quote(e.Expr))
		}
		return nil, fault.New(fault.Value, "bad regular expression %s: %v", fault.Quote(text), reason)
	}
	p.re = re
	tree, err := syntax.Parse(src, syntax.Perl)
	if err == nil {
		tree = tree.Simplify()
		p.need, p.exact = required(tree)
		p.walk = newWalker(tree)
	}
	return p, nil
}

// required returns the longest literal that every match contains, and whether the expression is nothing else.
func required(t *syntax.Regexp) (lit []byte, exact bool) {
	switch t.Op {
	case syntax.OpLiteral:
		if t.Flags&syntax.FoldCase != 0 {
			return nil, false
		}
		for _, r := range t.Rune {
			lit = utf8.AppendRune(lit, r)
		}
		return lit, true
	case syntax.OpCapture, syntax.OpPlus:
		lit, _ = required(t.Sub[0])
	case syntax.OpRepeat:
		if t.Min > 0 {
			lit, _ = required(t.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range t.Sub {
			if l, _ := required(sub); len(l) > len(lit) {
				lit = l
			}
		}
	default:
	}
	return lit, false
}

// may reports whether s can hold a match at all.
func (p *pattern) may(s []byte) bool { return len(p.need) == 0 || bytes.Contains(s, p.need) }

func (p *pattern) match(s []byte) bool {
	switch {
	case p.walk != nil:
		var loc places
		if found, sure := p.walk.find(s, &loc); sure {
			return found != nil
		}
	case !p.may(s):
		return false
	case p.exact:
		return true
	}
	return p.re.Match(s)
}

// find returns the places of the first match and its groups, or nil. They may lie in loc.
func (p *pattern) find(s []byte, loc *places) []int {
	if p.walk != nil {
		if found, sure := p.walk.find(s, loc); sure {
			return found
		}
	}
	if !p.may(s) {
		return nil
	}
	return p.re.FindSubmatchIndex(s)
}

// group checks the number of a group; one that the pattern does not have matches nothing.
func (p *pattern) group(k int64) error {
	if k < 0 || k > 9 {
		return fault.New(fault.Value, "the group of a regular expression must be 0 to 9, not %d", k)
	}
	return nil
}

// patterns gives the compiled pattern of each row: one for all if it is constant, else from a small table.
type patterns struct {
	fixed *pattern
	whole bool
	text  texts
	opts  texts
	have  bool // opts is set
	known map[string]*pattern
}

// patternsPerCall bounds the table of compiled patterns of one batch.
const patternsPerCall = 256

func (p *patterns) at(i int) (*pattern, error) {
	if p.fixed != nil {
		return p.fixed, nil
	}
	text, opts := str(p.text.at(i)), ""
	if p.have {
		opts = str(p.opts.at(i))
	}
	key := opts + "\x00" + text
	if q := p.known[key]; q != nil {
		return q, nil
	}
	q, err := compilePattern(strings.Clone(text), strings.Clone(opts), p.whole)
	if err != nil {
		return nil, err
	}
	if p.known == nil || len(p.known) >= patternsPerCall {
		p.known = map[string]*pattern{}
	}
	p.known[key] = q
	return q, nil
}

// regexBody computes a function of texts and patterns.
type regexBody func(c *Ctx, p *patterns, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error)

// regexMaker prepares the constant pattern in argument 1 with the options in argument opt, if the call has it.
func regexMaker(opt int, whole bool, f regexBody) Maker {
	return func(consts []*data.Column, ret dtype.Type) (Impl, error) {
		text, ok := constText(consts[1])
		options, optOK := "", true
		have := opt < len(consts)
		if have {
			options, optOK = constText(consts[opt])
		}
		var fixed *pattern
		if ok && optOK {
			p, err := compilePattern(text, options, whole)
			if err != nil {
				return nil, err
			}
			fixed = p
		}
		return strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
			p := &patterns{fixed: fixed, whole: whole, text: textsOf(args[1]), have: have}
			if have {
				p.opts = textsOf(args[opt])
			}
			return f(c, p, args, n, valid)
		}), nil
	}
}

func regexTest(c *Ctx, p *patterns, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst, s := c.Scratch.Zeros(n), textsOf(args[0])
	if p.fixed != nil && p.fixed.exact {
		matchContains(p.fixed.need)(dst, s.views[:min(n, len(s.views))], s.heap)
		if s.mask == -1 {
			return c.Scratch.Bool(dst, valid, n), nil
		}
		clear(dst)
	}
	err := eachValid(valid, n, func(i int) error {
		q, err := p.at(i)
		if err != nil {
			return atRow(i, err)
		}
		dst[i>>6] |= bit(q.match(s.at(i))) << (uint(i) & 63)
		return nil
	})
	return c.Scratch.Bool(dst, valid, n), err
}

// template is a replacement with references to groups.
type template struct {
	lits   [][]byte // one more than groups
	groups []int
}

// parseTemplate reads \0 … \9 as groups and \\ as a backslash.
func parseTemplate(s string) template {
	t := template{lits: [][]byte{nil}}
	for i := 0; i < len(s); i++ {
		last := len(t.lits) - 1
		if s[i] != '\\' || i+1 == len(s) {
			t.lits[last] = append(t.lits[last], s[i])
			continue
		}
		i++
		if d := s[i]; d >= '0' && d <= '9' {
			t.groups = append(t.groups, int(d-'0'))
			t.lits = append(t.lits, nil)
			continue
		}
		t.lits[last] = append(t.lits[last], s[i])
	}
	return t
}

// parseDollars reads $1, ${1}, ${name} as groups and $$ as a dollar.
func parseDollars(s string, re *regexp.Regexp) template {
	t := template{lits: [][]byte{nil}}
	for i := 0; i < len(s); {
		last := len(t.lits) - 1
		name, size := dollarName(s[i:])
		switch {
		case size == 0:
			t.lits[last] = append(t.lits[last], s[i])
			i++
			continue
		case name == "$":
			t.lits[last] = append(t.lits[last], '$')
		default:
			k, err := strconv.Atoi(name)
			if err != nil {
				k = re.SubexpIndex(name)
			}
			t.groups = append(t.groups, k)
			t.lits = append(t.lits, nil)
		}
		i += size
	}
	return t
}

// dollarName reads one reference at the start of s and its length, 0 if there is none.
func dollarName(s string) (name string, size int) {
	if len(s) < 2 || s[0] != '$' {
		return "", 0
	}
	if s[1] == '$' {
		return "$", 2
	}
	if s[1] == '{' {
		if end := strings.IndexByte(s, '}'); end > 2 {
			return s[2:end], end + 1
		}
		return "", 0
	}
	i := 1
	for i < len(s) && (s[i] == '_' || s[i] >= '0' && s[i] <= '9' || s[i]|32 >= 'a' && s[i]|32 <= 'z') {
		i++
	}
	if i == 1 {
		return "", 0
	}
	return s[1:i], i
}

func (t *template) expand(dst, s []byte, loc []int) []byte {
	dst = append(dst, t.lits[0]...)
	for k, g := range t.groups {
		if g >= 0 && 2*g+1 < len(loc) && loc[2*g] >= 0 {
			dst = append(dst, s[loc[2*g]:loc[2*g+1]]...)
		}
		dst = append(dst, t.lits[k+1]...)
	}
	return dst
}

// appendReplacedRegex replaces the first count matches, all if count is negative.
func appendReplacedRegex(dst, s []byte, p *pattern, t *template, count int64) []byte {
	if p.walk != nil && count != 0 { // which matches at the start only
		var own places
		loc := p.find(s, &own)
		if loc == nil {
			return append(dst, s...)
		}
		return append(t.expand(append(dst, s[:loc[0]]...), s, loc), s[loc[1]:]...)
	}
	if !p.may(s) {
		return append(dst, s...)
	}
	at := 0
	for _, loc := range p.re.FindAllSubmatchIndex(s, int(max(min(count, 1<<31), -1))) {
		dst = append(dst, s[at:loc[0]]...)
		dst = t.expand(dst, s, loc)
		at = loc[1]
	}
	return append(dst, s[at:]...)
}
