package op

import (
	"context"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// feedPacked stands for groups with packed states, in the place of a feed.
const feedPacked = -1

// aggLayout is what the words of stored rows are: the words of the keys; the places of long key strings; flags, bit 0 for a lonely key that is not
// null, and then a bit for each column of the feed whose value is not null; the place of the row; and then the values of the feed's columns or the
// packed states.
type aggLayout struct {
	feed    int
	refs    bool
	flags   int        // words of flags
	kinds   []wordKind // of all words
	placeAt int        // word of the place, or -1
	vals    int        // first word of values or states
}

// aggStore is the rows of one layout.
type aggStore struct {
	aggLayout
	*rowStore
}

// store returns the store of a layout.
func (c *aggCore) store(ctx context.Context, l *aggLayout) (*aggStore, error) {
	for _, s := range c.stores {
		if s.feed == l.feed && s.refs == l.refs && s.flags == l.flags && slices.Equal(s.kinds, l.kinds) {
			return s, nil
		}
	}
	own := *l
	own.kinds = slices.Clone(l.kinds)
	rows, err := newRowStore(c.a.mem, len(own.kinds), c.set.depth)
	if c.a.space.Refused(err) {
		if _, bad := c.spill(ctx); bad != nil {
			return nil, bad
		}
		rows, err = newRowStore(c.a.mem, len(own.kinds), c.set.depth)
	}
	if err != nil {
		return nil, err
	}
	s := &aggStore{aggLayout: own, rowStore: rows}
	c.stores = append(c.stores, s)
	return s, nil
}

// keyCols starts the words of rows whose keys are in c.k.
func (c *aggCore) keyCols(feed int) *aggLayout {
	k := c.k
	if k.valid != nil {
		k.zeroNulls()
	}
	l := &aggLayout{feed: feed, placeAt: -1}
	c.words, c.kinds = c.words[:0], c.kinds[:0]
	for _, w := range k.words {
		c.words, c.kinds = append(c.words, wordCol{v: w, stride: 1}), append(c.kinds, wordPlain)
	}
	for j := range k.texts {
		l.refs = l.refs || k.texts[j].long
	}
	if !l.refs {
		return l
	}
	for i := range k.lay.cols {
		col := &k.lay.cols[i]
		if col.kind != keyText && col.kind != keyNested {
			continue
		}
		w, x := wordCol{}, &k.texts[col.text]
		if x.long {
			a := k.words[col.word]
			w.bytes = func(i int) []byte {
				if a[i] == nullText || uint32(a[i]) <= data.InlineMax {
					return nil
				}
				return x.views[i].Bytes(x.heap)
			}
		}
		c.words, c.kinds = append(c.words, w), append(c.kinds, wordRef)
	}
	return l
}

// flag appends words of flags: bit 0 is set where the lonely key is valid, the others by the columns.
func (c *aggCore) flag(l *aggLayout, s *compute.Scratch, n int, cols []*data.Column) {
	l.flags = len(cols)/64 + 1
	for f := range l.flags {
		w := compute.Make[uint64](s, n)
		kern.Fill(w, ^uint64(0))
		clearBits := func(valid data.Bitmap, bit uint) {
			for i := range w {
				w[i] &^= (valid[i>>6]>>(uint(i)&63)&1 ^ 1) << bit
			}
		}
		if f == 0 && c.k.valid != nil {
			clearBits(c.k.valid, 0)
		}
		for j, col := range cols {
			if (j+1)/64 == f && col.Valid != nil {
				clearBits(col.Valid, uint(j+1)&63)
			}
		}
		c.words, c.kinds = append(c.words, wordCol{v: w, stride: 1}), append(c.kinds, wordPlain)
	}
}

// finish ends a layout whose words are complete.
func (c *aggCore) finish(l *aggLayout) *aggLayout {
	l.kinds = c.kinds
	return l
}

// scatter stores the rows of in, whose keys are in c.k.
func (c *aggCore) scatter(ctx context.Context, in *aggInput) error {
	l := c.keyCols(in.feed)
	f := &c.a.feeds[in.feed]
	cols := in.scratch.Columns(len(f.cols))
	nulls := c.k.valid != nil
	for j, at := range f.cols {
		cols[j] = in.column(at)
		nulls = nulls || cols[j].Valid != nil
	}
	if nulls {
		c.flag(l, &in.scratch, in.n, cols)
	}
	if c.a.rowPlaces {
		places := in.places
		if places == nil {
			places = compute.Make[uint64](&in.scratch, in.n)
			for i := range places {
				places[i] = in.first + uint64(i)
			}
		}
		l.placeAt = len(c.words)
		c.words, c.kinds = append(c.words, wordCol{v: places, stride: 1}), append(c.kinds, wordPlain)
	}
	l.vals = len(c.words)
	for _, col := range cols {
		c.words = valueCols(&in.scratch, c.words, col)
		c.kinds = (&pieces{typ: col.Type}).valueKinds(c.kinds)
	}
	return c.put(ctx, c.finish(l), c.k.hash)
}

// put adds rows to the store of their layout, and makes room on disk when memory is refused.
func (c *aggCore) put(ctx context.Context, l *aggLayout, h []uint64) error {
	s, err := c.store(ctx, l)
	if err != nil {
		return err
	}
	done := 0
	for {
		before := done
		err := s.add(h, c.words, &done)
		if err == nil || s.insist || !c.a.space.Refused(err) {
			s.insist = false
			return err
		}
		some, bad := c.spill(ctx)
		if bad != nil {
			return bad
		}
		s.insist = !some && done == before // there is nothing to make room with
	}
}

// drain moves the groups of the table to stores.
func (c *aggCore) drain(ctx context.Context) error {
	keys := c.t.rows()
	for lo := 0; lo < keys.n; lo += data.BatchRows {
		hi := min(lo+data.BatchRows, keys.n)
		c.scratch.Reset()
		keys.load(c.k, lo, hi)
		l := c.keyCols(feedPacked)
		if c.k.valid != nil {
			c.flag(l, &c.scratch, hi-lo, nil)
		}
		if c.a.placed {
			l.placeAt = len(c.words)
			c.words, c.kinds = append(c.words, wordCol{v: c.first[lo:hi], stride: 1}), append(c.kinds, wordPlain)
		}
		l.vals = len(c.words)
		for _, s := range c.states {
			p := s.(packer)
			c.words, c.kinds = p.pack(&c.scratch, c.words, lo, hi), p.kinds(c.kinds)
		}
		if err := c.put(ctx, c.finish(l), c.k.hash); err != nil {
			return err
		}
	}
	c.reset()
	return nil
}

// loadKeys puts the keys of a block into c.k.
func (c *aggCore) loadKeys(s *aggStore, b *rowBlock, heap [][]byte) {
	k := c.k
	k.scratch.Reset()
	k.n, k.valid = b.n, nil
	for j := range k.words {
		k.words[j] = b.col(j)
	}
	at := len(k.words)
	for i := range k.lay.cols {
		col := &k.lay.cols[i]
		if col.kind != keyText && col.kind != keyNested {
			continue
		}
		x := &k.texts[col.text]
		x.long = s.refs
		if !s.refs {
			continue
		}
		a, v, ref := k.words[col.word], k.words[col.word+1], b.col(at+col.text)
		x.views, x.heap = compute.Make[data.View](&k.scratch, b.n), heap
		for i := range x.views {
			x.views[i] = data.View{A: a[i], B: v[i]}
			if ref[i] != 0 {
				x.views[i].B = ref[i]
			}
		}
	}
	if s.refs {
		at += len(k.texts)
	}
	if s.flags > 0 && k.lay.lonely {
		k.valid = bitsOf(&k.scratch, b.col(at), 0)
	}
	k.rehash()
}

// take merges a block of a store into the table.
func (c *aggCore) take(s *aggStore, b *rowBlock, heap [][]byte, in *aggInput) error {
	c.loadKeys(s, b, heap)
	var places []uint64
	if s.placeAt >= 0 {
		places = b.col(s.placeAt)
	}
	if s.feed != feedPacked {
		in.begin(s.feed, b.n, 0, places)
		flags, at := s.vals-s.flags, s.vals
		if s.placeAt >= 0 {
			flags--
		}
		for j, pos := range c.a.feeds[s.feed].cols {
			var valid data.Bitmap
			if s.flags > 0 {
				valid = bitsOf(&in.scratch, b.col(flags+(j+1)/64), uint(j+1)&63)
			}
			in.cols[pos] = blockColumn(&in.scratch, c.a.types[pos], b, at, heap, valid)
			at += valueWords(c.a.types[pos])
		}
		in.prepare()
		return c.update(in, c.find(in))
	}
	c.scratch.Reset()
	in.n, in.places = b.n, places
	g := c.find(in)
	p := packedRows{b: b, at: s.vals, kinds: s.kinds[s.vals:], heap: heap, s: &c.scratch}
	for _, st := range c.states {
		st.grow(c.t.n)
		if err := st.(packer).absorb(&p, g); err != nil {
			return err
		}
	}
	return nil
}

// again returns the words of a block of s for another store of the same layout.
func (c *aggCore) again(s *aggStore, b *rowBlock, heap [][]byte) []wordCol {
	c.words = c.words[:0]
	text := 0
	for w, kind := range s.kinds {
		v := b.col(w)
		out := wordCol{v: v, stride: 1}
		read := func(size func(i int) int) {
			out.bytes = func(i int) []byte {
				n := size(i)
				if n == 0 {
					return nil
				}
				return heap[uint32(v[i])][v[i]>>32:][:n]
			}
		}
		switch kind {
		case wordView:
			a := b.col(w - 1)
			read(func(i int) int {
				if n := int(uint32(a[i])); n > data.InlineMax {
					return n
				}
				return 0
			})
		case wordRef:
			a := b.col(c.set.lay.textWord(text))
			text++
			read(func(i int) int {
				if v[i] == 0 {
					return 0
				}
				return int(uint32(a[i]))
			})
		case wordBig:
			read(func(i int) int { return bigBytes * int(min(v[i], 1)) })
		case wordPlain, wordWide, wordSeen, wordNulls:
		}
		c.words = append(c.words, out)
	}
	return c.words
}
