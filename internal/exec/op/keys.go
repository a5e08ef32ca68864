package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// Keys are compared and hashed as words, whatever their types: equal rows have equal words, except for two different strings with equal length,
// first four bytes and 64-bit hash, which are told apart by their bytes.
//
//	up to 32 bits and bool   packed, several columns a word, with a null bit each
//	64 bits                  a word; the null bit is packed with others
//	128 bits, interval       two words
//	text, binary             two words of the view; a long string has the hash of its bytes for the second; null is all ones
//	list, struct, …          the bytes of their encoding (see nested.go), as text
//
// A single key of 64 bits takes one word, and its nulls are told apart outside (keyBatch.valid).
type keyLayout struct {
	cols   []keyCol
	words  int
	texts  int  // text columns
	lonely bool // a single 64-bit key, with nulls outside
}

type keyKind uint8

const (
	keyNothing keyKind = iota // the null type
	keyPacked
	keyWord
	keyWide
	keyText
	keyNested
)

type keyCol struct {
	typ       dtype.Type
	kind      keyKind
	word      int
	shift     uint
	nullWord  int
	nullShift uint
	text      int // number among the text columns
}

// nullText is the first word of a null text key; no view has that length.
const nullText = ^uint64(0)

// newKeyLayout lays out keys of the types.
func newKeyLayout(types []dtype.Type) *keyLayout {
	l := &keyLayout{cols: make([]keyCol, len(types))}
	var free []uint // bits in use by word, for words that are shared
	var shared []int
	pack := func(bits uint) (int, uint) {
		for i, used := range free {
			if used+bits <= 64 {
				free[i] += bits
				return shared[i], used
			}
		}
		free, shared = append(free, bits), append(shared, l.words)
		l.words++
		return l.words - 1, 0
	}
	take := func(n int) int { l.words += n; return l.words - n }
	for i, t := range types {
		c := &l.cols[i]
		*c = keyCol{typ: t, kind: kindOfKey(t)}
		switch c.kind {
		case keyPacked:
			bits := uint(8 * t.Phys().Width())
			bits = max(bits, 1)
			c.word, c.shift = pack(bits + 1)
			c.nullWord, c.nullShift = c.word, c.shift+bits
		case keyWord:
			c.word = take(1)
		case keyWide:
			c.word = take(2)
		case keyText, keyNested:
			c.word = take(2)
			c.text = l.texts
			l.texts++
		case keyNothing:
		}
	}
	if len(types) == 1 && l.cols[0].kind == keyWord {
		l.lonely = true
		return l
	}
	l.packNulls(pack)
	return l
}

// together turns the layout of a lonely key into one that has its null bit in a second word.
func (l *keyLayout) together() *keyLayout {
	if l.lonely {
		l.lonely = false
		l.packNulls(func(uint) (int, uint) { l.words++; return l.words - 1, 0 })
	}
	return l
}

// packNulls finds a place for the null bits of wide columns.
func (l *keyLayout) packNulls(pack func(bits uint) (int, uint)) {
	for i := range l.cols {
		if c := &l.cols[i]; c.kind == keyWord || c.kind == keyWide {
			c.nullWord, c.nullShift = pack(1)
		}
	}
}

func kindOfKey(t dtype.Type) keyKind {
	switch t.Phys() {
	case dtype.PhysNull:
		return keyNothing
	case dtype.PhysBits, dtype.PhysI8, dtype.PhysI16, dtype.PhysI32, dtype.PhysU8, dtype.PhysU16, dtype.PhysU32, dtype.PhysF32:
		return keyPacked
	case dtype.PhysI64, dtype.PhysU64, dtype.PhysF64:
		return keyWord
	case dtype.PhysI128, dtype.PhysInterval:
		return keyWide
	case dtype.PhysView:
		return keyText
	default:
		return keyNested
	}
}

// types returns the types of the keys.
func (l *keyLayout) types() []dtype.Type {
	out := make([]dtype.Type, len(l.cols))
	for i := range l.cols {
		out[i] = l.cols[i].typ
	}
	return out
}

// textWord returns the first word of text column i.
func (l *keyLayout) textWord(i int) int {
	for j := range l.cols {
		if c := &l.cols[j]; (c.kind == keyText || c.kind == keyNested) && c.text == i {
			return c.word
		}
	}
	return -1
}

// zeroNulls gives all nulls of a lonely key the same word and hash.
func (k *keyBatch) zeroNulls() {
	k.own[0] = sized(k.own[0], k.n)
	copy(k.own[0], k.words[0][:k.n])
	k.words[0] = k.own[0]
	for i := range k.words[0] {
		k.words[0][i] &= -(k.valid[i>>6] >> (uint(i) & 63) & 1)
	}
	k.rehash()
}

// keyBatch is the keys of up to data.BatchRows rows as words, column by column.
type keyBatch struct {
	lay   *keyLayout
	n     int
	words [][]uint64
	hash  []uint64
	texts []keyTexts
	valid data.Bitmap // of a lonely key; nil without nulls

	own     [][]uint64 // memory of words
	scratch compute.Scratch
}

// keyTexts is the strings of a text column, needed where some are long.
type keyTexts struct {
	views []data.View
	heap  [][]byte
	long  bool
}

func newKeyBatch(l *keyLayout) *keyBatch {
	return &keyBatch{lay: l, words: make([][]uint64, l.words), own: make([][]uint64, l.words), texts: make([]keyTexts, l.texts)}
}

// each sets k to rows [lo, hi) of Flat columns, a batch at a time, and calls f with the first row of each.
func (k *keyBatch) each(cols []*data.Column, lo, hi int, f func(lo int)) {
	part := make([]*data.Column, len(cols))
	for ; lo < hi; lo += data.BatchRows {
		past := min(lo+data.BatchRows, hi)
		for i, c := range cols {
			part[i] = c.Slice(lo, past)
		}
		k.set(part, past-lo)
		f(lo)
	}
}

// set encodes and hashes n rows of the columns, which must outlive the use of k.
func (k *keyBatch) set(cols []*data.Column, n int) {
	k.scratch.Reset()
	k.n, k.valid = n, nil
	for i := range k.own {
		k.own[i] = sized(k.own[i], n)
		k.words[i] = k.own[i]
	}
	for i := range k.lay.cols {
		if c := &k.lay.cols[i]; c.kind == keyPacked || (c.kind == keyWord || c.kind == keyWide) && !k.lay.lonely {
			clear(k.words[c.nullWord])
		}
	}
	for i := range k.lay.cols {
		k.encode(&k.lay.cols[i], cols[i])
	}
	k.rehash()
}

// rehash computes the hashes from the words.
func (k *keyBatch) rehash() {
	k.hash = sized(k.hash, k.n)
	hashWords(k.hash, k.words)
}

// hashWords hashes rows of words, column by column.
func hashWords(dst []uint64, words [][]uint64) {
	if len(words) == 0 {
		clear(dst)
		return
	}
	kern.HashInt(dst, words[0][:len(dst)], nil)
	for _, w := range words[1:] {
		kern.CombineInt(dst, w[:len(dst)], nil)
	}
}

// encode writes the words of one column.
func (k *keyBatch) encode(c *keyCol, col *data.Column) {
	n := k.n
	if c.kind == keyNothing {
		return
	}
	if c.kind == keyNested {
		col = encodeNested(&k.scratch, col, false)
	}
	var codes []uint32
	valid := col.Valid
	switch col.Form {
	case data.Const:
		codes = compute.Make[uint32](&k.scratch, n)
		clear(codes)
		if col.Values.IsNull(0) {
			valid = k.scratch.Zeros(n)
		}
		col = col.Values
	case data.Dict:
		if col.Values.Len > n {
			col = compute.Flatten(&k.scratch, col)
			break
		}
		codes, col = col.Codes, col.Values
	case data.Flat:
	}
	var pair [2][]uint64
	switch {
	case codes != nil:
		pair = [2][]uint64{compute.Make[uint64](&k.scratch, col.Len), compute.Make[uint64](&k.scratch, col.Len)}
	case c.kind == keyPacked:
		pair[0] = compute.Make[uint64](&k.scratch, n)
	case c.kind == keyWord:
		pair[0] = k.words[c.word]
	default:
		pair = [2][]uint64{k.words[c.word], k.words[c.word+1]}
	}
	pair = k.values(c, col, pair)
	if codes != nil {
		k.spread(c, codes, &pair)
	}
	k.store(c, pair, valid)
}

// values writes the words of the values of a Flat column, nulls aside; for a keyWord it may return the column's own memory.
func (k *keyBatch) values(c *keyCol, col *data.Column, w [2][]uint64) [2][]uint64 {
	n := col.Len
	switch col.Type.Phys() {
	case dtype.PhysBits:
		for i := range w[0][:n] {
			w[0][i] = col.Bits[i>>6] >> (uint(i) & 63) & 1
		}
	case dtype.PhysI8, dtype.PhysU8:
		kern.Convert(w[0][:n], col.Buf[:n])
	case dtype.PhysI16, dtype.PhysU16:
		kern.Convert(w[0][:n], data.Slice[uint16](col))
	case dtype.PhysI32, dtype.PhysU32:
		kern.Convert(w[0][:n], data.Slice[uint32](col))
	case dtype.PhysF32:
		floatWords32(w[0], data.Slice[float32](col))
	case dtype.PhysI64, dtype.PhysU64:
		w[0] = data.Slice[uint64](col)
	case dtype.PhysF64:
		floatWords64(w[0], data.Slice[float64](col))
	case dtype.PhysI128, dtype.PhysInterval:
		for i, v := range data.FixedSlice[data.Int128](col.Buf)[:n] {
			w[0][i], w[1][i] = v.Lo, uint64(v.Hi)
		}
	default:
		t := &k.texts[c.text]
		t.views, t.heap = data.Slice[data.View](col), col.Heap
		t.long = textWords(w[0], w[1], t.views, t.heap)
	}
	return w
}

// spread moves the words of dictionary values to the rows with their codes.
func (k *keyBatch) spread(c *keyCol, codes []uint32, w *[2][]uint64) {
	codes = codes[:k.n]
	spreadOne := func(word int, src []uint64) []uint64 {
		dst := k.words[word]
		if c.kind == keyPacked {
			dst = compute.Make[uint64](&k.scratch, k.n)
		}
		kern.Take(dst, src, codes)
		return dst
	}
	w[0] = spreadOne(c.word, w[0])
	if c.kind == keyPacked || c.kind == keyWord {
		return
	}
	w[1] = spreadOne(c.word+1, w[1])
	if c.kind == keyWide {
		return
	}
	if t := &k.texts[c.text]; t.long {
		views := compute.Make[data.View](&k.scratch, k.n)
		kern.Take(views, t.views, codes)
		t.views = views
	}
}

// store puts the values of a column in place and marks its nulls.
func (k *keyBatch) store(c *keyCol, w [2][]uint64, valid data.Bitmap) {
	switch c.kind {
	case keyPacked:
		dst := k.words[c.word]
		if valid == nil {
			for i, v := range w[0][:len(dst)] {
				dst[i] |= v << c.shift
			}
			return
		}
		for i, v := range w[0][:len(dst)] {
			m := -(valid[i>>6] >> (uint(i) & 63) & 1)
			dst[i] |= v<<c.shift&m | 1<<c.nullShift&^m
		}
		return
	case keyWord:
		k.words[c.word] = w[0][:k.n]
		if k.lay.lonely {
			if valid != nil && valid.Count(k.n) < k.n {
				k.valid = valid
			}
			return
		}
	case keyWide, keyText, keyNested, keyNothing:
	}
	if valid == nil {
		return
	}
	if c.kind == keyWord && &w[0][0] != &k.own[c.word][0] {
		k.words[c.word] = k.own[c.word]
		copy(k.words[c.word], w[0])
	}
	k.blank(c, valid)
}

// blank overwrites the words of null rows.
func (k *keyBatch) blank(c *keyCol, valid data.Bitmap) {
	a := k.words[c.word]
	for i := range a {
		if valid[i>>6]>>(uint(i)&63)&1 != 0 {
			continue
		}
		switch c.kind {
		case keyText, keyNested:
			a[i], k.words[c.word+1][i] = nullText, 0
		case keyWide:
			a[i], k.words[c.word+1][i] = 0, 0
			k.words[c.nullWord][i] |= 1 << c.nullShift
		default:
			a[i] = 0
			k.words[c.nullWord][i] |= 1 << c.nullShift
		}
	}
}

// textWords writes the words of strings and reports whether any of them is long.
func textWords(a, b []uint64, v []data.View, heap [][]byte) bool {
	long := false
	a, b = a[:len(v)], b[:len(v)]
	for i := range v {
		a[i], b[i] = v[i].A, v[i].B
		if uint32(v[i].A) > data.InlineMax {
			b[i] = kern.HashBytes(v[i].Bytes(heap))
			long = true
		}
	}
	return long
}
