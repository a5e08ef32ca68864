package ipc

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
)

// slack is how many bytes can be read past the end of a buffer, so that bitmaps and short strings can be loaded in whole words.
const slack = 64

// gapMax is how many bytes that nobody wants are read to save another request.
const gapMax = 64 << 10

// arena hands out aligned memory and takes it back for the next record batch. It is safe for concurrent use.
type arena struct {
	reserve func(int64) error // or nil
	mu      sync.Mutex
	free    [][]byte
}

// get returns n bytes of unspecified content, aligned to 8, with slack.
func (a *arena) get(n int) ([]byte, error) {
	a.mu.Lock()
	best := -1
	for i, b := range a.free {
		if size := cap(b) - slack; size >= n && size <= 2*n+4096 && (best < 0 || size < cap(a.free[best])-slack) {
			best = i
		}
	}
	if best >= 0 {
		b := a.free[best]
		a.free = slices.Delete(a.free, best, best+1)
		a.mu.Unlock()
		return b[:n], nil
	}
	a.mu.Unlock()
	if a.reserve != nil && n > smallMem {
		if err := a.reserve(int64(n)); err != nil {
			return nil, err
		}
	}
	return data.AlignedBytes(n + slack)[:n], nil
}

// smallMem is below what memory is worth asking for.
const smallMem = 1 << 20

// idleMax is how many pieces of memory wait for their next use.
const idleMax = 64

// put takes back what get returned.
func (a *arena) put(b []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.free) < idleMax {
		a.free = append(a.free, b[:0])
		return
	}
	a.drop(b)
}

func (a *arena) drop(b []byte) {
	if n := cap(b) - slack; a.reserve != nil && n > smallMem {
		// Giving back cannot fail.
		_ = a.reserve(-int64(n))
	}
}

// close gives back what waits.
func (a *arena) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, b := range a.free {
		a.drop(b)
	}
	a.free = nil
}

// source is where the body of a message comes from.
type source interface {
	// fetch returns bytes of the body in memory of the arena. Calls come in ascending order of off, and do not overlap.
	fetch(ctx context.Context, a *arena, off, n int64) ([]byte, error)
}

// body is the loaded part of a record batch.
type body struct {
	rows  int
	parts []*part
	mem   [][]byte
	arena *arena
}

// free gives the memory back; the parts must not be used after that.
func (b *body) free() {
	for _, m := range b.mem {
		b.arena.put(m)
	}
	b.mem, b.parts = nil, nil
}

// loader loads bodies for a scan.
type loader struct {
	arena arena
	zip   inflater
}

// load reads the arrays of those of the columns that are wanted; want is nil for all. parts has one entry a column, nil where it is not wanted.
func (l *loader) load(ctx context.Context, m *batchMeta, cols []*node, want []bool, src source) (out *body, err error) {
	b := &body{rows: m.rows, arena: &l.arena, parts: make([]*part, len(cols))}
	w := &walker{m: m}
	var wanted []*part
	for i, c := range cols {
		if want != nil && !want[i] {
			w.skip(c)
			continue
		}
		b.parts[i] = w.take(c)
		wanted = append(wanted, b.parts[i])
	}
	if w.bad {
		return nil, corrupt("the metadata of a record batch does not fit the schema")
	}
	defer func() {
		if err != nil {
			b.free()
		}
	}()
	if err := b.fetch(ctx, wanted, src); err != nil {
		return nil, err
	}
	for _, p := range wanted {
		if err := l.prepare(b, p, m.codec); err != nil {
			return nil, err
		}
		if err := p.check(int64(m.rows)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// wantedBuffer is one buffer to read, and where it goes.
type wantedBuffer struct {
	span
	to *[]byte
}

// fetch reads the buffers of the parts, those that are near each other in one go.
func (b *body) fetch(ctx context.Context, parts []*part, src source) error {
	var list []wantedBuffer
	for _, p := range parts {
		list = p.wanted(list)
	}
	slices.SortStableFunc(list, func(x, y wantedBuffer) int {
		if x.off != y.off {
			return cmpInt64(x.off, y.off)
		}
		return cmpInt64(x.len, y.len)
	})
	for i := 0; i < len(list); {
		// Memory starts at a multiple of 8 of the body, so that buffers at such multiples are aligned.
		lo := list[i].off &^ 7
		hi := list[i].off + list[i].len
		j := i + 1
		for ; j < len(list) && list[j].off <= hi+gapMax; j++ {
			hi = max(hi, list[j].off+list[j].len)
		}
		mem, err := src.fetch(ctx, b.arena, lo, hi-lo)
		if err != nil {
			return err
		}
		b.mem = append(b.mem, mem)
		for ; i < j; i++ {
			at := list[i].off - lo
			*list[i].to = mem[at : at+list[i].len]
		}
	}
	return nil
}

func cmpInt64(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// wanted appends the buffers of the part that hold anything. A validity buffer without nulls is left out.
func (p *part) wanted(list []wantedBuffer) []wantedBuffer {
	p.bufs = make([][]byte, len(p.spans))
	for i, s := range p.spans {
		if s.len > 0 && (i > 0 || p.nulls) {
			list = append(list, wantedBuffer{s, &p.bufs[i]})
		}
	}
	for _, k := range p.kids {
		list = k.wanted(list)
	}
	return list
}

// at adds the column to an error about data.
func at(path string, err error) error {
	if e, ok := err.(*fault.Error); ok && e.Code == fault.Data && e.Pos.Column == "" {
		c := *e
		c.Pos.Column = path
		return &c
	}
	return err
}

// prepare decompresses the buffers and moves those that are not aligned.
func (l *loader) prepare(b *body, p *part, c codec) error {
	for i, buf := range p.bufs {
		if len(buf) == 0 {
			continue
		}
		var err error
		if c != codecNone {
			if buf, err = l.inflate(b, c, buf); err != nil {
				return at(p.n.path, err)
			}
		}
		if uintptr(unsafe.Pointer(unsafe.SliceData(buf)))&7 != 0 {
			mem, err := l.arena.get(len(buf))
			if err != nil {
				return err
			}
			b.mem = append(b.mem, mem)
			copy(mem, buf)
			buf = mem
		}
		p.bufs[i] = buf
	}
	for _, k := range p.kids {
		if err := l.prepare(b, k, c); err != nil {
			return err
		}
	}
	return nil
}

// inflate decompresses a buffer: eight bytes of length, -1 for bytes as they are, and the compressed bytes.
func (l *loader) inflate(b *body, c codec, buf []byte) ([]byte, error) {
	if len(buf) < 8 {
		return nil, corrupt("a compressed buffer of %d bytes is too short", len(buf))
	}
	n := int64(binary.LittleEndian.Uint64(buf))
	src := buf[8:]
	switch {
	case n == -1:
		return src, nil
	case n < 0 || n > int64(len(src))*c.growthMax():
		return nil, corrupt("a compressed buffer says that it has %d bytes", n)
	case n == 0:
		return nil, nil
	}
	mem, err := l.arena.get(int(n))
	if err != nil {
		return nil, fmt.Errorf("decompressing a record batch: %w", err)
	}
	b.mem = append(b.mem, mem)
	return mem, l.zip.into(c, mem, src)
}
