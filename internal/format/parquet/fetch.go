package parquet

import (
	"context"
	"slices"
	"sort"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/fs"
)

// Neighbouring chunks are read at once if the gap between them is at most gapMax and the whole at most spanMax: a request to a store costs
// about as much as a megabyte.
const (
	gapMax  = 64 << 10
	spanMax = 16 << 20
)

// span is a part of the file that is read with one request.
type span struct {
	at, size int64
	late     bool // wanted only for rows that pass the predicates
	buf      []byte
	ready    bool
	ahead    *fs.Ahead // it is being read, or nil
}

// spans holds what the open row group reads, and keeps the buffers for the next one.
type spans struct {
	list []span
	of   []int // per leaf: index in list, or -1
	free [][]byte
	held int64 // bytes in all buffers
	paid int64 // of them, what was asked for
}

// want is a chunk that will be read.
type want struct {
	leaf     int
	at, size int64
	late     bool
}

// plan groups the wanted chunks into spans. Those wanted late form spans of their own, since they may never be read.
func (s *spans) plan(leaves int, wants []want) {
	s.release()
	s.of = s.of[:0]
	for range leaves {
		s.of = append(s.of, -1)
	}
	sort.Slice(wants, func(i, j int) bool { return wants[i].at < wants[j].at })
	last := [2]int{-1, -1}
	for _, w := range wants {
		k := 0
		if w.late {
			k = 1
		}
		if i := last[k]; i >= 0 {
			p := &s.list[i]
			end := max(p.at+p.size, w.at+w.size)
			if w.at-(p.at+p.size) <= gapMax && end-p.at <= spanMax {
				p.size = end - p.at
				s.of[w.leaf] = i
				continue
			}
		}
		last[k] = len(s.list)
		s.of[w.leaf] = len(s.list)
		s.list = append(s.list, span{at: w.at, size: w.size, late: w.late})
	}
}

// release takes the buffers back.
func (s *spans) release() {
	for i := range s.list {
		if a := s.list[i].ahead; a != nil {
			a.Drop()
		}
		if s.list[i].buf != nil {
			s.free = append(s.free, s.list[i].buf[:0])
		}
	}
	s.list = s.list[:0]
}

// buffer returns n bytes followed by pad readable ones, asking for the memory if there is no buffer that fits.
func (s *spans) buffer(n int64, reserve func(int64) error) ([]byte, error) {
	best := -1
	for i, b := range s.free {
		if int64(cap(b)) >= n+pad && (best < 0 || cap(b) < cap(s.free[best])) {
			best = i
		}
	}
	if best < 0 && len(s.free) > 0 { // a buffer that is too small is replaced
		last := len(s.free) - 1
		size := int64(cap(s.free[last]))
		s.free = s.free[:last]
		if err := s.account(-size, reserve); err != nil {
			return nil, err
		}
	}
	if best >= 0 {
		b := s.free[best]
		s.free = slices.Delete(s.free, best, best+1)
		return b[:n], nil
	}
	size := n + n/8 + pad
	if err := s.account(size, reserve); err != nil {
		return nil, err
	}
	return data.AlignedBytes(int(size))[:n:size], nil
}

// heldFree is how much a reader holds without asking.
const heldFree = 32 << 20

// account notes that size more bytes are held, and asks for what exceeds the allowance.
func (s *spans) account(size int64, reserve func(int64) error) error {
	pay := max(0, s.held+size-heldFree) - s.paid
	if pay != 0 && reserve != nil {
		if err := reserve(pay); err != nil {
			return err
		}
		s.paid += pay
	}
	s.held += size
	return nil
}

// load implements loader: it reads the span that the leaf's chunk is part of.
func (g *group) load(leaf int) ([]byte, error) {
	i := g.spans.of[leaf]
	if i < 0 {
		return nil, corrupt("a chunk was not planned")
	}
	p := &g.spans.list[i]
	m := &g.meta.chunks[leaf]
	if !p.ready {
		if p.buf == nil {
			b, err := g.spans.buffer(p.size, g.scan.spec.Reserve)
			if err != nil {
				return nil, err
			}
			p.buf = b
		}
		// What could not be read ahead is tried again, since whoever started that may have been cancelled.
		if p.ahead == nil || p.ahead.Wait() != nil {
			if err := g.fill(p, leaf); err != nil {
				return nil, err
			}
		}
		p.ahead, p.ready = nil, true
	}
	from := m.start() - p.at
	return p.buf[from : from+m.size], nil
}

// readAhead starts to read what will surely be wanted, at once and in the background. Where memory for it is missing, it is read later.
func (g *group) readAhead() {
	if g.sparse || !g.scan.ahead() {
		return
	}
	for i := range g.spans.list {
		p := &g.spans.list[i]
		if p.late || p.ready || p.ahead != nil {
			continue
		}
		b, err := g.spans.buffer(p.size, g.scan.spec.Reserve)
		if err != nil {
			return
		}
		p.buf = b
		g.consumed(len(b))
		p.ahead = fs.ReadAhead(g.ctx, g.in, b, p.at)
	}
}

// fill reads a span, or of a chunk with a page index only the pages that have wanted rows.
func (g *group) fill(p *span, leaf int) error {
	locs := g.locs(leaf)
	if locs == nil {
		return g.readRange(g.ctx, p.buf, p.at)
	}
	from, to := p.at, locs[0].at // the dictionary
	for i, l := range locs {
		end := int(g.meta.rows)
		if i+1 < len(locs) {
			end = int(locs[i+1].row)
		}
		if len(intersect(g.ranges, []rowRange{{int(l.row), end}})) == 0 {
			continue
		}
		if l.at-to > gapMax {
			if err := g.readRange(g.ctx, p.buf[from-p.at:to-p.at], from); err != nil {
				return err
			}
			from = l.at
		}
		to = l.at + l.size
	}
	return g.readRange(g.ctx, p.buf[from-p.at:to-p.at], from)
}

// small reads a few bytes of metadata: an index or a Bloom filter.
func (g *group) small(ctx context.Context, at, size int64) ([]byte, error) {
	if at < 0 || size < 0 || size > spanMax || at > g.file.info.Size-size {
		return nil, corrupt("an index has %d bytes at %d in a file of %d", size, at, g.file.info.Size)
	}
	b := make([]byte, size)
	return b, g.readRange(ctx, b, at)
}

func (g *group) readRange(ctx context.Context, b []byte, at int64) error {
	if len(b) == 0 {
		return nil
	}
	g.consumed(len(b))
	start := time.Now()
	err := g.in.ReadRange(ctx, b, at)
	g.scan.read.Add(int64(len(b)))
	g.scan.waited.Add(int64(time.Since(start)))
	return shortRead(err, g.file.info.Size)
}

// consumed counts stored bytes.
func (g *group) consumed(n int) {
	if m := g.scan.spec.Meter; m != nil {
		m.Bytes.Add(int64(n))
	}
}
