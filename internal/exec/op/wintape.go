package op

import (
	"context"
	"math"
	"math/bits"
	"slices"
	"sort"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/kern"
)

// winTape is rows in window order on disk, in pages of equally many rows, so that any row is found by its position. The last column says what begins
// with a row. Of each page a few numbers stay in memory: what its rows have to do with those outside of it.
type winTape struct {
	types []dtype.Type
	shift int // a page has 1<<shift rows
	n     int
	run   *spill.Run
	pages []winPage
	known map[int][]int64      // by column whose nulls are ignored: values before each page
	tops  map[*winCall][]state // levels of trees whose nodes cover whole pages
	mu    sync.Mutex           // held while nodes of tops are picked
}

// winPage is what is known of a page without reading it. Positions have 32 bits, as rows of a window in memory do.
type winPage struct {
	part, peer uint32 // where the partition and the peers of the first row begin
	dense      uint32 // groups of peers of that partition that begin before the page
	groups     uint32 // groups of peers of all partitions that begin before the page
	partPast   uint32 // positions after the partition and the peers of the last row
	peerPast   uint32
}

// winPageBytes is the size of a winPage.
const winPageBytes = 24

// What begins with a row.
const (
	beginsPeers = 1 << iota
	beginsPart  // the highest bit
)

var beginsType = dtype.Of(dtype.Uint8)

// tapeWriter writes a winTape.
type tapeWriter struct {
	t         *winTape
	w         *spill.Writer
	parts     []int // columns that divide the rows
	keys      []int // columns of the order
	page      []*data.Builder
	last      *data.Batch // with the row before the next one
	begins    []uint8
	part      uint32
	peer      uint32
	dense     uint32
	groups    uint32
	open      int // first page whose last partition has not ended
	openPeers int
	scratch   compute.Scratch
}

// newTapeWriter starts a tape of rows with columns of the types; rowBytes is about the size of a row.
func newTapeWriter(ctx context.Context, s *spill.Space, types []dtype.Type, parts, keys []int, rowBytes int) (*tapeWriter, error) {
	t := &winTape{types: append(slices.Clip(types), beginsType)}
	for t.shift = winShiftMin; t.shift < winShiftMax && rowBytes<<(t.shift+1) < s.Block()/2; t.shift++ {
	}
	w, err := s.Batches(ctx, t.types)
	return &tapeWriter{t: t, w: w, parts: parts, keys: keys}, err
}

// Pages have at most data.BatchRows rows, and fewer if so many do not fit half a block: workers have several pages at a time.
const (
	winShiftMin = 6
	winShiftMax = 11
)

// write appends rows that are next in the order.
func (w *tapeWriter) write(ctx context.Context, b *data.Batch) error {
	size := 1 << w.t.shift
	for lo := 0; lo < b.Len; {
		if w.page == nil {
			w.page = make([]*data.Builder, len(w.t.types)-1)
			for i := range w.page {
				w.page[i] = data.NewBuilder(w.t.types[i], size)
			}
		}
		hi := min(b.Len, lo+size-len(w.begins))
		part := b.Slice(lo, hi)
		for i, c := range part.Cols {
			w.page[i].AppendColumn(c, nil)
		}
		w.mark(part)
		if lo = hi; len(w.begins) == size {
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// mark finds what begins with the rows of b.
func (w *tapeWriter) mark(b *data.Batch) {
	w.scratch.Reset()
	cols := w.scratch.Columns(len(b.Cols))
	for _, list := range [][]int{w.parts, w.keys} {
		for _, at := range list {
			cols[at] = compute.Flatten(&w.scratch, b.Cols[at])
		}
	}
	at := len(w.begins)
	w.begins = slices.Grow(w.begins, b.Len)[:at+b.Len]
	marks := w.begins[at:]
	clear(marks)
	tell(marks, cols, w.parts, beginsPart|beginsPeers)
	tell(marks, cols, w.keys, beginsPeers)
	switch {
	case w.last == nil:
		marks[0] = beginsPart | beginsPeers
	case w.differs(w.parts, b):
		marks[0] |= beginsPart | beginsPeers
	case w.differs(w.keys, b):
		marks[0] |= beginsPeers
	}
	w.last = b.Slice(b.Len-1, b.Len).Clone()
}

// differs reports whether the first row of b differs from the row before it in some columns.
func (w *tapeWriter) differs(cols []int, b *data.Batch) bool {
	return slices.ContainsFunc(cols, func(at int) bool { return compute.CompareRow(w.last.Cols[at], 0, b.Cols[at], 0) != 0 })
}

// tell sets bits of the marks of rows that differ in some columns from the row before them.
func tell(marks []uint8, cols []*data.Column, at []int, bits uint8) {
	for _, k := range at {
		c := cols[k]
		for i := 1; i < len(marks); i++ {
			if marks[i]&bits != bits && compute.CompareRow(c, i-1, c, i) != 0 {
				marks[i] |= bits
			}
		}
	}
}

// flush writes the rows at hand as a page.
func (w *tapeWriter) flush(ctx context.Context) error {
	n := len(w.begins)
	if n == 0 {
		return nil
	}
	t := w.t
	if t.n+n > math.MaxUint32 {
		return fault.New(fault.Unsupported, "a window over more than %d rows at a time is not supported", uint32(math.MaxUint32))
	}
	p := winPage{part: w.part, peer: w.peer, dense: w.dense, groups: w.groups}
	for i, m := range w.begins {
		at := uint32(t.n + i)
		if m&beginsPart != 0 {
			w.endParts(at)
			w.part, w.dense = at, 0
		}
		if m&beginsPeers != 0 {
			w.endPeers(at)
			w.peer = at
			w.dense++
			w.groups++
		}
	}
	if w.begins[0]&beginsPart != 0 {
		p.part, p.dense = uint32(t.n), 0
	}
	if w.begins[0]&beginsPeers != 0 {
		p.peer = uint32(t.n)
	}
	t.pages = append(t.pages, p)
	t.n += n
	b := &data.Batch{Len: n}
	for _, c := range w.page {
		b.Cols = append(b.Cols, c.Build())
	}
	b.Cols = append(b.Cols, data.FlatColumn(beginsType, w.begins, nil))
	if err := w.w.Write(ctx, b, nil); err != nil {
		return err
	}
	w.page, w.begins = nil, w.begins[:0]
	_, err := w.w.Cut(ctx)
	return err
}

// endParts ends the current partition before position at.
func (w *tapeWriter) endParts(at uint32) {
	for ; w.open < len(w.t.pages); w.open++ {
		w.t.pages[w.open].partPast = at
	}
}

// endPeers ends the current peers before position at.
func (w *tapeWriter) endPeers(at uint32) {
	for ; w.openPeers < len(w.t.pages); w.openPeers++ {
		w.t.pages[w.openPeers].peerPast = at
	}
}

// finish returns the tape.
func (w *tapeWriter) finish(ctx context.Context) (*winTape, error) {
	if err := w.flush(ctx); err != nil {
		return nil, err
	}
	w.endParts(uint32(w.t.n))
	w.endPeers(uint32(w.t.n))
	var err error
	w.t.run, err = w.w.Finish(ctx)
	return w.t, err
}

// pageOfGroup returns the page in which a group of peers begins.
func (t *winTape) pageOfGroup(g int) int {
	return sort.Search(len(t.pages), func(i int) bool { return int(t.pages[i].groups) > g }) - 1
}

// tapeCache reads a tape and keeps the pages that were used last. It belongs to one worker.
type tapeCache struct {
	t     *winTape
	pages []*cachedPage // the last used one first
}

// cachedPages is how many pages a worker has at a time: frames begin in some and end in others.
const cachedPages = 8

type cachedPage struct {
	at   int
	rows winRows
	tree map[*winCall][]state
}

// page returns a page by its number. It is the caller's until cachedPages others were asked for.
func (c *tapeCache) page(ctx context.Context, at int) (*winRows, error) {
	p, err := c.cached(ctx, at)
	if err != nil {
		return nil, err
	}
	return &p.rows, nil
}

func (c *tapeCache) cached(ctx context.Context, at int) (*cachedPage, error) {
	for i, p := range c.pages {
		if p.at == at {
			copy(c.pages[1:i+1], c.pages[:i])
			c.pages[0] = p
			return p, nil
		}
	}
	b, err := c.t.run.Part(at, at+1).Read(ctx)
	if err != nil {
		return nil, err
	}
	if len(c.pages) < cachedPages {
		c.pages = append(c.pages, nil)
	}
	copy(c.pages[1:], c.pages)
	p := &cachedPage{at: at, tree: map[*winCall][]state{}}
	c.pages[0] = p
	last := len(b.Cols) - 1
	p.rows = winRows{o: c.t.order(at, data.Slice[uint8](b.Cols[last].Flatten())), n: b.Len, cols: make([]*data.Column, last)}
	p.rows.groups = &winGroups{base: int(c.t.pages[at].groups)}
	for i, col := range b.Cols[:last] {
		p.rows.cols[i] = col.Flatten()
	}
	return p, nil
}

// order returns the order of a page, from what begins with its rows.
func (t *winTape) order(at int, begins []uint8) *winOrder {
	p, n := &t.pages[at], len(begins)
	parts := 1
	for _, m := range begins[1:] {
		parts += int(m / beginsPart)
	}
	o := &winOrder{base: at << t.shift, dense: int64(p.dense), parts: make([]int, parts+1)}
	numbers := make([]uint32, 4*n)
	o.rows, o.part, o.peer, o.past = numbers[:n:n], numbers[n:2*n:2*n], numbers[2*n:3*n:3*n], numbers[3*n:]
	kern.SelIota(o.rows, 0)
	o.number(begins, 0, -int(begins[0]/beginsPart), int(p.peer), int(p.peerPast))
	o.parts[0], o.parts[parts] = int(p.part), int(p.partPast)
	return o
}

// values returns the values of a column at positions; -1 is null.
func (c *tapeCache) values(ctx context.Context, col int, at []int64) (*data.Column, error) {
	order := make([]uint32, 0, len(at))
	for i, q := range at {
		if q >= 0 {
			order = append(order, uint32(i))
		}
	}
	shift := c.t.shift
	byPage := func(a, b uint32) int { return int(at[a]>>shift) - int(at[b]>>shift) }
	if !slices.IsSortedFunc(order, byPage) {
		sort.SliceStable(order, func(i, j int) bool { return byPage(order[i], order[j]) < 0 })
	}
	from := make([]int32, len(at))
	for i := range from {
		from[i] = -1
	}
	out := data.NewBuilder(c.t.types[col], len(at))
	var rows []uint32
	for i := 0; i < len(order); {
		page := at[order[i]] >> shift
		rows = rows[:0]
		for ; i < len(order) && at[order[i]]>>shift == page; i++ {
			from[order[i]] = int32(out.Len() + len(rows))
			rows = append(rows, uint32(at[order[i]]-page<<shift))
		}
		x, err := c.page(ctx, int(page))
		if err != nil {
			return nil, err
		}
		out.AppendColumn(x.cols[col], rows)
	}
	return compute.Flatten(nil, compute.GatherNullable(nil, out.Build(), from)), nil
}

// knownPages counts the values of a column that are not null.
type knownPages struct {
	c      *tapeCache
	col    int
	before []int64 // by page, and all
}

// countKnown counts the values of a column page by page, for known.
func (t *winTape) countKnown(ctx context.Context, c *tapeCache, col int) error {
	if t.known[col] != nil {
		return nil
	}
	before := make([]int64, len(t.pages)+1)
	for i := range t.pages {
		x, err := c.page(ctx, i)
		if err != nil {
			return err
		}
		before[i+1] = before[i] + int64(x.n-x.cols[col].NullCount())
	}
	if t.known == nil {
		t.known = map[int][]int64{}
	}
	t.known[col] = before
	return nil
}

// count returns how many values there are before position q.
func (k *knownPages) count(ctx context.Context, q int64) (int64, error) {
	if int(q) == k.c.t.n {
		return k.before[len(k.before)-1], nil
	}
	page := int(q >> k.c.t.shift)
	x, err := k.c.page(ctx, page)
	if err != nil {
		return 0, err
	}
	i := int(q) - x.o.base
	valid := x.cols[k.col].Valid
	if valid == nil {
		return k.before[page] + int64(i), nil
	}
	n := bits.OnesCount64(valid[i>>6:][:1][0] & (1<<(i&63) - 1))
	for _, w := range valid[:i>>6] {
		n += bits.OnesCount64(w)
	}
	return k.before[page] + int64(n), nil
}

// find returns the position of value i, or -1 if there is none.
func (k *knownPages) find(ctx context.Context, i int64) (int64, error) {
	if i < 0 || i >= k.before[len(k.before)-1] {
		return -1, nil
	}
	page := sort.Search(len(k.before), func(p int) bool { return k.before[p] > i }) - 1
	x, err := k.c.page(ctx, page)
	if err != nil {
		return 0, err
	}
	left, base := int(i-k.before[page]), int64(x.o.base)
	for w, word := range x.cols[k.col].Valid {
		if n := bits.OnesCount64(word); n <= left {
			left -= n
			continue
		}
		for ; left > 0; left-- {
			word &= word - 1
		}
		return base + int64(w<<6+bits.TrailingZeros64(word)), nil
	}
	return base + int64(left), nil
}
