package fn

import (
	"bytes"
	"regexp/syntax"
	"unicode/utf8"
)

// walker matches expressions that begin at the start of a text and are a plain sequence of texts, optional texts and repeated characters, as those that
// take addresses and log lines apart are. It is many times as fast as the automaton that can match everything.
type walker struct {
	steps  []walkStep
	groups int
}

type walkOp uint8

const (
	walkText  walkOp = iota // the text
	walkMaybe               // the text or nothing, rather the text
	walkRun                 // characters of a set, as many as possible
	walkMark                // a group begins or ends
	walkEnd                 // the end of the text
)

// walkStep is one part of the sequence.
type walkStep struct {
	op   walkOp
	text []byte
	mark int // of walkMark: position in the places of groups

	// Of walkRun:
	set  [2]uint64 // characters of ASCII
	wide bool      // all other characters are in the set, or none
	some bool      // at least one
	one  bool      // at most one
	stop int       // the only byte that is not in the set, or -1
	next int       // the byte that must follow, or -1
}

// walkGroups bounds the groups of a walker.
const walkGroups = 9

// places has room for the places of a match and its groups.
type places [2 * (walkGroups + 1)]int

// newWalker returns nil for expressions of other kinds.
func newWalker(t *syntax.Regexp) *walker {
	w := &walker{}
	if t.Op != syntax.OpConcat || t.Sub[0].Op != syntax.OpBeginText {
		return nil
	}
	for _, sub := range t.Sub[1:] {
		if !w.add(sub) {
			return nil
		}
	}
	next := -1
	for i := len(w.steps) - 1; i >= 0; i-- {
		switch s := &w.steps[i]; s.op {
		case walkText:
			next = int(s.text[0])
		case walkRun:
			s.next, next = next, -1
		case walkMaybe, walkEnd:
			next = -1
		case walkMark:
		}
	}
	return w
}

// add appends an expression, or reports that it is of another kind.
func (w *walker) add(t *syntax.Regexp) bool {
	switch t.Op {
	case syntax.OpEmptyMatch:
	case syntax.OpConcat:
		for _, sub := range t.Sub {
			if !w.add(sub) {
				return false
			}
		}
	case syntax.OpCapture:
		w.groups = max(w.groups, t.Cap)
		w.steps = append(w.steps, walkStep{op: walkMark, mark: 2 * t.Cap})
		if t.Cap > walkGroups || !w.add(t.Sub[0]) {
			return false
		}
		w.steps = append(w.steps, walkStep{op: walkMark, mark: 2*t.Cap + 1})
	case syntax.OpEndText:
		w.steps = append(w.steps, walkStep{op: walkEnd})
	case syntax.OpLiteral:
		lit, ok := required(t)
		w.steps = append(w.steps, walkStep{op: walkText, text: lit})
		return ok
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest:
		return w.addRepeated(t)
	default:
		return w.addRun(t, walkStep{some: true, one: true})
	}
	return true
}

func (w *walker) addRepeated(t *syntax.Regexp) bool {
	sub := t.Sub[0]
	if t.Flags&syntax.NonGreedy != 0 {
		return false
	}
	if sub.Op == syntax.OpLiteral && t.Op == syntax.OpQuest {
		lit, ok := required(sub)
		w.steps = append(w.steps, walkStep{op: walkMaybe, text: lit})
		return ok
	}
	return w.addRun(sub, walkStep{some: t.Op == syntax.OpPlus, one: t.Op == syntax.OpQuest})
}

// addRun appends s with the characters of t, one of a set.
func (w *walker) addRun(t *syntax.Regexp, s walkStep) bool {
	var ranges []rune
	switch t.Op {
	case syntax.OpAnyChar:
		ranges = []rune{0, utf8.MaxRune}
	case syntax.OpAnyCharNotNL:
		ranges = []rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune}
	case syntax.OpCharClass:
		ranges = t.Rune
	case syntax.OpLiteral:
		if len(t.Rune) != 1 || t.Flags&syntax.FoldCase != 0 {
			return false
		}
		ranges = []rune{t.Rune[0], t.Rune[0]}
	default:
		return false
	}
	s.op, s.stop = walkRun, -1
	for i := 0; i < len(ranges); i += 2 {
		lo, hi := ranges[i], ranges[i+1]
		if hi >= utf8.RuneSelf {
			if lo > utf8.RuneSelf || hi != utf8.MaxRune {
				return false
			}
			s.wide, hi = true, utf8.RuneSelf-1
		}
		for r := lo; r <= hi; r++ {
			s.set[r>>6] |= 1 << (r & 63)
		}
	}
	if s.wide {
		out := 0
		for r := range utf8.RuneSelf {
			if s.set[r>>6]>>(r&63)&1 == 0 {
				s.stop = r
				out++
			}
		}
		if out > 1 {
			s.stop = -1
		}
	}
	w.steps = append(w.steps, s)
	return true
}

// walk is one attempt to match a text.
type walk struct {
	w    *walker
	s    []byte
	loc  []int // places of the groups
	fuel int   // bytes that may still be looked at, so that no text takes more than a time in proportion to its length
}

// find returns the places of the match and its groups in loc, or nil if there is none. It is not sure where finding out takes too long.
func (w *walker) find(s []byte, loc *places) (found []int, sure bool) {
	x := walk{w: w, s: s, loc: loc[:2*(w.groups+1)], fuel: 16*len(s) + 256}
	x.loc[0] = 0
	if x.from(0, 0) {
		return x.loc, true
	}
	return nil, x.fuel > 0
}

// from matches the steps from k on at a place.
func (x *walk) from(k, at int) bool {
	for ; k < len(x.w.steps); k++ {
		switch s := &x.w.steps[k]; s.op {
		case walkText:
			if !bytes.HasPrefix(x.s[at:], s.text) {
				return false
			}
			at += len(s.text)
		case walkMaybe:
			if bytes.HasPrefix(x.s[at:], s.text) {
				if x.from(k+1, at+len(s.text)) {
					return true
				}
				if x.fuel--; x.fuel <= 0 {
					return false
				}
			}
		case walkMark:
			x.loc[s.mark] = at
		case walkEnd:
			if at != len(x.s) {
				return false
			}
		case walkRun:
			return x.run(k, at)
		}
	}
	x.loc[1] = at
	return true
}

// run matches a run at a place and the steps behind it, the longest run first.
func (x *walk) run(k, at int) bool {
	s := &x.w.steps[k]
	end := s.end(x.s, at)
	if x.fuel -= end - at; x.fuel <= 0 {
		return false
	}
	for ; end > at || !s.some && end == at; end-- {
		// Within a character nothing begins.
		if end < len(x.s) && (s.next >= 0 && int(x.s[end]) != s.next || x.s[end]&0xC0 == 0x80) {
			continue
		}
		if x.from(k+1, end) {
			return true
		}
		if x.fuel--; x.fuel <= 0 {
			return false
		}
	}
	return false
}

// end returns where the longest run at a place ends.
func (s *walkStep) end(text []byte, at int) int {
	rest := text[at:]
	switch {
	case s.one:
		if len(rest) == 0 || !s.has(rest[0]) {
			return at
		}
		_, size := utf8.DecodeRune(rest)
		return at + size
	case s.stop >= 0:
		if i := bytes.IndexByte(rest, byte(s.stop)); i >= 0 {
			return at + i
		}
		return len(text)
	}
	for i, c := range rest {
		if !s.has(c) {
			return at + i
		}
	}
	return len(text)
}

// has reports whether a character that begins with c is in the set.
func (s *walkStep) has(c byte) bool {
	if c >= utf8.RuneSelf {
		return s.wide
	}
	return s.set[c>>6]>>(c&63)&1 != 0
}
